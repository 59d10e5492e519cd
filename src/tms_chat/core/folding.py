"""What a search compares: one form of a text for both databases, made here and never by their own functions.

`straße` and `STRASSE` are one word to whoever looks for it, and so are `café`, `cafe` and a `café` typed on a Mac,
whose é is two characters; full-width letters are letters. Databases disagree about all of that: SQLite folds ASCII
only, PostgreSQL what its locale says.
"""

import unicodedata

#: No writing puts more marks on one letter (Unicode UAX #15 §13, "Stream-Safe Text Process").
MAX_MARKS = 30
TRIGRAM = 3
#: A long word needs no more of its trigrams than this to be rare; the text itself is compared afterwards.
MAX_TRIGRAMS = 16
# Accents of Latin, Greek and Cyrillic. Other marks stay: a Japanese が is no か, a Hindi vowel sign no ornament.
_ACCENTS = range(0x0300, 0x0370)
# ❤ and ❤️ differ in one of these, which only chooses between two drawings.
_VARIATIONS = range(0xFE00, 0xFE10)


def fold_text(text: str) -> str:
    """Compatibility forms unified, case folded, accents and invisible characters left out (Unicode UAX #15, §3.13)."""
    if text.isascii():
        return text.lower()
    unified = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", stream_safe(text)).casefold())
    kept = "".join(character for character in unified if not _is_ornament(character))
    return unicodedata.normalize("NFC", kept)


def stream_safe(text: str) -> str:
    """The text with at most 30 marks on one letter, to be called before it is normalised.

    Normalising sorts the marks of a letter, which takes the square of their number: eight thousand of them in one
    message would stop the server for a third of a second.
    """
    if text.isascii():
        return text
    marks = 0
    kept = []
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def search_words(query: str) -> list[str]:
    """The folded words of a query, each once; all of them must occur in what is found."""
    return list(dict.fromkeys(fold_text(query).split()))


def trigrams(word: str) -> list[str]:
    """Every three characters in a row, each once, and at most 16 from all over the word; none of a shorter one."""
    every = list(dict.fromkeys(word[at : at + TRIGRAM] for at in range(len(word) - TRIGRAM + 1)))
    step = max(1, len(every) / MAX_TRIGRAMS)
    return [every[int(at * step)] for at in range(min(len(every), MAX_TRIGRAMS))]


def _is_ornament(character: str) -> bool:
    point = ord(character)
    return point in _ACCENTS or point in _VARIATIONS or unicodedata.category(character) == "Cf"
