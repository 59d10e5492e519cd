"""From the casing of REST to the casing of events, so that the two can be compared."""

from __future__ import annotations

import re
from typing import Any

# Objects that look the same in both: a person's public profile, what the sender put into the metadata, a poll.
SAME_IN_BOTH = {"sender", "creator", "user", "metadata", "lastMessage", "poll"}


def snake(answer: dict[str, Any]) -> dict[str, Any]:
    """A message or conversation of a REST answer as an event shows it."""
    return {_name(key): value if key in SAME_IN_BOTH else _inner(value) for key, value in answer.items()}


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return snake(value)
    return [_inner(item) for item in value] if isinstance(value, list) else value


def _name(key: str) -> str:
    return "metadata_json" if key == "metadata" else re.sub(r"[A-Z]", lambda upper: "_" + upper.group().lower(), key)
