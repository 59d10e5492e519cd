"""What text we take in: anything a person types, nothing a database or a browser chokes on.

Lone surrogates (they have no UTF-8 form) and U+0000 (PostgreSQL refuses it) are refused before any SQL sees them.
"""

import math
import unicodedata
from typing import Any

from tms_chat.core.folding import fold_text

MAX_MESSAGE_CHARACTERS = 10_000
MAX_MESSAGE_BYTES = 16_384
MAX_JSON_DEPTH = 32
MAX_JSON_BYTES = 16_384
#: A page has a hundred messages and as many quotes, and every value of theirs is made into an object and back.
MAX_JSON_VALUES = 2_000
# Letters and symbols by their category, with nothing to see: Hangul fillers and the empty Braille cell.
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def check_text(text: str) -> str:
    """The text itself. Raises ValueError, with the reason, for U+0000 and lone surrogates."""
    if "\x00" in text:
        raise ValueError("contains the character U+0000")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("contains half of a surrogate pair, which is not a character") from None
    return text


def check_message_text(text: str) -> str:
    """The text of a message: at most 10,000 characters and 16,384 bytes of UTF-8."""
    check_text(text)
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise ValueError(f"is longer than {MAX_MESSAGE_CHARACTERS} characters")
    if len(text) * 4 > MAX_MESSAGE_BYTES and len(text.encode("utf-8")) > MAX_MESSAGE_BYTES:
        raise ValueError(f"is longer than {MAX_MESSAGE_BYTES} bytes")
    return text


def check_emoji(text: str) -> str:
    """What a reaction says: something to see, without spaces. Which symbols are emoji changes every year.

    It becomes a part of a path, where a slash and dots alone mean something else.
    """
    check_text(text)
    odd = any(character.isspace() or character == "/" or unicodedata.category(character) == "Cc" for character in text)
    if odd or is_blank(text) or not text.strip("."):
        raise ValueError("is not an emoji")
    return text


def is_blank(text: str | None) -> bool:
    """True for nothing at all and for text with nothing to see in it: white space, control and format characters.

    It stops at the first visible character, so it costs nothing for ordinary text.
    """
    return text is None or all(
        character.isspace() or character in BLANK_LETTERS or unicodedata.category(character) in ("Cc", "Cf")
        for character in text
    )


def check_json(value: Any, depth: int = 0) -> Any:
    """A JSON value both databases can hold: depth ≤ 32, clean text in keys and values, finite numbers of 64 bits."""
    if depth > MAX_JSON_DEPTH:
        raise ValueError(f"is nested deeper than {MAX_JSON_DEPTH} levels")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, bool) or value is None:
        pass
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("contains a whole number of more than 64 bits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("contains a number that is not finite")
    elif isinstance(value, list):
        for item in value:
            check_json(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError("has a key that is not a string")
            check_text(key)
            check_json(item, depth + 1)
    else:
        raise ValueError("contains something that JSON does not have")
    return value


def count_values(value: Any) -> int:
    """How many values a JSON value is made of, itself one of them."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count_values, inner))


def fold(text: str | None) -> str:
    """What a name is compared with where case and surrounding space do not matter; empty for none.

    In Python, never in SQL: lower() of SQLite knows ASCII only, that of PostgreSQL what its locale says.
    """
    return (text or "").strip().casefold()


def search_key(*parts: str | None) -> str:
    """What people and titles are searched by: folded, one space between the parts that are there."""
    return " ".join(fold_text(part).strip() for part in parts if part and part.strip()).strip()


def like_pattern(word: str) -> str:
    """`word` anywhere, for `LIKE … ESCAPE '\\'`: the characters % and _ stand for themselves."""
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
