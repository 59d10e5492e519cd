"""The test people of a run: made in the database beside the server, with sessions signed by its key, so that nobody has
to type a password at two in the morning.

They are local accounts, also inside a host: the host is asked about everybody else, and would not know them. Their
password is random and kept nowhere.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from joserfc.jwk import OctKey
from sqlalchemy import delete

from tms_chat.conversations.model import conversations
from tms_chat.core.ids import ConversationId, UserId, uuid7
from tms_chat.core.rules import ADMIN
from tms_chat.db.engine import Database
from tms_chat.identity.accounts import NewAccount, create
from tms_chat.identity.passwords import hash_password
from tms_chat.identity.tokens import sign_own_token
from tms_chat.people.actions import deactivate, update_user
from tms_chat.people.model import users
from tms_chat.settings import Settings
from tms_chat.verify.api import Person

FENCE: Final = "TMS Verify"
#: Role that may create groups, the least one first.
LEAST: Final = ("MEMBER", "LEADER", ADMIN)


async def make_people(db: Database, settings: Settings, key: OctKey, count: int, seconds: float) -> list[Person]:
    """`count` people whose sessions last that long. The first may create a group, with no more rights than that takes;
    where people of one organisation write to each other only, these are one of their own."""
    creators = settings.group_creators
    keeper = next((role for role in LEAST if role in creators), ADMIN)
    run = uuid7()[-8:]
    organisation: dict[str, Any] = {settings.organisation_field: FENCE}
    password_hash = await hash_password(secrets.token_urlsafe(32))
    made = []
    for number in range(1, count + 1):
        account = NewAccount(f"verify-{run}-{number}@verify.invalid", "", f"{FENCE} {run} {number}")
        async with db.unit() as unit:
            user = await create(unit, account, password_hash, keeper if number == 1 else "MEMBER")
            await update_user(unit, replace(user, **organisation))
        made.append(Person(user.id, f"{FENCE} {number}", _session(key, user.id, seconds, bool(settings.host_secrets))))
    return made


def _session(key: OctKey, user_id: UserId, seconds: float, is_hosted: bool) -> str:
    """Inside a host only what was exchanged for one of its tokens is a session."""
    ends_at = time.time() + seconds
    if is_hosted:
        return sign_own_token(key, user_id, seconds, origin="token", session_ends_at=ends_at)
    return sign_own_token(key, user_id, seconds)


async def retire(db: Database, people: Sequence[Person]) -> None:
    """Their sessions end and they are served no more; what they wrote stays, to be looked into."""
    for person in people:
        async with db.unit() as unit:
            await deactivate(unit, UserId(person.user_id), "operator")


async def erase(db: Database, people: Sequence[Person], conversation_id: str) -> None:
    """As if they had never been here. Only for people whom nothing else points at, as those made above."""
    async with db.unit(ConversationId(conversation_id)) as unit:
        await unit.execute(delete(conversations).where(conversations.c.id == conversation_id))
    async with db.unit() as unit:
        await unit.execute(delete(users).where(users.c.id.in_([person.user_id for person in people])))
