"""The host's tokens: HS256 JWTs, the encrypted sessions of NextAuth v4, and those of Auth.js v5.

One decoder per format, chosen by structure (three parts: signed, RFC 7515; five: encrypted, RFC 7516) and, for the
encrypted ones, by the cookie's name; a token's own header never decides which algorithm is acceptable.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from tms_chat.core.ids import MAX_ID_LENGTH, UserId
from tms_chat.core.text import check_text
from tms_chat.identity.tokens import Claims, TokenRefused, check_times, hash_token, verified_claims

MAX_EMAIL_LENGTH = 320
MAX_NAME_LENGTH = 255
MAX_IMAGE_LENGTH = 2048

V4_COOKIES = ("next-auth.session-token", "__Secure-next-auth.session-token")
V5_COOKIES = ("authjs.session-token", "__Secure-authjs.session-token")
SESSION_COOKIES = (*V4_COOKIES, *V5_COOKIES)


@dataclass(frozen=True, slots=True)
class Encryption:
    """The one content encryption a decoder accepts, with the exact lengths of its parts in bytes (RFC 7518 §5)."""

    name: str
    key_bytes: int
    iv_bytes: int
    tag_bytes: int


V4 = Encryption("A256GCM", 32, 12, 16)
V5 = Encryption("A256CBC-HS512", 64, 16, 32)


class HostKeys:
    """Everything derived from one shared secret: the signing key, NextAuth v4's key, Auth.js v5's key per cookie."""

    def __init__(self, secret: str) -> None:
        self.signing = OctKey.import_key(secret)
        self.v4 = OctKey.import_key(_derive(secret, b"", b"NextAuth.js Generated Encryption Key", V4.key_bytes))
        self.v5 = {name: OctKey.import_key(_derive_v5(secret, name)) for name in V5_COOKIES}
        self.v5_ids = {name: _thumbprint(_derive_v5(secret, name)) for name in V5_COOKIES}


def decode_host_token(token: str, keys: list[HostKeys], cookie: str | None = None) -> Claims:
    """The claims of a token of the host, whichever of the secrets made it. Raises TokenRefused with the reason.

    `cookie` is the name of the cookie it came in; None for a bearer token.
    """
    if not keys:
        raise TokenRefused("token_invalid", "no host secret is configured: set NEXTAUTH_SECRET")
    if token.count(".") == 2:
        if cookie is not None:
            raise TokenRefused("token_invalid", f"the cookie {cookie} holds a signed token, not an encrypted session")
        return _signed(token, keys)
    return _encrypted(token, keys, cookie)


def _signed(token: str, keys: list[HostKeys]) -> Claims:
    refusal: TokenRefused | None = None
    for key in keys:
        try:
            claims = verified_claims(token, key.signing)
        except TokenRefused as error:
            refusal = error
            continue
        if not isinstance(claims.get("id"), str) or not isinstance(claims.get("email"), str):
            if "isAdmin" in claims:
                raise TokenRefused("token_invalid", "has isAdmin: another class of the host's tokens")
            raise TokenRefused("token_invalid", "id and email must be strings")
        return _to_claims(claims, token)
    assert refusal is not None
    raise refusal


def _encrypted(token: str, keys: list[HostKeys], cookie: str | None) -> Claims:
    header = _header(token)
    wanted = V5 if cookie in V5_COOKIES or (cookie is None and header.get("enc") == V5.name) else V4
    if header.get("alg") != "dir" or header.get("enc") != wanted.name:
        where = f"the cookie {cookie}" if cookie else "an encrypted session"
        hint = {V4.name: "NextAuth v4", V5.name: "Auth.js v5"}.get(str(header.get("enc")), "neither v4 nor v5")
        raise TokenRefused("token_invalid", f"{where} needs dir with {wanted.name}; this one is of {hint}")
    _check_parts(token, wanted)
    candidates = [key.v4 for key in keys] if wanted is V4 else [_v5_key(header, keys, cookie)]
    for key in candidates:
        try:
            plain = jwe.decrypt_compact(token.encode(), key, algorithms=["dir", wanted.name]).plaintext
            claims = orjson.loads(plain or b"")
        except (JoseError, ValueError):
            continue
        if not isinstance(claims, dict):
            raise TokenRefused("token_invalid", "the claims are not an object")
        return _to_claims(claims, token)
    if wanted is V5:
        raise TokenRefused("token_invalid", "changed on its way: the secret is right, the content is not")
    raise TokenRefused("token_invalid", "encrypted with another secret than NEXTAUTH_SECRET, or changed on its way")


def _v5_key(header: dict[str, Any], keys: list[HostKeys], cookie: str | None) -> OctKey:
    """The key that `kid` names, compared in constant time over all secrets and cookie names."""
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise TokenRefused("token_invalid", "has no kid: not made by Auth.js v5")
    found: tuple[str, OctKey] | None = None
    for key in keys:
        for name, own in key.v5_ids.items():
            if hmac.compare_digest(own.encode(), kid.encode()):
                found = (name, key.v5[name])
    if found is None:
        raise TokenRefused("token_invalid", "encrypted with another secret than NEXTAUTH_SECRET (no key has its kid)")
    if cookie is not None and found[0] != cookie:
        raise TokenRefused("token_invalid", f"made for the cookie {found[0]}, but it came in {cookie}")
    return found[1]


def _header(token: str) -> dict[str, Any]:
    try:
        header = orjson.loads(urlsafe_b64decode(token.partition(".")[0].encode()))
    except ValueError:
        raise TokenRefused("token_invalid", "cannot be parsed") from None
    if not isinstance(header, dict) or not header.keys() <= {"alg", "enc", "kid"}:
        raise TokenRefused("token_invalid", "its header has more than alg, enc and kid")
    return header


def _check_parts(token: str, wanted: Encryption) -> None:
    _, encrypted_key, iv, _, tag = token.split(".")
    try:
        lengths = len(urlsafe_b64decode(iv.encode())), len(urlsafe_b64decode(tag.encode()))
    except ValueError:
        raise TokenRefused("token_invalid", "cannot be parsed") from None
    if encrypted_key or lengths != (wanted.iv_bytes, wanted.tag_bytes):
        raise TokenRefused("token_invalid", "its key part is not empty, or its IV or tag have another length")


def _to_claims(claims: dict[str, Any], token: str) -> Claims:
    issued_at, expires_at = check_times(claims)
    if "isAdmin" in claims:
        raise TokenRefused("token_invalid", "has isAdmin: another class of the host's tokens")
    ids = [claims[name] for name in ("id", "sub") if name in claims]
    if not ids or not all(isinstance(value, str) and value.strip() for value in ids):
        raise TokenRefused("token_invalid", "names nobody: it needs id or sub")
    if len(set(ids)) > 1:
        raise TokenRefused("token_invalid", "sub and id differ")
    email = claims.get("email")
    if email is not None and (not isinstance(email, str) or (not email.strip() and token.count(".") == 2)):
        raise TokenRefused("token_invalid", "email must be a string")
    user_id: str = ids[0]
    if len(user_id) > MAX_ID_LENGTH or len(email or "") > MAX_EMAIL_LENGTH:
        raise TokenRefused("token_invalid", f"id is longer than {MAX_ID_LENGTH} or email than {MAX_EMAIL_LENGTH}")
    image = claims.get("image", claims.get("picture"))
    try:
        check_text(user_id + (email or ""))
        name, role, image = (
            check_text(value) if isinstance(value, str) else None
            for value in (claims.get("name"), claims.get("role"), image)
        )
    except ValueError as error:
        raise TokenRefused("token_invalid", f"a claim {error}") from None
    return Claims(
        user_id=UserId(user_id),
        email=email,
        name=name and name[:MAX_NAME_LENGTH],
        role=role,
        image=image if image and len(image) <= MAX_IMAGE_LENGTH else None,
        issued_at=issued_at,
        begun_at=issued_at,
        expires_at=expires_at,
        token_hash=hash_token(token),
        from_host=True,
    )


def _derive(secret: str, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret.encode())


def _derive_v5(secret: str, cookie: str) -> bytes:
    info = f"Auth.js Generated Encryption Key ({cookie})"
    return _derive(secret, cookie.encode(), info.encode(), V5.key_bytes)


def _thumbprint(key: bytes) -> str:
    """RFC 7638 with SHA-512, of the `oct` JWK: the members in order, without white space."""
    members = b'{"k":"' + urlsafe_b64encode(key) + b'","kty":"oct"}'
    return urlsafe_b64encode(hashlib.sha512(members).digest()).decode()
