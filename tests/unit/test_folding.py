"""What a search takes for the same word, and what it looks up of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.core.folding import MAX_TRIGRAMS, fold_text, search_words, trigrams

ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("café", "CAFE\u0301"),
        ("café", "cafe"),
        ("İstanbul", "istanbul"),
        ("ＡＢＣ１２３", "abc123"),  # noqa: RUF001
        ("ﬁne", "fine"),
        ("ΟΔΟΣ", "οδος"),
        ("ёлка", "елка"),
        ("Å", "\u212b"),
        ("ガ", "ｶﾞ"),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
        ("❤️", "❤"),
        ("co\u00adoperate", "co\u200boperate"),
    ],
)
def test_people_take_these_for_the_same(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(("one", "other"), [("が", "か"), ("ı", "i"), ("北京", "東京"), ("a%", "ab"), ("कि", "क")])  # noqa: RUF001
def test_these_are_different(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


@given(ANYTHING)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@given(ANYTHING)
def test_case_never_matters(text: str) -> None:
    assert fold_text(text.casefold()) == fold_text(text)


def test_a_query_is_its_words_each_once() -> None:
    assert search_words("  Hello\u3000WORLD hello\n") == ["hello", "world"]
    assert search_words("\u200b \ufe0f") == []


@given(ANYTHING)
def test_every_trigram_is_in_the_word_and_only_short_words_have_none(word: str) -> None:
    found = trigrams(word)
    assert all(len(trigram) == 3 and trigram in word for trigram in found)
    assert len(found) == len(set(found)) <= MAX_TRIGRAMS
    assert bool(found) == (len(word) >= 3)


def test_the_trigrams_of_a_long_word_come_from_all_over_it() -> None:
    word = "".join(chr(0x4E00 + number) for number in range(200))
    places = [word.index(trigram) for trigram in trigrams(word)]
    assert len(places) == MAX_TRIGRAMS
    assert places[0] < 20
    assert places[-1] > 170
