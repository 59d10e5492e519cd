"""Who is meant by `@name` in a text: decided here, whatever a client says about it.

A name counts whole and from the start of a word: `@Ana Reyes` is not the other `@Ana`, `a@bob.com` means nobody, and so
does what stands in `code`. Case does not matter, nor how many spaces there are, nor how an accent is written.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from tms_chat.core.folding import stream_safe
from tms_chat.core.ids import UserId

EVERYBODY = frozenset({"all", "everyone", "here"})
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
SPACE = re.compile(r"\s+")
#: Before an @ they make it a part of something else: an address, a path, another @.
JOINING = frozenset("_@/+%")
#: Where words follow each other without a space, a name begins and ends in the middle of letters.
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True, slots=True)
class Mentions:
    """The people in the order of the text, each once, and whether everybody is meant."""

    user_ids: tuple[UserId, ...] = ()
    everybody: bool = False


def find_mentions(text: str, names: Mapping[UserId, Iterable[str]], *, everybody: bool) -> Mentions:
    """The people with one of these names after an @. `everybody`: whether `@all` means anything here."""
    owners: dict[str, list[UserId]] = defaultdict(list)
    for user_id, theirs in names.items():
        for name in {_plain(name) for name in theirs} - {""}:
            owners[name].append(user_id)
    words = EVERYBODY if everybody else frozenset()
    lengths = sorted({len(name) for name in (*owners, *words)}, reverse=True)
    known = owners.keys() | words
    plain = _plain(CODE.sub("`", text))
    found: dict[UserId, None] = {}
    means_all = False
    place = plain.find("@")
    while place >= 0:
        name = _name_at(plain, place, lengths, known)
        found |= dict.fromkeys(owners.get(name, ()))
        means_all = means_all or name in words
        place = plain.find("@", place + 1)
    return Mentions(tuple(found), means_all)


def _name_at(text: str, place: int, lengths: Iterable[int], known: Set[str]) -> str:
    """The longest known name after the @ at this place, or nothing."""
    before = text[place - 1 : place]
    if before in JOINING or _goes_on(before):
        return ""
    start = place + 1
    for length in lengths:
        name, after = text[start : start + length], text[start + length : start + length + 1]
        if name in known and not _goes_on(after):
            return name
    return ""


def _goes_on(character: str) -> bool:
    """Whether a word goes on with this character; the text may have ended."""
    return character == "_" or (character.isalnum() and not unicodedata.name(character, "").startswith(UNSPACED))


def _plain(text: str) -> str:
    """What names are compared as."""
    composed = unicodedata.normalize("NFC", stream_safe(text))
    return SPACE.sub(" ", unicodedata.normalize("NFC", composed.casefold())).strip()
