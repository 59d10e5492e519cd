"""What is remembered of verified tokens: the good ones, as long as they are good, and a bounded number."""

from __future__ import annotations

import time

import pytest
from joserfc.jwk import OctKey

from tms_chat.core.ids import UserId
from tms_chat.identity import standing
from tms_chat.identity.standing import VerifiedTokens
from tms_chat.identity.tokens import EXPIRY_LEEWAY_SECONDS, Claims, TokenRefused, decode_own_token, sign_own_token

KEY = OctKey.import_key("a key of thirty-two characters or more")


class Counting:
    """Decodes, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, token: str) -> Claims:
        self.calls += 1
        return decode_own_token(token, KEY)


def token(seconds: float = 60.0, user_id: str = "ana") -> str:
    return sign_own_token(KEY, UserId(user_id), seconds)


def test_a_token_is_verified_once_and_each_has_its_own_claims() -> None:
    decode = Counting()
    known, tokens = VerifiedTokens(decode), [token(user_id=name) for name in ("ana", "bob")]
    for _ in range(3):
        assert [known.claims(one).user_id for one in tokens] == ["ana", "bob"]
    assert decode.calls == 2


def test_one_that_has_expired_since_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known, one = VerifiedTokens(Counting()), token(60)
    claims = known.claims(one)
    later = claims.expires_at + EXPIRY_LEEWAY_SECONDS
    monkeypatch.setattr(time, "time", lambda: later - 0.1)
    assert known.claims(one) is claims
    monkeypatch.setattr(time, "time", lambda: later + 0.1)
    with pytest.raises(TokenRefused) as refused:
        known.claims(one)
    assert refused.value.code == "token_expired"


def test_nothing_refused_is_remembered() -> None:
    decode = Counting()
    known, wrong = VerifiedTokens(decode), token()[:-3] + "AAA"
    for calls in (1, 2):
        with pytest.raises(TokenRefused):
            known.claims(wrong)
        assert decode.calls == calls


def test_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST_TOKENS", 2)
    decode = Counting()
    known, (first, second, third) = VerifiedTokens(decode), [token(user_id=name) for name in "abc"]
    for one in (first, second, first, third, first):  # the second is the one that was shown least lately
        known.claims(one)
    assert decode.calls == 3
    known.claims(second)
    assert decode.calls == 4
