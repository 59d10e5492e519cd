"""Once through every kind of change of a group, by request, with what each of them announces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.rest.chat import Chat, new_chat
from tests.rest.in_process import App
from tms_chat.core.events import Announcement, Event
from tms_chat.core.ids import MessageId
from tms_chat.previews.attaching import attach
from tms_chat.previews.schema import LinkPreview

URL = "https://example.org/"
PREVIEW = LinkPreview(url=URL, title="Page", description=None, image=None, favicon=None, domain="example.org")


@contextmanager
def announced(app: App) -> Iterator[list[Event]]:
    """The numbered events that are published meanwhile."""
    told: list[Event] = []
    publish = app.services.db.publish
    assert publish is not None

    async def listen(items: Sequence[Announcement]) -> None:
        told.extend(item for item in items if isinstance(item, Event) and item.seq)
        await publish(items)

    app.services.db.publish = listen
    try:
        yield told
    finally:
        app.services.db.publish = publish


async def everything(app: App) -> tuple[Chat, Iterator[Any]]:
    """A group, and its changes one after another: each is made when it is awaited."""
    chat = await new_chat(app, 4)
    return chat, _changes(app, chat)


def _changes(app: App, chat: Chat) -> Iterator[Any]:
    ana, bob, cleo, path = 0, 1, 2, f"/conversations/{chat.id}"
    made: dict[str, Any] = {}

    async def keep(name: str, work: Any) -> None:
        made[name] = await work

    yield keep("first", chat.send(bob, f"see {URL}", client_id="0192f3a4-5b6c-7d8e-9f00-112233445566"))
    yield attach(app.services.db, MessageId(made["first"]["id"]), PREVIEW)
    yield chat.call(ana, "PUT", path, json={"name": "Renamed"})
    yield chat.join("Dora")
    dora = 3
    yield chat.send(ana, "re", reply_to_id=made["first"]["id"], metadata_json={"aB": [1]})
    yield chat.call(cleo, "POST", f"/messages/{made['first']['id']}/reactions", json={"emoji": "❤️"})
    yield chat.call(cleo, "POST", f"/messages/{made['first']['id']}/reactions", json={"emoji": "👍"})
    yield chat.call(cleo, "DELETE", f"/messages/{made['first']['id']}/reactions/👍")
    yield keep("second", chat.send(dora, "hello @Member1"))
    yield chat.call(bob, "POST", f"/messages/{made['second']['id']}/reactions", json={"emoji": "❤️"})
    yield chat.call(dora, "PUT", f"/messages/{made['second']['id']}", json={"content": "hello, @all"})
    yield chat.call(dora, "DELETE", f"/messages/{made['second']['id']}", json={"delete_for_everyone": True})
    options = [{"option_text": text, "position": place} for place, text in enumerate(("yes", "no"))]
    asked = {"conversation_id": chat.id, "question": "When?", "options": options}
    yield keep("poll", chat.call(bob, "POST", "/polls/", json=asked))
    poll = made["poll"]["poll"]
    yield chat.call(cleo, "POST", f"/polls/{poll['id']}/vote", json={"option_ids": [poll["options"][0]["id"]]})
    yield chat.call(bob, "PUT", f"/polls/{poll['id']}/close")
    third, newcomer = chat.people[cleo], chat.people[dora]
    yield chat.call(ana, "PUT", f"{path}/members/{third.id}", json={"role": "admin"})
    yield chat.call(ana, "DELETE", f"{path}/members/{newcomer.id}")
    yield chat.call(ana, "POST", f"{path}/members", json={"user_ids": [newcomer.id]})
    yield chat.call(bob, "POST", f"{path}/leave")
