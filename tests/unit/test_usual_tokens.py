"""Usual tokens are verified without the library: what is accepted like that, the library accepts and reads alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OctKey

from tests.unit.signing import OTHER_SECRET, SECRET, base64url, host_claims, mac, own_claims
from tms_chat.identity.tokens import OWN_TYPE, TokenRefused, library_claims, usual_claims

KEY = OctKey.import_key(SECRET)
USUAL: list[dict[str, Any]] = [{"alg": "HS256"}, {"alg": "HS256", "typ": "JWT"}, {"typ": OWN_TYPE, "alg": "HS256"}]
ALGORITHMS: list[Any] = [
    "none", "None", "NONE", "hs256", "HS256 ", "", "HS384", "HS512", "RS256", "dir", None, 1, ["HS256"],
]  # fmt: skip
EXTRAS: list[dict[str, Any]] = [
    {"crit": ["exp"], "exp": 1}, {"crit": []}, {"jku": "https://evil.example"}, {"jwk": {"kty": "oct", "k": "AA"}},
    {"x5u": "https://evil.example"}, {"x5c": ["AA"]}, {"b64": False}, {"b64": True, "crit": ["b64"]}, {"kid": "1"},
    {"cty": "JWT"}, {"zip": "DEF"}, {"x": 1}, {"typ": 1}, {"typ": None}, {"typ": "J" * 90}, {"typ": "J" * 600},
]  # fmt: skip
ODD: list[dict[str, Any]] = [
    {},
    {"typ": "JWT"},
    *({"alg": algorithm, "typ": "JWT"} for algorithm in ALGORITHMS),
    *({"alg": "HS256"} | extra for extra in EXTRAS),
]
#: Headers that no dict writes: the same name twice, other white space, other encodings, no JSON at all.
RAW = [
    b'{"alg":"none","alg":"HS256"}', b'{"alg":"HS256","alg":"none"}', b'{"alg":"HS256","al\\u0067":"none"}',
    b' { "alg" : "HS256" } ', b'\xef\xbb\xbf{"alg":"HS256"}', '{"alg":"HS256"}'.encode("utf-16"),
    b"[" * 90, b'["alg"]', b"1", b"null", b"", b"\xff", b'{"alg":"HS256"', b'{"alg":"HS256","typ":"\\ud800"}',
]  # fmt: skip
PAYLOADS = [
    b"", b"{}", b"[]", b"1", b"null", b'"text"', b"{", b"\xff\xfe", b"[" * 5000, b'{"exp":NaN}', b'{"id":"a","id":"b"}',
    b' {"id":1} ', b'{"exp":1e400}', b'{"exp":%d}' % 10**400, b'{"id":"\\ud800"}', b'\xef\xbb\xbf{"id":"a"}',
]  # fmt: skip
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def library(token: str) -> dict[str, Any] | None:
    try:
        return library_claims(token, KEY)
    except TokenRefused:
        return None


def agree(token: str) -> bool:
    """Whether it was accepted as usual, and then the library agrees."""
    usual = usual_claims(token, KEY)
    assert usual is None or usual == library(token)
    return usual is not None


def forgeries(token: str) -> list[str]:
    """What somebody without the secret makes of a good one, and the ways to write the same bytes otherwise."""
    header, payload, signature = token.split(".")
    twin = LETTERS[LETTERS.index(signature[-1]) ^ 1]  # differs in a bit that is thrown away
    other = base64url(json.dumps(own_claims() | {"sub": "u2"}).encode())
    none = base64url(b'{"alg":"none"}')
    signatures = [
        "", signature[:-1], signature[:-1] + twin, signature + "A", signature + "=", signature + " ", f" {signature}",
        signature.swapcase(), "A" * 43, signature[:-1] + "\n", f"{signature}\n",
        signature.replace("-", "+").replace("_", "/") + "=",
        base64url(mac(f"{header}.{payload}", OTHER_SECRET)), base64url(mac(f"{header}.{payload}", SECRET, "sha512")),
    ]  # fmt: skip
    heads = [f"{header}=", f" {header}", header + "A", none, ""]
    bodies = [f"{payload}=", f"{payload} ", payload + "A", other, ""]
    return [
        *(f"{header}.{payload}.{one}" for one in signatures),
        *(f"{one}.{payload}.{signature}" for one in heads),
        *(f"{header}.{one}.{signature}" for one in bodies),
        f"{none}.{payload}.", f"{header}.{payload}.{signature}.", f"{header}{payload}.{signature}", signature, "..", "",
    ]  # fmt: skip


def signed(header: bytes, payload: bytes) -> str:
    text = f"{base64url(header)}.{base64url(payload)}"
    return f"{text}.{base64url(mac(text, SECRET))}"


@pytest.mark.parametrize("header", USUAL, ids=str)
@pytest.mark.parametrize("claims", [host_claims, own_claims])
def test_usual_tokens_need_no_library(header: dict[str, Any], claims: Any) -> None:
    token = signed(json.dumps(header).encode(), json.dumps(claims()).encode())
    assert agree(token)
    for forged in forgeries(token):
        if forged != token:
            assert usual_claims(forged, KEY) is None, forged
            assert library(forged) is None, forged


@pytest.mark.parametrize("header", [*(json.dumps(one).encode() for one in ODD), *RAW], ids=lambda raw: raw[:40])
def test_what_else_a_header_says_is_for_the_library(header: bytes) -> None:
    token = signed(header, json.dumps(host_claims()).encode())
    for one in (token, *forgeries(token)):
        agree(one)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda raw: raw[:20])
def test_claims_are_read_as_the_library_reads_them(payload: bytes) -> None:
    agree(signed(b'{"alg":"HS256"}', payload))


@given(
    st.sampled_from([*(json.dumps(one).encode() for one in [*USUAL, *ODD]), *RAW]) | st.binary(max_size=60),
    st.sampled_from(PAYLOADS) | st.binary(max_size=60),
    st.integers(0, 300),
    st.sampled_from([*LETTERS, "=", ".", "+", "/", " ", "\n", ""]),
)
@settings(max_examples=300)
def test_one_changed_character_is_never_accepted(header: bytes, payload: bytes, at: int, letter: str) -> None:
    token = signed(header, payload)
    agree(token)
    changed = token[:at] + letter + token[at + 1 :]
    assert changed == token or not agree(changed)
