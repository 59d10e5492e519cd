"""The host's side of the webhook: what it sends when something about its people has changed."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import httpx

from tests.host.host import API_KEY
from tests.host.office import Office


def signature(body: bytes, timestamp: str, key: str = API_KEY) -> str:
    return "v1=" + hmac.new(key.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def tell(
    office: Office, *users: dict[str, Any], age: float = 0, key: str = API_KEY, **headers: str | None
) -> httpx.Response:
    """POST /host/users, signed `age` seconds ago; a header given as None is left out, another one is sent as it is."""
    body = json.dumps({"users": users}).encode()
    timestamp = str(int(time.time() - age))
    named = {"X_TMS_Timestamp": timestamp, "X_TMS_Signature": signature(body, timestamp, key), **headers}
    sent = {name.replace("_", "-"): value for name, value in named.items() if value is not None}
    return send(office, body, sent)


def send(office: Office, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return office.anonymous.post("/host/users", content=body, headers={"Content-Type": "application/json", **headers})
