"""A database that an older version has used: the next start makes of it what this version needs, and loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from tests.rest.in_process import open_app
from tests.rest.signed_in import SignedIn, signed_in
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.db.migrate import MIGRATIONS
from tms_chat.db.types import Instant, Json
from tms_chat.db.url import parse_database_url
from tms_chat.people.queries import all_users

OLDER = "0002"
AT = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
WORDS = ("Straße frei", "CAFÉ um drei", "北京见", "erased")


def table(name: str, /, **types: Any) -> sa.TableClause:
    """As much of a table of that version as is filled here; text unless said."""
    return sa.table(name, *(sa.column(column, kind) for column, kind in types.items()))


T, N, B = sa.Text(), sa.BigInteger(), sa.Boolean()
USERS = table("users", id=T, email=T, name=T, role=T, is_active=B, is_leader=B, created_at=Instant(), search_key=T)
CONVERSATIONS = table(
    "conversations", id=T, type=T, name=T, created_by=T, created_at=Instant(), updated_at=Instant(), dm_key=T,
    host_key=T, last_seq=N, last_number=N, last_message_at=Instant(), member_count=sa.Integer(),
    member_version=sa.Integer(),
)  # fmt: skip
MEMBERS = table(
    "members", conversation_id=T, user_id=T, role=T, joined_at=Instant(), read_number=N, delivered_number=N,
    is_muted=B,
)  # fmt: skip
MESSAGES = table(
    "messages", id=T, conversation_id=T, number=N, sender_id=T, type=T, content=T, metadata=Json(), reply_to_id=T,
    is_edited=B, created_at=Instant(), deleted_at=Instant(),
)  # fmt: skip
JOURNAL = table(
    "journal", conversation_id=T, seq=N, kind=T, actor_id=T, member_version=sa.Integer(), data=Json(),
    created_at=Instant(),
)  # fmt: skip


def fill(connection: Connection) -> None:
    """That version's schema, and a few days of two people."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, OLDER)
    connection.execute(USERS.insert(), [
        {"id": id_, "email": f"{id_}@corp.local", "name": name, "role": "MEMBER", "is_active": True,
         "is_leader": False, "created_at": AT, "search_key": name.casefold()}
        for id_, name in (("ana", "Ana Reyés"), ("bob", "Bob"))
    ])  # fmt: skip
    for id_, name, dm_key, host_key in (
        ("pair", None, "3:ana:bob", None), ("group", "Équipe", None, None), ("object", "Task", None, "task:1"),
    ):  # fmt: skip
        connection.execute(CONVERSATIONS.insert().values(
            id=id_, type="dm" if dm_key else "group", name=name, created_by="ana", created_at=AT, updated_at=AT,
            dm_key=dm_key, host_key=host_key, last_seq=4, last_number=4, last_message_at=AT, member_count=2,
            member_version=1,
        ))  # fmt: skip
        connection.execute(MEMBERS.insert(), [
            {"conversation_id": id_, "user_id": user_id, "role": "admin" if user_id == "ana" else "member",
             "joined_at": AT, "read_number": read, "delivered_number": 4, "is_muted": False}
            for user_id, read in (("ana", 4), ("bob", 1))
        ])  # fmt: skip
        connection.execute(MESSAGES.insert(), [
            {"id": f"{id_}-{number}", "conversation_id": id_, "number": number, "sender_id": "ana", "type": "TEXT",
             "content": "" if words == "erased" else words, "metadata": {},
             "reply_to_id": f"{id_}-1" if number == 2 else None, "is_edited": False,
             "created_at": AT + timedelta(minutes=number), "deleted_at": AT if words == "erased" else None}
            for number, words in enumerate(WORDS, 1)
        ])  # fmt: skip
    # Bob was there, left, and was added again.
    connection.execute(JOURNAL.insert(), [
        {"conversation_id": "group", "seq": seq, "kind": "member_added", "actor_id": "ana", "member_version": 1,
         "data": {"user_ids": ["bob", "gone"]}, "created_at": at}
        for seq, at in ((1, AT - timedelta(days=1)), (3, AT))
    ])  # fmt: skip
    connection.execute(sa.text("INSERT INTO meta (key, value) VALUES ('epoch', 'the same history')"))


@pytest.fixture
async def older(tmp_path: Path, database_url: str | None) -> Path:
    """The data folder of that version."""
    folder = tmp_path / "data"
    folder.mkdir()
    db = Database(parse_database_url(database_url, None, folder))
    async with db.writer.connect() as connection:
        await connection.run_sync(fill)
        await connection.commit()
    await db.close()
    return folder


async def test_what_was_written_is_read_found_and_gone_on_with(older: Path, database_url: str | None) -> None:
    async with open_app(older, database_url) as app:
        assert app.services.epoch == "the same history"
        known = {user.id: user for user in await all_users(app.services.db)}
        ana, bob = (SignedIn(app, known[UserId(id_)], app.bearer(known[UserId(id_)])) for id_ in ("ana", "bob"))
        for chat in ("pair", "group", "object"):
            history = await bob.history(chat)
            assert [message["content"] for message in history] == [*WORDS[:3], ""]
            assert history[1]["replyTo"]["content"] == WORDS[0]
            assert (await bob.sees(chat))["unreadCount"] == 3
            assert (await ana.sends(chat, "and on"))["sequenceNumber"] == 5
        for query, number in (("strasse", 1), ("cafe", 2), ("北京", 3), ("and", 5), ("erased", None)):
            found = (await bob.gets("POST", "/messages/search", {"query": query}))["data"]
            assert [hit["sequenceNumber"] for hit in found] == ([] if number is None else [number] * 3), query
        rooms = (await bob.gets("GET", "/conversations/search?q=equipe"))["data"]
        assert [room["id"] for room in rooms] == ["group"]
        assert [person["id"] for person in await bob.gets("GET", "/users/?q=reyes")] == ["ana"]


async def test_a_membership_begins_where_the_journal_says_it_began(older: Path, database_url: str | None) -> None:
    async with open_app(older, database_url) as app:
        known = {user.id: user for user in await all_users(app.services.db)}
        begins = {}
        for id_ in ("ana", "bob"):
            one = SignedIn(app, known[UserId(id_)], app.bearer(known[UserId(id_)]))
            begins[id_] = (await one.gets("GET", "/conversations/group/events?after=4"))["begins"]
        assert begins == {"ana": 0, "bob": 3}


async def test_whoever_joins_now_reads_what_the_conversation_says(older: Path, database_url: str | None) -> None:
    async with open_app(older, database_url) as app:
        ana = next(user for user in await all_users(app.services.db) if user.id == "ana")
        admin, (eve,) = SignedIn(app, ana, app.bearer(ana)), await signed_in(app, "Eve")
        for chat, readable in (("group", 0), ("object", len(WORDS))):
            await admin.gets("POST", f"/conversations/{chat}/members", {"user_ids": [eve.id]})
            assert len(await eve.history(chat)) - 1 == readable  # and that she was added
