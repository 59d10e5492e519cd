"""Tokens in, claims out: what every format shares, and our own format. The host's formats are in `host_tokens`.

A caller learns only `token_missing`, `token_expired` or `token_invalid`; the reason goes to the log, without the token.
"""

import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import orjson
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OctKey
from joserfc.util import urlsafe_b64decode

from tms_chat.core.clock import from_timestamp
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId, uuid7

MAX_TOKEN_LENGTH = 16_384
EXPIRY_LEEWAY_SECONDS = 15.0
ISSUE_LEEWAY_SECONDS = 60.0
OWN_TYPE = "tms-session+jwt"
OWN_NAME = "tms-chat"  # iss and aud of our own tokens
USUAL_HEADER_LENGTH = 128  # characters, encoded
URL_SAFE = bytes.maketrans(b"+/", b"-_")  # RFC 4648 §5
FOREIGN_KEY_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64"})

# What a session of ours was made from: a local account, a token the host gave out, or the host's own cookie.
Origin = Literal["local", "token", "cookie"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. Times are Unix seconds.

    `token_hash` names the token, or the session our own belong to, without being one; a sign-out revokes it. For our
    own tokens `session_ends_at` is when the session ends however often it is renewed, None for one without an end.
    `begun_at` is when the session was vouched for, which renewing does not change: one that was ended later is over.
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
    begun_at: float
    session_id: str | None = None
    origin: Origin = "local"
    session_ends_at: float | None = None


class TokenRefused(ChatError):
    """`reason` is for the log and the operator; `detail` is the code's general sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.reason = reason


def hash_token(token: str) -> str:
    """SHA-256 in hex: what is kept of a token that was revoked, and of set-up and invitation links."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_token_form(token: str | None) -> str:
    """The token, when there is one of a bearable length and form (RFC 7515 §7.1: three parts; RFC 7516 §7.1: five)."""
    if not token:
        raise TokenRefused("token_missing", "no token")
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise TokenRefused("token_invalid", f"longer than {MAX_TOKEN_LENGTH} characters, or not ASCII")
    if token.count(".") not in (2, 4):
        raise TokenRefused("token_invalid", "neither a signed token of three parts nor an encrypted one of five")
    return token


def token_type(token: str) -> str | None:
    """The `typ` of a signed token's header, unverified: it only chooses the decoder. None for an encrypted one."""
    return _type_in(token[: token.index(".")]) if token.count(".") == 2 else None


@lru_cache(maxsize=256)  # all tokens of one issuer begin alike
def _type_in(header: str) -> str | None:
    try:
        kind = orjson.loads(urlsafe_b64decode(header.encode()))["typ"]
    except (ValueError, TypeError, KeyError):
        return None  # whoever verifies it says what is wrong
    return kind if isinstance(kind, str) else None


def sign_own_token(
    key: OctKey,
    user_id: UserId,
    lifetime_seconds: float,
    *,
    begun_at: float | None = None,
    session_id: str | None = None,
    origin: Origin = "local",
    session_ends_at: float | None = None,
) -> str:
    """A token of ours. `sid` names the session, which a renewal goes on with, so that a sign-out ends all its tokens.

    `begun` is the moment before the person was checked, now by default; it and `iat` keep their fractions, so that they
    can be ordered with a change of password, however long the check took.
    """
    now = time.time()
    expires_at = now + lifetime_seconds
    if session_ends_at is not None:
        expires_at = min(expires_at, session_ends_at)
    claims: dict[str, Any] = {"iss": OWN_NAME, "aud": OWN_NAME, "sub": user_id, "sid": session_id or uuid7()}
    claims |= {"iat": now, "begun": now if begun_at is None else begun_at, "exp": expires_at, "from": origin}
    if session_ends_at is not None:
        claims["ends"] = session_ends_at
    header = {"alg": "HS256", "typ": OWN_TYPE}
    return jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=["HS256"])


def decode_own_token(token: str, key: OctKey, *, for_renewal: bool = False) -> Claims:
    """Verify a token made by :func:`sign_own_token`; for a renewal only the end of the session counts."""
    claims = verified_claims(token, key)
    user_id, session_id, origin = claims.get("sub"), claims.get("sid"), claims.get("from", "local")
    ours = claims.get("iss") == OWN_NAME and claims.get("aud") == OWN_NAME and origin in ("local", "token", "cookie")
    if not ours or not isinstance(user_id, str) or not isinstance(session_id, str):
        raise TokenRefused("token_invalid", "one of ours by its type, but iss, aud, sub or sid are not")
    ends_at, begun_at = number(claims, "ends"), number(claims, "begun")
    if for_renewal and ends_at is not None:
        claims = claims | {"exp": ends_at}
    issued_at, expires_at = check_times(claims)
    name = hash_token(f"session {session_id}")
    return Claims(
        user_id=UserId(user_id),
        email=None,
        name=None,
        role=None,
        image=None,
        issued_at=issued_at,
        expires_at=expires_at,
        token_hash=name,
        from_host=False,
        begun_at=issued_at if begun_at is None else begun_at,
        session_id=session_id,
        origin=origin,
        session_ends_at=ends_at,
    )


def verified_claims(token: str, key: OctKey) -> dict[str, Any]:
    """The claims of an HS256 token signed with `key`."""
    claims = usual_claims(token, key)
    return claims if claims is not None else library_claims(token, key)


def usual_claims(token: str, key: OctKey) -> dict[str, Any] | None:
    """The same for a good token as nearly all of them are, by one HMAC (RFC 7515 §5.2, RFC 7518 §3.2): everybody who
    comes back after a restart shows one, and the library takes several times as long.

    It only ever accepts, and only what the library would: None is for whatever is not as usual, down to a single
    character, and for what is not good. The library says what becomes of that.
    """
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    if not _is_usual_header(header):
        return None
    made = hmac.digest(key.raw_value, signed.encode(), "sha256")
    # As text, which is one for each HMAC: of another that decodes to the same bytes the library would hear first.
    expected = binascii.b2a_base64(made, newline=False).translate(URL_SAFE, b"=")
    if not hmac.compare_digest(expected, signature.encode()):
        return None
    try:
        claims = orjson.loads(urlsafe_b64decode(payload.encode()))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


@lru_cache(maxsize=256)
def _is_usual_header(header: str) -> bool:
    """Whether it names HS256 and at most a type: nothing in it asks for anything but the HMAC."""
    if len(header) > USUAL_HEADER_LENGTH:
        return False
    try:
        named = json.loads(urlsafe_b64decode(header.encode()))
    except (ValueError, RecursionError):
        return False
    if not isinstance(named, dict) or not named.keys() <= {"alg", "typ"}:
        return False
    return named.get("alg") == "HS256" and isinstance(named.get("typ", ""), str)


def library_claims(token: str, key: OctKey) -> dict[str, Any]:
    """The same by the library, for any token, with what is wrong with it."""
    try:
        verified = jws.deserialize_compact(token.encode(), key, algorithms=["HS256"])
        claims = orjson.loads(verified.payload)
    except UnsupportedAlgorithmError:
        raise TokenRefused("token_invalid", "its header names another algorithm than HS256") from None
    except BadSignatureError:
        raise TokenRefused("token_invalid", "signed with another secret, or changed on its way") from None
    except (JoseError, ValueError):
        raise TokenRefused("token_invalid", "cannot be parsed") from None
    if FOREIGN_KEY_HEADERS & verified.headers().keys():
        raise TokenRefused("token_invalid", "its header brings keys or extensions")
    if not isinstance(claims, dict):
        raise TokenRefused("token_invalid", "the claims are not an object")
    return claims


def check_times(claims: dict[str, Any]) -> tuple[float, float]:
    """`iat` and `exp` in Unix seconds (RFC 7519 §4.1): both required, with our leeways; `nbf` is honoured."""
    now = time.time()
    issued_at, expires_at = number(claims, "iat"), number(claims, "exp")
    if issued_at is None or expires_at is None:
        raise TokenRefused("token_invalid", "iat and exp are required")
    if now > expires_at + EXPIRY_LEEWAY_SECONDS:
        since = from_timestamp(expires_at).strftime("%Y-%m-%d %H:%M:%S UTC")
        raise TokenRefused("token_expired", f"expired since {since} ({now - expires_at:.0f} s)")
    if issued_at > now + ISSUE_LEEWAY_SECONDS:
        raise TokenRefused("token_invalid", f"issued {issued_at - now:.0f} s in the future: check the clocks")
    not_before = number(claims, "nbf") if "nbf" in claims else now
    if not_before is None or not_before > now + ISSUE_LEEWAY_SECONDS:
        raise TokenRefused("token_invalid", "nbf is in the future or not a number")
    return issued_at, expires_at


def number(claims: dict[str, Any], name: str) -> float | None:
    """A claim that is a moment; None when it is missing or is not one."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e11:
        return None
    return float(value)
