"""What people type: everything a person can type gets through, nothing that breaks a database does."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.core.text import (
    MAX_JSON_DEPTH,
    check_json,
    check_message_text,
    check_text,
    is_blank,
    like_pattern,
    search_key,
)

ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
# White space, zero-width and other invisible characters: a bubble with only these in it looks empty.
INVISIBLE = st.text(st.sampled_from(" \t\n\r\u00a0\u2003\u3000\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | ANYTHING,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANYTHING, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(ANYTHING)
def test_every_text_of_real_characters_is_taken_as_it_is(text: str) -> None:
    assert check_text(text) == text


@given(ANYTHING, ANYTHING, st.sampled_from(["\x00", "\ud800", "\udbff", "\udc00", "\udfff"]))
def test_nul_and_half_surrogates_are_refused_wherever_they_are(before: str, after: str, bad: str) -> None:
    with pytest.raises(ValueError, match="contains"):
        check_text(before + bad + after)


@pytest.mark.parametrize("text", ["a" * 10_000, "é" * 8192, "\U0001f600" * 4096])
def test_a_message_of_ten_thousand_characters_and_sixteen_kilobytes_is_taken(text: str) -> None:
    assert check_message_text(text) == text


@pytest.mark.parametrize(
    ("text", "bound"),
    [("a" * 10_001, "10000 characters"), ("é" * 8193, "16384 bytes"), ("\U0001f600" * 4097, "16384 bytes")],
)
def test_one_more_is_refused_and_the_bound_is_named(text: str, bound: str) -> None:
    with pytest.raises(ValueError, match=bound):
        check_message_text(text)


@given(*[st.integers(0, 6000)] * 4)
def test_the_bounds_of_a_message_are_its_characters_and_its_bytes(one: int, two: int, three: int, four: int) -> None:
    # Characters of one, two, three and four bytes in UTF-8.
    text = "a" * one + "é" * two + "\u20ac" * three + "\U0001f600" * four
    fits = len(text) <= 10_000 and len(text.encode()) <= 16_384
    if fits:
        assert check_message_text(text) == text
    else:
        with pytest.raises(ValueError, match="longer than"):
            check_message_text(text)


@given(INVISIBLE)
def test_text_that_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)


@given(INVISIBLE, st.sampled_from(["a", "0", ".", "\U0001f600", "\U0001f468\u200d\U0001f469", "م", "字"]), INVISIBLE)
def test_text_with_one_visible_character_is_not_blank(before: str, visible: str, after: str) -> None:
    assert not is_blank(before + visible + after)


def test_no_text_at_all_is_blank() -> None:
    assert is_blank(None)
    assert is_blank("")


@given(JSON)
def test_json_both_databases_can_hold_is_taken_untouched(value: Any) -> None:
    assert check_json(value) is value
    orjson.dumps(value)  # and it can be stored


@pytest.mark.parametrize(
    "bad",
    [
        float("nan"), float("inf"), -float("inf"), 2**63, -(2**63) - 1, 10**400, "\x00", "\ud800", {"\x00": 1},
        {"\ud800": 1}, {1: "a key that is a number"}, (1, 2), b"bytes", complex(1, 2),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize(
    "wrap", [lambda v: v, lambda v: [v], lambda v: {"a": {"b": [1, v]}}], ids=["top", "list", "deep"]
)
def test_json_a_database_cannot_hold_is_refused_at_any_place(bad: Any, wrap: Any) -> None:
    with pytest.raises(ValueError, match=r"contains|has a key"):
        check_json(wrap(bad))


def nested(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = [value]
    return value


def test_json_may_be_32_levels_deep_and_no_deeper() -> None:
    check_json(nested(MAX_JSON_DEPTH))
    for levels in (MAX_JSON_DEPTH + 1, 900):
        with pytest.raises(ValueError, match="deeper than 32"):
            check_json(nested(levels))


def test_percent_and_underscore_in_a_search_stand_for_themselves() -> None:
    assert like_pattern(r"50%_a\b") == r"%50\%\_a\\b%"


def test_the_search_key_ignores_case_and_missing_parts() -> None:
    assert search_key(" Ana ", None, "", "STRASSE", "Straße") == "ana strasse strasse"
