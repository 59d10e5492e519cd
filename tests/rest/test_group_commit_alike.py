"""Whatever is sent, it makes no difference whether it was written with others or alone: answers, events and rows."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import Table, select

from tests.rest.in_process import App, on_module_loop
from tests.rest.signed_in import SignedIn, announced, signed_in
from tms_chat.conversations.model import conversations, members
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Announcement, Event
from tms_chat.db.journal import journal
from tms_chat.messages import actions
from tms_chat.messages.model import messages
from tms_chat.messages.schema import MessageRequest
from tms_chat.messages.sending.post import Sent
from tms_chat.search.model import message_search

pytestmark = on_module_loop

ROUNDS, A_ROUND = 4, 16
TEXTS = ("plain", "to @Ana Alpha", "to @all 👋", "and @late too", "nobody@nowhere")
MORE: list[dict[str, Any]] = [{}, {}, {}, {"type": "CALL"}, {"metadata_json": {"mentions": ["forged"], "a": {"bC": 1}}}]
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
#: Who, the text, which of those that can be answered, a client_id, and what else the request says.
Post = tuple[int, str, int | None, str | None, dict[str, Any]]


class Twin:
    """One of two groups in which the same happens. What it shows is told without ids and times, to be compared."""

    def __init__(self, app: App, people: Sequence[SignedIn], chat: str) -> None:
        self.app, self.people, self.chat = app, people, chat
        self.told: list[Announcement] = []
        self._named: set[tuple[int, str]] = set()

    async def prepare(self, elsewhere: str) -> None:
        """What can be quoted, by some, by all, or by nobody."""
        ana, bob, late, _ = self.people
        first = await self.send(ana, content="from before")
        gone = await self.send(bob, content="deleted", metadata_json={"own": 1})
        await self.send(bob, content="x", type="FILE", metadata_json={"fileUrl": "https://files.test/a", "fileId": "x"})
        await self.send(ana, content="re", reply_to_id=first["id"])
        await ana.gets("POST", f"/conversations/{self.chat}/members", {"user_ids": [late.id]})
        await self.send(late, content="I am new")
        edited = await self.send(bob, content="a typo")
        hidden = await self.send(ana, content="hidden")
        await bob.gets("PUT", f"/messages/{edited['id']}", {"content": "edited"})
        await bob.gets("DELETE", f"/messages/{gone['id']}", {"delete_for_everyone": True})
        await late.gets("DELETE", f"/messages/{hidden['id']}", {"delete_for_everyone": False})
        await self.send(ana, content="cleared by Bob")
        self.can_answer = [message["id"] for message in await ana.history(self.chat)]
        await bob.gets("DELETE", f"/messages/conversations/{self.chat}/clear")
        await self.send(late, content="the last one", client_id="11111111-1111-4111-8111-111111111111")
        self.can_answer += [(await ana.history(self.chat))[-1]["id"], elsewhere, "nothing"]

    async def send(self, person: SignedIn, **fields: Any) -> Any:
        return await person.gets("POST", "/messages/", {"conversation_id": self.chat, "content": "", **fields})

    def request(self, post: Post) -> tuple[SignedIn, MessageRequest]:
        who, content, answers, client_id, more = post
        reply_to_id = None if answers is None else self.can_answer[answers]
        body = {"conversation_id": self.chat, "content": content, "reply_to_id": reply_to_id, "client_id": client_id}
        return self.people[who], MessageRequest.model_validate(body | more)

    def repeats(self, post: Post) -> bool:
        """Whether this person's `client_id` was taken when this one came."""
        return (post[0], str(post[3])) in self._named

    def note(self, post: Post, answer: Any) -> None:
        if post[3] is not None and not isinstance(answer, ChatError):
            self._named.add((post[0], str(post[3])))

    async def shows(self, told: Sequence[Announcement], answers: Sequence[Any]) -> Any:
        """All that can be seen of it."""
        ids = [self.chat, *(message["id"] for message in await self.people[0].history(self.chat))]
        seen = {
            "answers": [_answer(answer) for answer in answers],
            "told": [_event(item) for item in told],
            "rows": [await self._rows(table) for table in (messages, journal, message_search, conversations, members)],
        }
        text = TIME.sub("<time>", orjson.dumps(seen, default=str).decode())
        for place, id_ in enumerate(ids):
            text = text.replace(id_, f"<{place}>")
        return orjson.loads(text)

    async def _rows(self, table: Table) -> list[dict[str, Any]]:
        here = table.c.id if table is conversations else table.c.conversation_id
        order = [table.c[name] for name in ("number", "seq", "user_id") if name in table.c]
        async with self.app.services.db.read() as connection:
            rows = await connection.execute(select(table).where(here == self.chat).order_by(*order))
            return [
                {str(key): value is None if key == "request_hash" else value for key, value in row._mapping.items()
                 if table is not message_search or key != "id"}
                for row in rows
            ]  # fmt: skip


def some_posts(chance: random.Random, count: int, answerable: int, names: list[str]) -> list[Post]:
    """Of everything that may come."""
    made: list[Post] = []
    for _ in range(count):
        if made and chance.random() < 0.2:
            again = chance.choice(made)
            made.append(again if chance.random() < 0.7 else (*again[:1], "another text", *again[2:]))
            continue
        if chance.random() < 0.6:
            names.append(str(uuid4()))
        client_id = names[-1] if names and chance.random() < 0.6 else None
        answers = chance.randrange(answerable) if chance.random() < 0.6 else None
        who = chance.choice([0, 0, 1, 1, 2, 2, 3])
        made.append((who, chance.choice(TEXTS), answers, client_id, chance.choice(MORE)))
    return made


@pytest.mark.parametrize("seed", range(3))
async def test_with_others_and_alone_are_alike(shared_app: App, seed: int) -> None:
    people = await signed_in(shared_app, "Ana Alpha", "Bob Beta", "Late Lambda", "Eve")
    db = shared_app.services.db
    chance = random.Random(seed)
    names: list[str] = []
    ana, bob, *_ = people
    other = await ana.sends(await ana.group(bob), "elsewhere")
    together, alone = [Twin(shared_app, people, await ana.group(bob, name="Twins")) for _ in range(2)]
    for twin in (together, alone):
        await twin.prepare(other["id"])
    kinds: set[str] = set()
    for _ in range(ROUNDS):
        posts = some_posts(chance, A_ROUND, len(together.can_answer), names)
        async with announced(shared_app) as told_together:
            wanted = [together.request(post) for post in posts]
            batch = await asyncio.gather(
                *(actions.send(db, person.user, request) for person, request in wanted), return_exceptions=True
            )
        async with announced(shared_app) as told_alone:
            single = await one_by_one(alone, posts)
        shown = await together.shows(told_together, batch)
        assert shown == await alone.shows(told_alone, single)
        kinds |= {_kind(answer) for answer in batch}
        new = [answer for answer in batch if isinstance(answer, Sent) and answer.is_new]
        assert len({answer.body["created_at"] for answer in new}) == 1, "they were not written together"
        quoting = [item for item in told_together if isinstance(item, Event) and item.bodies_by_user]
        kinds |= {"without the quote"} if quoting else set()
    assert kinds >= {"new", "repeated", "client_id_reused", "message_not_found", "conversation_not_found",
                     "without the quote"}  # fmt: skip


async def one_by_one(twin: Twin, posts: Sequence[Post]) -> list[Any]:
    """Each in a unit of its own. What a batch finds to be repeated is answered after it, so it is here."""
    answers: dict[int, Any] = {}
    later = []
    for place, post in enumerate(posts):
        if twin.repeats(post):
            later.append(place)
        else:
            answers[place] = await _alone(twin, post)
            twin.note(post, answers[place])
    for place in later:
        answers[place] = await _alone(twin, posts[place])
    return [answers[place] for place in range(len(posts))]


async def _alone(twin: Twin, post: Post) -> Any:
    person, request = twin.request(post)
    try:
        return await actions._send_alone(twin.app.services.db, person.user, request, None)
    except ChatError as error:
        return error


def _kind(answer: Any) -> str:
    if isinstance(answer, Sent):
        return "new" if answer.is_new else "repeated"
    assert isinstance(answer, ChatError), answer
    return answer.code


def _answer(answer: Any) -> Any:
    if not isinstance(answer, Sent):
        assert isinstance(answer, ChatError), answer
        return [answer.code, answer.detail]
    shown = {key: value for key, value in answer.body.items() if key != "seq"}
    return [orjson.loads(answer.rest), shown, answer.is_new, answer.seq]


def _event(item: Announcement) -> Any:
    assert isinstance(item, Event), item
    assert item.encoded is None or orjson.loads(item.encoded) == item.body
    notice = item.notice
    return [
        item.name, dict(item.body), {user_id: dict(body) for user_id, body in item.bodies_by_user.items()},
        sorted(item.but), item.by, [_event(companion) for companion in item.companions],
        None if notice is None else [notice.kind, notice.actor_id, notice.message_id, sorted(notice.mentioned),
                                     notice.mentions_all, notice.replied_to],
    ]  # fmt: skip
