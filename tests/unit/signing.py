"""Signs tokens by hand (RFC 7515 §5.1), also those that a signing library would refuse to make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

SECRET = "a secret of the tests, long enough for everybody"
OTHER_SECRET = "another secret of the tests, as long as the first"


def sign(
    header: Mapping[str, Any], payload: Mapping[str, Any] | bytes, secret: str = SECRET, *, digest: str = "sha256"
) -> str:
    """A compact token. Python's json writes NaN and Infinity, as a careless signer would."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = f"{base64url(json.dumps(header).encode())}.{base64url(body)}"
    return f"{signed}.{base64url(mac(signed, secret, digest))}"


def mac(signed: str, secret: str, digest: str = "sha256") -> bytes:
    """The HMAC of the first two parts."""
    return hmac.digest(secret.encode(), signed.encode(), getattr(hashlib, digest))


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def own_claims() -> dict[str, Any]:
    """What our own session tokens say."""
    now = time.time()
    return {"iss": "tms-chat", "aud": "tms-chat", "sub": "u1", "iat": now, "exp": now + 60, "sid": "1"}


def host_claims() -> dict[str, Any]:
    """What a host's tokens say."""
    now = int(time.time())
    return {"id": "u1", "email": "ana@corp.local", "name": "Ana", "role": "LEADER", "iat": now, "exp": now + 60}
