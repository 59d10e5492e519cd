"""Tokens in, claims out: one decoder per token format, chosen by structure, never by what the token says it allows.

A caller learns only `token_missing`, `token_expired` or `token_invalid`; the reason goes to the log, without the token.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from tms_chat.core.errors import ChatError
from tms_chat.core.ids import MAX_ID_LENGTH, UserId, uuid7
from tms_chat.core.text import check_text

MAX_TOKEN_LENGTH = 16_384
MAX_EMAIL_LENGTH = 320
MAX_NAME_LENGTH = 255
MAX_IMAGE_LENGTH = 2048
EXPIRY_LEEWAY_SECONDS = 15.0
ISSUE_LEEWAY_SECONDS = 60.0
OWN_TYPE = "tms-session+jwt"
OWN_NAME = "tms-chat"  # iss and aud of our own tokens
FOREIGN_KEY_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64"})


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. Times are Unix seconds.

    `token_hash` names the token, or the session our own belong to, without being one; a sign-out revokes it.
    """

    user_id: UserId
    email: str | None
    name: str | None
    role: str | None
    image: str | None
    issued_at: float
    expires_at: float
    token_hash: str
    from_host: bool
    session_id: str | None = None


class TokenRefused(ChatError):
    """`reason` is for the log and the operator; `detail` is the code's general sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.reason = reason


def hash_token(token: str) -> str:
    """SHA-256 in hex: what is kept of a token that was revoked, and of set-up and invitation links."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_token_form(token: str | None) -> str:
    """The token, when there is one of a bearable length (RFC 7515 §7.1: three parts; five are encrypted)."""
    if not token:
        raise TokenRefused("token_missing", "no token")
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise TokenRefused("token_invalid", "longer than 16384 characters, or not ASCII")
    if token.count(".") != 2:
        raise TokenRefused("token_invalid", "not a signed token of three parts")
    return token


def token_type(token: str) -> str | None:
    """The `typ` of the protected header, unverified: it only chooses the decoder."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise TokenRefused("token_invalid", "cannot be parsed") from None
    kind = header.get("typ")
    return kind if isinstance(kind, str) else None


def sign_own_token(key: OctKey, user_id: UserId, lifetime_seconds: float, session_id: str | None = None) -> str:
    """A token of ours. `sid` names the session, which a renewal goes on with, so that a sign-out ends all its tokens.

    `iat` keeps its fraction, so that it can be ordered with a change of password.
    """
    now = time.time()
    claims = {"iss": OWN_NAME, "aud": OWN_NAME, "sub": user_id, "sid": session_id or uuid7(), "iat": now}
    claims["exp"] = now + lifetime_seconds
    header = {"alg": "HS256", "typ": OWN_TYPE}
    return jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=["HS256"])


def decode_own_token(token: str, key: OctKey) -> Claims:
    """Verify a token made by :func:`sign_own_token`."""
    claims = _verified_claims(token, key)
    user_id, session_id = claims.get("sub"), claims.get("sid")
    ours = claims.get("iss") == OWN_NAME and claims.get("aud") == OWN_NAME
    if not ours or not isinstance(user_id, str) or not isinstance(session_id, str):
        raise TokenRefused("token_invalid", "one of ours by its type, but iss, aud, sub or sid are not")
    issued_at, expires_at = _check_times(claims)
    name = hash_token(f"session {session_id}")
    return Claims(UserId(user_id), None, None, None, None, issued_at, expires_at, name, False, session_id)


def decode_host_token(token: str, key: OctKey) -> Claims:
    """Verify an HS256 token of the host: `id`, `email`, `iat`, `exp`; another class of its tokens has `isAdmin`."""
    claims = _verified_claims(token, key)
    issued_at, expires_at = _check_times(claims)
    user_id, email = claims.get("id"), claims.get("email")
    if not isinstance(user_id, str) or not isinstance(email, str) or not user_id.strip() or not email.strip():
        raise TokenRefused("token_invalid", "id and email must be strings")
    if "sub" in claims and claims["sub"] != user_id:
        raise TokenRefused("token_invalid", "sub and id differ")
    if "isAdmin" in claims:
        raise TokenRefused("token_invalid", "has isAdmin: another class of the host's tokens")
    if len(user_id) > MAX_ID_LENGTH or len(email) > MAX_EMAIL_LENGTH:
        raise TokenRefused("token_invalid", f"id is longer than {MAX_ID_LENGTH} or email than {MAX_EMAIL_LENGTH}")
    try:
        texts = [
            check_text(claims[key]) if isinstance(claims.get(key), str) else None for key in ("name", "role", "image")
        ]
        check_text(user_id + email)
    except ValueError as error:
        raise TokenRefused("token_invalid", f"a claim {error}") from None
    name, role, image = texts
    name, image = name and name[:MAX_NAME_LENGTH], image if image and len(image) <= MAX_IMAGE_LENGTH else None
    return Claims(UserId(user_id), email, name, role, image, issued_at, expires_at, hash_token(token), True)


def _verified_claims(token: str, key: OctKey) -> dict[str, Any]:
    try:
        verified = jws.deserialize_compact(token.encode(), key, algorithms=["HS256"])
        claims = orjson.loads(verified.payload)
    except (JoseError, ValueError) as error:
        raise TokenRefused("token_invalid", f"signature or form: {type(error).__name__}") from None
    if FOREIGN_KEY_HEADERS & verified.headers().keys():
        raise TokenRefused("token_invalid", "its header brings keys or extensions")
    if not isinstance(claims, dict):
        raise TokenRefused("token_invalid", "the claims are not an object")
    return claims


def _check_times(claims: dict[str, Any]) -> tuple[float, float]:
    now = time.time()
    issued_at, expires_at = _number(claims, "iat"), _number(claims, "exp")
    if issued_at is None or expires_at is None:
        raise TokenRefused("token_invalid", "iat and exp are required")
    if now > expires_at + EXPIRY_LEEWAY_SECONDS:
        raise TokenRefused("token_expired", f"expired {now - expires_at:.0f} s ago")
    if issued_at > now + ISSUE_LEEWAY_SECONDS:
        raise TokenRefused("token_invalid", f"issued {issued_at - now:.0f} s in the future: check the clocks")
    not_before = _number(claims, "nbf") if "nbf" in claims else now
    if not_before is None or not_before > now + ISSUE_LEEWAY_SECONDS:
        raise TokenRefused("token_invalid", "nbf is in the future or not a number")
    return issued_at, expires_at


def _number(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e11:
        return None
    return float(value)
