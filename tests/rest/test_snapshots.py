"""What tells snapshots apart (`db.prepared.SNAPSHOT`), what is not asked again in the same one, and statements that are
asked together, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import bindparam, select, update

from tests.rest.in_process import App, on_module_loop
from tests.rest.test_statement_counts import new_measured
from tests.support.postgres import Postgres
from tms_chat.core.errors import ChatError
from tms_chat.db.prepared import SNAPSHOT, Prepared, Steps, Together
from tms_chat.people.model import users

pytestmark = on_module_loop

NAMED = Prepared(
    select(users.c.id, users.c.name, users.c.created_at, users.c.is_active)
    .where(users.c.name.like(bindparam("like")))
    .order_by(users.c.name.desc())
    .limit(bindparam("most")),
    "like",
    "most",
)
ONE = Prepared(select(users.c.name).where(users.c.id == bindparam("id")), "id")
BOTH = Together(NAMED, ONE, SNAPSHOT)


@pytest.fixture(scope="module")
def database(kind: str) -> Iterator[Callable[[], str | None]]:
    """A PostgreSQL that nobody else uses: on any database of it, a sign of life of another server is a commit."""
    if kind == "sqlite":
        yield lambda: None
        return
    with Postgres(autovacuum="off") as pg:
        yield pg.fresh_database


def seen_steps() -> Steps[Any]:
    """Which state of the database this is."""
    return (yield SNAPSHOT, ())[0][0]


def both_steps(like: str, most: int, user_id: str, again: int) -> Steps[Any]:
    """Several at once, and so often again in the same snapshot."""
    found: list[Any] = []
    for _ in range(1 + again):
        named, one, snapshot = yield BOTH, ((like, most), (user_id,), ())
        found.append(([tuple(row) for row in named], [tuple(row) for row in one], snapshot[0][0]))
    if not found[-1][0]:
        raise ChatError("user_not_found")
    return found


async def rename(app: App, user_id: str, name: str) -> None:
    async with app.services.db.unit() as unit:
        await unit.execute(update(users).where(users.c.id == user_id).values(name=name))


async def test_the_same_as_long_as_nobody_commits_and_another_one_then(shared_app: App) -> None:
    db, ana = shared_app.services.db, await shared_app.person("Ana Reyes")
    before = [await db.ask(seen_steps) for _ in range(3)]
    async with db.writing(), db.writer.connect() as connection:
        await connection.execute(update(users).where(users.c.id == ana.id).values(name="Not yet"))
        assert await db.ask(seen_steps) in before
        await connection.rollback()
    seen = set(before)
    for number in range(5):
        await rename(shared_app, ana.id, f"Ana {number}")
        now = await db.ask(seen_steps)
        assert now not in seen
        seen.add(now)


async def test_what_nobody_has_changed_since_is_not_asked_again(shared_app: App) -> None:
    """Neither by the same person nor by another one who is in the same conversations."""
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    chat = await ana.group([bob.user.id, *await shared_app.people(10)])
    for path in ("/conversations/", f"/conversations/{chat}"):
        after_a_change, again, by_another = [len(await who.cost("GET", path)) for who in (ana, ana, bob)]
        assert after_a_change > again
        # The person, the places and, where that is a statement, the state of the database.
        assert by_another <= 3


async def test_asked_together_is_the_same_as_one_by_one(shared_app: App) -> None:
    db = shared_app.services.db
    people = [await shared_app.person(f"Together {number} {'é' * number}") for number in range(4)]
    for again in (0, 1, 0, 0):
        for most in (4, 2):
            found = await db.ask(both_steps, "Together %", most, people[1].id, again)
            for named, one, snapshot in found:
                assert named == [tuple(row) for row in await db.fetch(NAMED, "Together %", most)]
                assert [row[0] for row in named] == [user.id for user in people[::-1][:most]]
                assert one == [(people[1].name,)]
                assert snapshot == found[0][2] == await db.ask(seen_steps)
    nobody = await db.ask(both_steps, "Together %", 1, "nobody", 0)
    assert nobody[0][1] == []


async def test_a_refusal_ends_the_snapshot(shared_app: App) -> None:
    db, ana = shared_app.services.db, await shared_app.person("Ana Reyes")
    for again in (0, 2):
        with pytest.raises(ChatError) as refusal:
            await db.ask(both_steps, "Nobody %", 1, ana.id, again)
        assert refusal.value.code == "user_not_found"
        await rename(shared_app, ana.id, f"Somebody {again}")
        assert [row[0] for row in await db.fetch(ONE, ana.id)] == [f"Somebody {again}"]
