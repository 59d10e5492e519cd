"""No socket outlives its token, whether the database can be asked or not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from tests.unit.room import Room
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.db.url import parse_database_url
from tms_chat.identity.caller import Caller
from tms_chat.identity.tokens import EXPIRY_LEEWAY_SECONDS, Claims
from tms_chat.people.model import User
from tms_chat.realtime.sweep import sweep


@dataclass
class Nobody:
    """As much of a user as a caller asks for."""

    id: UserId


def shown_by(name: str, *, expires_in: float) -> Caller:
    """Somebody with a token of that age."""
    at = time.time()
    user_id = UserId(name)
    claims = Claims(user_id, None, None, None, None, at - 60, at + expires_in, name, False, at - 60)
    return Caller(cast(User, Nobody(user_id)), claims, at)


async def test_whose_time_is_over_is_closed_while_the_database_is_away(tmp_path: Path) -> None:
    room = Room("ana", "bob")
    room.of["ana"].caller = shown_by("ana", expires_in=-1 - EXPIRY_LEEWAY_SECONDS)
    room.of["bob"].caller = shown_by("bob", expires_in=600)
    away = Database(parse_database_url("postgresql://x:y@127.0.0.1:1/z", None, tmp_path))
    try:
        with pytest.raises(ChatError, match="unavailable"):
            await sweep(away, room.sessions, room.publisher)
    finally:
        await away.close()
    assert (room.paper["ana"].heard, room.paper["ana"].ended) == (["error"], "disconnected")
    assert room.paper["bob"].ended is None
