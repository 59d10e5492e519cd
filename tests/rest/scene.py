"""One group with everything in it that a route can be asked about, and a person in each relation to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from tests.rest.in_process import App
from tests.rest.storage import row_counts_of
from tms_chat.core.ids import uuid7
from tms_chat.db.types import metadata
from tms_chat.people.actions import deactivate
from tms_chat.people.model import User

#: From the one who may do nothing to the one who may do most.
ROLES = ("anonymous", "deactivated", "stranger", "operator", "ex-member", "member", "admin")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@dataclass
class Scene:
    """`names` fill the addresses: `{conversation_id}` is the group, `{message_id}` a message of the member, …

    The operator administers the server and is in no conversation; `other` is one more member, whom requests concern.
    """

    app: App
    people: dict[str, User]
    names: dict[str, str] = field(default_factory=dict)
    option_id: str = ""
    newcomer: str = ""

    def headers(self, role: str) -> dict[str, str]:
        return {} if role == "anonymous" else self.app.bearer(self.people[role])

    async def ask(self, role: str, method: str, path: str, **request: Any) -> Any:
        """The JSON of a request that succeeds."""
        answer = await self.app.http.request(method, f"/api/v1{path}", headers=self.headers(role), **request)
        assert answer.status_code in (200, 201), f"{method} {path}: {answer.text}"
        return answer.json()

    async def everything_written(self) -> dict[str, int]:
        """A number for each table, and the sum of all numbers taken: the same as long as nothing was written."""
        db = self.app.services.db
        counts = await row_counts_of(db)
        async with db.read() as connection:
            conversations = metadata.tables["conversations"]
            counts["numbers"] = await connection.scalar(select(func.sum(conversations.c.last_seq))) or 0
        return counts


async def make_scene(app: App) -> Scene:
    """A new one, with people of its own."""
    roles = {"operator": "ADMIN"}
    names = ("deactivated", "stranger", "operator", "ex-member", "member", "admin", "other", "newcomer")
    people = {name: await app.person(name.capitalize(), role=roles.get(name, "MEMBER")) for name in names}
    scene = Scene(app, people, newcomer=people["newcomer"].id)
    inside = [people[name].id for name in ("deactivated", "ex-member", "member", "other")]
    group = await scene.ask(
        "admin", "POST", "/conversations/", json={"type": "group", "name": "G", "member_ids": inside}
    )
    conversation_id = group["id"]
    sent = await scene.ask(
        "member", "POST", "/messages/", json={"conversation_id": conversation_id, "content": "hello"}
    )
    # Of the member too, so that they have something to take back; the address holds it percent-encoded.
    await scene.ask("member", "POST", f"/messages/{sent['id']}/reactions", json={"emoji": "👍"})
    options = [{"option_text": text, "position": n} for n, text in enumerate(("yes", "no"))]
    poll = await scene.ask(
        "admin", "POST", "/polls/", json={"conversation_id": conversation_id, "question": "?", "options": options}
    )
    upload = await scene.ask(
        "member",
        "POST",
        "/messages/upload",
        data={"conversation_id": conversation_id},
        files={"file": ("a.png", PNG, "image/png")},
    )
    await scene.ask("admin", "DELETE", f"/conversations/{conversation_id}/members/{people['ex-member'].id}")
    async with app.services.db.unit() as unit:
        await deactivate(unit, people["deactivated"].id, "operator")
    scene.option_id = poll["poll"]["options"][0]["id"]
    scene.names = {
        "{conversation_id}": conversation_id,
        "{message_id}": sent["id"],
        "{poll_id}": poll["poll"]["id"],
        "{file_id}": upload["metadata"]["fileId"],
        "{user_id}": people["other"].id,
        "{emoji}": "%F0%9F%91%8D",
        "{key:path}": f"task:{uuid7()}",
        "{invitation_id}": uuid7(),
    }
    return scene
