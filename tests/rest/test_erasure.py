"""What is deleted for everyone is nowhere any more: in no table, and in SQLite's file not even as rubbish."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, inspect, text

from tests.rest.chat import Chat, new_chat
from tests.rest.in_process import App, on_module_loop
from tms_chat.core.clock import now
from tms_chat.core.ids import uuid7
from tms_chat.files.model import files
from tms_chat.polls.model import poll_options, polls

pytestmark = on_module_loop
SECRET = "Kryptonite"


async def test_no_table_has_it_any_more(app: App) -> None:
    chat = await new_chat(app, 3)
    message = await secret_message(chat)
    assert {"messages", "message_search", "polls", "poll_options", "files"} <= await tables_with_it(app)
    await delete_for_everyone(chat, message)
    assert await tables_with_it(app) == set()


async def test_an_edit_leaves_nothing_of_the_text_before(app: App) -> None:
    chat = await new_chat(app, 2)
    sent = await chat.send(0, f"it is {SECRET}")
    await chat.send(1, "re", reply_to_id=sent["id"])
    await chat.call(0, "PUT", f"/messages/{sent['id']}", json={"content": "it is nothing"})
    assert await tables_with_it(app) == set()


async def test_neither_has_the_file_of_sqlite(app: App, tmp_path: Path) -> None:
    path = app.services.db.url.path
    if path is None:  # PostgreSQL gives the room back when it vacuums
        assert app.services.db.dialect == "postgresql"
        return
    chat = await new_chat(app, 3)
    sent = [await secret_message(chat) for _ in range(30)]
    checkpoint(path)
    assert found_in(path.parent)
    for message in sent:
        await delete_for_everyone(chat, message)
    checkpoint(path)
    assert found_in(path.parent) == []


async def secret_message(chat: Chat) -> Any:
    """A message with the word wherever there is room for one."""
    metadata = {"fileName": f"{SECRET}.pdf", "deep": [{"er": SECRET}]}
    sent = await chat.send(0, f"it is {SECRET} " * 20, metadata_json=metadata)
    await chat.call(1, "POST", f"/messages/{sent['id']}/reactions", json={"emoji": SECRET})
    await chat.call(0, "PUT", f"/messages/{sent['id']}", json={"content": f"it was {SECRET} " * 20})
    about = {"conversation_id": chat.id, "message_id": sent["id"], "created_at": now()}
    poll_id = uuid7()
    async with chat.app.services.db.unit() as unit:
        poll = {"id": poll_id, "created_by": chat.people[0].id, "question": f"{SECRET}?", "multiple_choice": False}
        await unit.execute(insert(polls).values(**about, **poll, is_closed=False))
        option = {"id": uuid7(), "poll_id": poll_id, "position": 0, "option_text": SECRET}
        await unit.execute(insert(poll_options).values(option))
        file = {"id": uuid7(), "uploaded_by": chat.people[0].id, "name": f"{SECRET}.pdf", "size": 1}
        await unit.execute(insert(files).values(**about, **file, mime_type="application/pdf", storage_key=uuid7()))
    return sent


async def delete_for_everyone(chat: Chat, message: Any) -> None:
    await chat.call(0, "DELETE", f"/messages/{message['id']}", json={"delete_for_everyone": True})


async def tables_with_it(app: App) -> set[str]:
    """All tables there are, those of the search index too."""

    def look(connection: Connection) -> Iterator[str]:
        for name in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{name}"')):
                shown = repr(tuple(row)).lower()
                if SECRET.lower() in shown:
                    yield name

    async with app.services.db.read() as connection:
        return set(await connection.run_sync(lambda sync: list(look(sync))))


def checkpoint(path: Path) -> None:
    """Everything is in the file itself, and nothing beside it."""
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    connection.close()


def found_in(folder: Path) -> list[str]:
    """The files with the word in them, in either case."""
    words = (SECRET.encode(), SECRET.lower().encode())
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in paths if any(word in path.read_bytes() for word in words)]
