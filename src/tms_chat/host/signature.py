"""The signature of a webhook: HMAC-SHA256 (RFC 2104) over timestamp, full stop and body, within five minutes."""

import hashlib
import hmac
import time

from tms_chat.core.errors import ChatError

WINDOW_SECONDS = 300
PREFIX = "v1="


def sign(key: str, timestamp: str, body: bytes) -> str:
    """What the host puts into X-TMS-Signature."""
    return PREFIX + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_signature(key: str, timestamp: str, signature: str, body: bytes) -> None:
    """Raises ChatError `webhook_signature_invalid` or `webhook_expired`; the signature first, so that a stranger
    learns nothing of our clock."""
    if not timestamp.isascii() or not hmac.compare_digest(sign(key, timestamp, body).encode(), signature.encode()):
        raise ChatError("webhook_signature_invalid")
    if not timestamp.isdigit() or len(timestamp) > 12 or abs(time.time() - int(timestamp)) > WINDOW_SECONDS:
        raise ChatError("webhook_expired")
