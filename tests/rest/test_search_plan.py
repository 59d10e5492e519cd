"""A search goes through the index of trigrams: what the database says it will do, not how long it took."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, func, insert, select, text

from tests.rest.in_process import App, on_module_loop
from tms_chat.core.clock import now
from tms_chat.db.trigrams import INDEX
from tms_chat.messages.model import messages
from tms_chat.people.model import User
from tms_chat.search.model import message_search

pytestmark = on_module_loop


MANY = 20_000


async def much_to_read(app: App) -> User:
    """Somebody with a long conversation: only then it pays to look things up."""
    ana, bob = await app.person("Ana"), await app.person("Bob")
    body = {"type": "dm", "member_ids": [bob.id]}
    chat = (await app.http.post("/api/v1/conversations/", json=body, headers=app.bearer(ana))).json()["id"]
    rows = [
        {"conversation_id": chat, "number": number, "sender_id": bob.id, "type": "TEXT", "created_at": now()}
        for number in range(1, MANY + 1)
    ]
    ids = [f"{chat}-{row['number']}" for row in rows]
    contents = [f"line {row['number']} of many" for row in rows]
    stored = [
        row | {"id": message_id, "content": content, "metadata": {}, "is_edited": False}
        for row, message_id, content in zip(rows, ids, contents, strict=True)
    ]
    found = [
        row | {"message_id": message_id, "text": content}
        for row, message_id, content in zip(rows, ids, contents, strict=True)
    ]
    async with app.services.db.unit() as unit:
        await unit.connection.execute(insert(messages), stored)
        await unit.connection.execute(insert(message_search), found)
        if app.services.db.dialect == "postgresql":
            # What autovacuum does a little later: new entries wait in a list beside the index.
            await unit.execute(select(func.gin_clean_pending_list(INDEX)))
            await unit.execute(text("ANALYZE message_search"))
    return ana


async def plan_of(app: App, ana: User, query: str) -> str:
    """How the statement that looks for the words is carried out."""
    asked: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "message_search.text" in statement:
            asked.append((statement, parameters))

    db = app.services.db
    event.listen(db.reader.sync_engine, "before_cursor_execute", listen)
    try:
        body = {"query": query}
        answer = await app.http.post("/api/v1/messages/search", json=body, headers=app.bearer(ana))
        assert answer.status_code == 200
    finally:
        event.remove(db.reader.sync_engine, "before_cursor_execute", listen)
    ((statement, parameters),) = asked
    async with db.read() as connection:
        explain = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
        rows = (await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all()
    return "\n".join(str(row[-1]) for row in rows)


async def test_words_of_three_characters_are_looked_up_newest_first(shared_app: App) -> None:
    ana = await much_to_read(shared_app)
    for query in ("needle", "需要找", "in needle"):
        plan = await plan_of(shared_app, ana, query)
        if shared_app.services.db.dialect == "sqlite":
            assert plan.startswith("SCAN message_trigrams VIRTUAL TABLE INDEX"), plan
            assert "SEARCH message_search USING INTEGER PRIMARY KEY" in plan
            assert "TEMP B-TREE" not in plan  # the index gives them in their order, and stops when the page is full
        else:
            assert INDEX in plan, plan


async def test_shorter_ones_are_looked_for_in_the_callers_own_messages(shared_app: App) -> None:
    plan = await plan_of(shared_app, await shared_app.person("Ana"), "需要")
    assert "trigrams" not in plan
    if shared_app.services.db.dialect == "sqlite":
        assert plan.startswith("SEARCH members USING INDEX"), plan
