"""What a search takes for the same word, and what it looks up of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.core.folding import MAX_MARKS, MAX_TRIGRAMS, fold_text, search_words, stream_safe, trigrams
from tms_chat.core.mentions import find_mentions
from tms_chat.files.names import clean_name

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


@given(ANYTHING)
def test_what_people_write_has_no_more_marks_than_a_letter_may_have(text: str) -> None:
    assert stream_safe(text) == text


def test_marks_are_counted_for_each_letter() -> None:
    marks = "\u0316\u0315" * (MAX_MARKS // 2)
    assert stream_safe(f"a{marks}b{marks}") == f"a{marks}b{marks}"
    assert stream_safe(f"a{marks}{marks}b") == f"a{marks}b"


def test_nobody_can_make_it_slow_with_marks_in_the_wrong_order() -> None:
    text = "@a" + "\u0345" * 2700 + "\u0315" * 2700 + "\u0316" * 2700  # sorting these is quadratic
    started = time.process_time()
    for _ in range(5):
        fold_text(text)
        find_mentions(text, {}, everybody=True)
        clean_name(text)
    assert time.process_time() - started < 1


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
