"""What a page says of itself in its head: title, description, picture.

Pages are not to be trusted: a parser that builds a tree needs minutes for a hundred thousand nested elements. So only
the few tags that matter are cut out, so many and so long at most, and the parser gets those.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from tms_chat.core.links import absolute

MAX_TITLE = 300
MAX_DESCRIPTION = 500
MAX_TAGS = 300
MAX_TAG = 4096
_TAG = re.compile(r"<(meta|link|title)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,500}?charset\s{0,10}=\s{0,10}[\"']?\s{0,10}([\w:.-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|us-ascii|ascii|iso-?8859-?\d{1,2}|latin-?1|windows-125\d|cp125\d|koi8-[ru]|gbk|gb2312|"
    r"gb18030|big5|euc-jp|shift[_-]jis|iso-2022-jp|euc-kr"
)
#: As browsers read them (WHATWG Encoding, §4.2).
_WIDER = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}


@dataclass(frozen=True, slots=True)
class Page:
    """What was found; nothing of it need be there."""

    title: str | None
    description: str | None
    image: str | None
    favicon: str | None


def read_page(body: bytes, charset: str | None, url: str) -> Page:
    """The page at `url`; `charset` is what its answer said of it."""
    tree = LexborHTMLParser(_head(_decoded(body, charset)))
    said: dict[str, str] = {}
    for meta in tree.css("meta"):
        name = (meta.attributes.get("property") or meta.attributes.get("name") or "").strip().lower()
        content = meta.attributes.get("content")
        if name and content and content.strip():
            said.setdefault(name, content)
    title = tree.css_first("title")
    icons = [
        link.attributes.get("href")
        for link in tree.css("link")
        if "icon" in (link.attributes.get("rel") or "").lower().split()
    ]
    return Page(
        title=_clean(_first(said, "og:title", "twitter:title") or (title.text() if title else None), MAX_TITLE),
        description=_clean(_first(said, "og:description", "twitter:description", "description"), MAX_DESCRIPTION),
        image=absolute(url, _first(said, "og:image:secure_url", "og:image", "og:image:url", "twitter:image")),
        favicon=absolute(url, icons[0]) if icons else None,
    )


def _first(said: dict[str, str], *names: str) -> str | None:
    return next((said[name] for name in names if name in said), None)


def _head(html: str) -> str:
    """The tags that matter, one after the other, each closed."""
    kept: list[str] = []
    for found in _TAG.finditer(html):
        piece = html[found.start() : found.start() + MAX_TAG]
        if found.group(1).lower() == "title":
            end = piece.lower().find("</title")
            kept.append(f"{piece[:end]}</title>" if end > 0 else "")
        else:
            kept.append(piece[: _end_of_tag(piece)])
        if len(kept) == MAX_TAGS:
            break
    return "".join(kept)


def _end_of_tag(piece: str) -> int:
    """Behind its `>`, one in quotes does not count; 0 when it has none."""
    quote = ""
    for at, character in enumerate(piece):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == ">":
            return at + 1
    return 0


def _decoded(body: bytes, charset: str | None) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    found = _CHARSET.search(body[:2048])
    name = (charset or (found.group(1).decode("ascii", "replace") if found else "")).strip().lower()
    if not _ENCODINGS.fullmatch(name):
        return body.decode("utf-8", "replace")
    try:
        return body.decode(_WIDER.get(name, name), "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _clean(text: str | None, limit: int) -> str | None:
    """One line without control characters, those that turn the direction of writing included."""
    seen = "".join(
        character if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co") else " "
        for character in (text or "")[: limit * 4]
    )
    line = " ".join(seen.split())
    return (line if len(line) <= limit else line[: limit - 1].rstrip() + "…") or None
