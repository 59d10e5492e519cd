"""The identity provider port: one contract, run against our own tokens and against the host's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey

from tests.unit.signing import OTHER_SECRET, SECRET, base64url, host_claims, own_claims, sign
from tms_chat.identity.providers import HostProvider, IdentityProvider, LocalProvider
from tms_chat.identity.tokens import (
    MAX_TOKEN_LENGTH,
    OWN_TYPE,
    TokenRefused,
    check_token_form,
    token_type,
)


@dataclass(frozen=True)
class Case:
    """A provider, and the header and claims of a token it accepts."""

    provider: IdentityProvider
    header: dict[str, Any]
    claims: Callable[[], dict[str, Any]]


CASES = {
    "local": Case(LocalProvider(OctKey.import_key(SECRET)), {"alg": "HS256", "typ": OWN_TYPE}, own_claims),
    "host": Case(HostProvider((SECRET,)), {"alg": "HS256", "typ": "JWT"}, host_claims),
}
HUGE = [float("nan"), float("inf"), -float("inf"), 1e300, 10**400, 2**63, 1e12, "1", "2099-01-01", True, None, [], {}]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def refusal(provider: IdentityProvider, token: str) -> str:
    """The code of the refusal; its general sentence is all that a caller may read."""
    with pytest.raises(TokenRefused) as refused:
        provider.decode(check_token_form(token))
    return refused.value.code


def test_a_provider_accepts_its_own_token_and_names_its_person(case: Case) -> None:
    token = sign(case.header, case.claims())
    assert case.provider.recognises(token_type(token))
    claims = case.provider.decode(token)
    assert claims.user_id == "u1"
    assert claims.from_host is (case.provider.kind == "host")
    assert len(claims.token_hash) == 64  # a name for what is revoked, which is not the token
    assert token not in repr(claims)
    assert claims.issued_at <= time.time() <= claims.expires_at


def test_providers_leave_each_others_tokens_alone() -> None:
    for name, case in CASES.items():
        kind = token_type(sign(case.header, case.claims()))
        assert [other for other, it in CASES.items() if it.provider.recognises(kind)] == [name]


def test_a_token_is_good_for_15_seconds_after_its_end_and_then_expired(case: Case) -> None:
    now = time.time()
    assert case.provider.decode(sign(case.header, case.claims() | {"exp": now - 5})).user_id == "u1"
    assert refusal(case.provider, sign(case.header, case.claims() | {"exp": now - 16})) == "token_expired"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_clock_that_is_a_minute_ahead_is_forgiven_and_not_more(case: Case, claim: str) -> None:
    now = time.time()
    assert case.provider.decode(sign(case.header, case.claims() | {claim: now + 45})).user_id == "u1"
    assert refusal(case.provider, sign(case.header, case.claims() | {claim: now + 75})) == "token_invalid"


@pytest.mark.parametrize("expiry", [1000, 4102444800])
def test_another_secret_is_refused_and_learns_nothing_about_the_expiry(case: Case, expiry: int) -> None:
    token = sign(case.header, case.claims() | {"exp": expiry}, OTHER_SECRET)
    assert refusal(case.provider, token) == "token_invalid"


@pytest.mark.parametrize(("algorithm", "digest"), [("HS384", "sha384"), ("HS512", "sha512"), ("HS512", "sha256")])
def test_another_algorithm_is_refused_though_the_secret_is_right(case: Case, algorithm: str, digest: str) -> None:
    token = sign({**case.header, "alg": algorithm}, case.claims(), digest=digest)
    assert refusal(case.provider, token) == "token_invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "hs256", "", None, 1, ["HS256"]])
def test_an_unsigned_token_is_refused_whatever_it_calls_itself(case: Case, algorithm: Any) -> None:
    header, payload, signature = sign({**case.header, "alg": algorithm}, case.claims()).split(".")
    good_header = sign(case.header, case.claims()).split(".")[0]
    for token in (f"{header}.{payload}.", f"{header}.{payload}.{signature}", f"{good_header}.{payload}."):
        assert refusal(case.provider, token) == "token_invalid"


@pytest.mark.parametrize("missing", ["alg", "everything"])
def test_a_header_without_an_algorithm_is_refused(case: Case, missing: str) -> None:
    header = {} if missing == "everything" else {"typ": case.header["typ"]}
    assert refusal(case.provider, sign(header, case.claims())) == "token_invalid"


@pytest.mark.parametrize(
    "extra",
    [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"jku": "https://evil.example"}, {"jwk": {"kty": "oct", "k": "AA"}},
     {"x5u": "https://evil.example"}, {"x5c": ["AA"]}, {"b64": False}, {"b64": True, "crit": ["b64"]}],
    ids=lambda extra: str(next(iter(extra))),
)  # fmt: skip
def test_a_header_that_brings_keys_or_extensions_is_refused(case: Case, extra: dict[str, Any]) -> None:
    assert refusal(case.provider, sign({**case.header, **extra}, case.claims())) == "token_invalid"


@pytest.mark.parametrize("claim", ["iat", "exp"])
def test_a_token_without_issue_or_expiry_is_refused(case: Case, claim: str) -> None:
    claims = case.claims()
    del claims[claim]
    assert refusal(case.provider, sign(case.header, claims)) == "token_invalid"


@pytest.mark.parametrize("claim", ["iat", "exp", "nbf"])
@pytest.mark.parametrize("value", HUGE, ids=lambda value: str(value)[:12])
def test_times_that_are_no_reasonable_numbers_are_refused(case: Case, claim: str, value: Any) -> None:
    assert refusal(case.provider, sign(case.header, case.claims() | {claim: value})) == "token_invalid"


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"1", b"null", b'"text"', b"{", b"\xff\xfe", b"[" * 5000])
def test_claims_that_are_not_an_object_are_refused(case: Case, payload: bytes) -> None:
    assert refusal(case.provider, sign(case.header, payload)) == "token_invalid"


def test_a_changed_claim_breaks_the_signature(case: Case) -> None:
    header, _, signature = sign(case.header, case.claims()).split(".")
    other = base64url(json.dumps(case.claims() | {"sub": "u2", "id": "u2"}).encode())
    assert refusal(case.provider, f"{header}.{other}.{signature}") == "token_invalid"


@pytest.mark.parametrize("parts", [1, 2, 4, 5, 6])
def test_a_token_that_has_not_three_parts_is_refused(case: Case, parts: int) -> None:
    token = ".".join((sign(case.header, case.claims()) + ".a.b.c").split(".")[:parts])
    assert refusal(case.provider, token) == "token_invalid"


def test_a_token_of_16384_characters_is_read_and_a_longer_one_is_not(case: Case) -> None:
    def padded(characters: int) -> str:
        return sign(case.header, case.claims() | {"filler": "x" * characters})

    longest = next(t for n in range(12_300, 0, -1) if len(t := padded(n)) <= MAX_TOKEN_LENGTH)
    assert case.provider.decode(check_token_form(longest)).user_id == "u1"
    assert refusal(case.provider, longest + "A" * (MAX_TOKEN_LENGTH + 1 - len(longest))) == "token_invalid"


@pytest.mark.parametrize("token", ["", None])
def test_no_token_is_said_to_be_missing(token: str | None) -> None:
    with pytest.raises(TokenRefused) as refused:
        check_token_form(token)
    assert refused.value.code == "token_missing"


@pytest.mark.parametrize("odd", ["é", "\u0430", "\ud800", "\x00", " ", "\n", "%", "="])
@pytest.mark.parametrize("place", [0, 10, -1])
def test_characters_a_token_cannot_have_are_refused(case: Case, odd: str, place: int) -> None:
    token = sign(case.header, case.claims())
    assert refusal(case.provider, token[:place] + odd + token[place:]) == "token_invalid"


TOKENS = {name: sign(case.header, case.claims() | {"iat": 1000, "exp": 4102444800}) for name, case in CASES.items()}


def answer_of(provider: IdentityProvider, token: str) -> str:
    """`accepted`, or the code of the refusal; anything else fails."""
    try:
        token_type(check_token_form(token))
        provider.decode(token)
    except TokenRefused as refused:
        return refused.code
    return "accepted"


@given(st.sampled_from(list(CASES)), st.text(st.characters(codec="ascii"), max_size=60), st.integers(0, 400))
def test_no_text_at_all_makes_a_decoder_fail_otherwise(name: str, junk: str, place: int) -> None:
    provider, token = CASES[name].provider, TOKENS[name]
    assert answer_of(provider, token) == "accepted"
    for text in (junk, f"{junk}.{junk}.{junk}", token[:place] + junk + token[place + len(junk) :]):
        expected = {"accepted"} if text == token else {"token_missing", "token_invalid"}
        assert answer_of(provider, text) in expected
