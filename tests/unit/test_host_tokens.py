"""What only the host's tokens have: their claims, their vectors, secrets in rotation. And what only ours have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey

from tests.unit.signing import OTHER_SECRET, SECRET, host_claims, own_claims, sign
from tms_chat.core.ids import UserId
from tms_chat.identity.providers import HostProvider, LocalProvider
from tms_chat.identity.tokens import OWN_TYPE, TokenRefused, sign_own_token

HEADER = {"alg": "HS256"}  # hosts write typ JWT or nothing
VECTORS = json.loads(Path(__file__).with_name("host_tokens.json").read_text())["vectors"]


def refused(claims: dict[str, Any]) -> str:
    with pytest.raises(TokenRefused) as caught:
        HostProvider((SECRET,)).decode(sign(HEADER, claims))
    return caught.value.code


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_tokens_made_by_the_hosts_own_library_get_the_stated_answer(vector: dict[str, Any]) -> None:
    provider = HostProvider((vector["secret"],))
    if vector["expect"] == "accept":
        claims, said = provider.decode(vector["token"]), vector["claims"]
        assert (claims.user_id, claims.email, claims.name) == (said["id"], said["email"], said["name"])
        assert (claims.role, claims.image) == (said["role"], said["image"])
        assert (claims.issued_at, claims.expires_at) == (said["iat"], said["exp"])
    else:
        with pytest.raises(TokenRefused) as caught:
            provider.decode(vector["token"])
        assert caught.value.code == ("token_expired" if vector["id"] == "hs256-expired" else "token_invalid")


def test_the_vectors_hold_an_accepted_one_and_the_forgeries() -> None:
    assert len(VECTORS) == 8
    assert {vector["expect"] for vector in VECTORS} == {"accept", "reject"}


@pytest.mark.parametrize("claim", ["id", "email"])
@pytest.mark.parametrize("value", [None, "", "  ", 1, True, ["u1"], {"a": 1}], ids=repr)
def test_id_and_email_must_be_texts(claim: str, value: Any) -> None:
    assert refused(host_claims() | {claim: value}) == "token_invalid"


@pytest.mark.parametrize("claim", ["id", "email"])
def test_id_and_email_must_be_there(claim: str) -> None:
    claims = host_claims()
    del claims[claim]
    assert refused(claims) == "token_invalid"


@pytest.mark.parametrize("value", [True, False, None, 0])
def test_a_token_with_is_admin_is_another_class_of_the_hosts_tokens(value: Any) -> None:
    assert refused(host_claims() | {"isAdmin": value}) == "token_invalid"


def test_sub_may_repeat_the_id_and_may_not_differ() -> None:
    assert HostProvider((SECRET,)).decode(sign(HEADER, host_claims() | {"sub": "u1"})).user_id == "u1"
    assert refused(host_claims() | {"sub": "u2"}) == "token_invalid"
    assert refused(host_claims() | {"sub": None}) == "token_invalid"


def test_an_id_has_at_most_255_characters() -> None:
    assert HostProvider((SECRET,)).decode(sign(HEADER, host_claims() | {"id": "u" * 255})).user_id == "u" * 255
    assert refused(host_claims() | {"id": "u" * 256}) == "token_invalid"


@pytest.mark.parametrize("claim", ["id", "email", "name", "role", "image"])
@pytest.mark.parametrize("value", ["a\x00b", "a\ud800b"], ids=["NUL", "half a surrogate"])
def test_claims_no_database_can_hold_are_refused(claim: str, value: str) -> None:
    assert refused(host_claims() | {claim: value}) == "token_invalid"


def test_a_host_may_leave_out_everything_else_or_send_it_in_another_form() -> None:
    claims = host_claims() | {"name": 7, "role": None, "image": ["x"], "hierarchyLevel": "OF1", "extra": {"a": [1]}}
    decoded = HostProvider((SECRET,)).decode(sign(HEADER, claims))
    assert (decoded.user_id, decoded.name, decoded.role, decoded.image) == ("u1", None, None, None)


def test_addresses_of_internal_domains_are_valid() -> None:
    for email in ("x@corp.local", "x@intranet"):
        assert HostProvider((SECRET,)).decode(sign(HEADER, host_claims() | {"email": email})).email == email


def test_during_a_rotation_both_secrets_are_accepted_in_either_order() -> None:
    for secrets in ((SECRET, OTHER_SECRET), (OTHER_SECRET, SECRET)):
        provider = HostProvider(secrets)
        for secret in secrets:
            assert provider.decode(sign(HEADER, host_claims(), secret)).user_id == "u1"


def test_during_a_rotation_an_expired_token_is_called_expired_whichever_secret_signed_it() -> None:
    for secrets in ((SECRET, OTHER_SECRET), (OTHER_SECRET, SECRET)):
        with pytest.raises(TokenRefused) as caught:
            HostProvider(secrets).decode(sign(HEADER, host_claims() | {"exp": 1000}))
        assert caught.value.code == "token_expired"


def test_our_own_token_lives_as_long_as_asked_and_keeps_the_fraction_of_its_issue() -> None:
    key = OctKey.import_key(SECRET)
    token = sign_own_token(key, UserId("u1"), 3600)
    claims = LocalProvider(key).decode(token)
    assert claims.expires_at - claims.issued_at == pytest.approx(3600)
    # Two sign-ins in the same second are two tokens: ending one must not end the other.
    assert sign_own_token(key, UserId("u1"), 3600) != token


@pytest.mark.parametrize(
    "change", [{"iss": "other"}, {"aud": "other"}, {"sub": None}, {"sub": 7}, {"iss": None}, {"sid": None}], ids=str
)
def test_our_own_tokens_name_us_and_their_person(change: dict[str, Any]) -> None:
    provider = LocalProvider(OctKey.import_key(SECRET))
    with pytest.raises(TokenRefused):
        provider.decode(sign({"alg": "HS256", "typ": OWN_TYPE}, own_claims() | change))


def test_a_token_of_the_host_is_never_one_of_ours_even_with_the_same_secret() -> None:
    for claims in (host_claims(), host_claims() | {"sub": "u1"}):
        with pytest.raises(TokenRefused):
            LocalProvider(OctKey.import_key(SECRET)).decode(sign(HEADER, claims))
    with pytest.raises(TokenRefused):
        HostProvider((SECRET,)).decode(sign({"alg": "HS256", "typ": OWN_TYPE}, own_claims()))
