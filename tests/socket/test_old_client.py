"""A working day of the web client that existing users have, in its own order of calls, casing and missing keys.

It exchanges the host's token, passes no callback, sends `offset` for pages, puts emoji into paths, omits what is
undefined, is ready only after `rooms_joined`, reads `lastMessage.content` without looking whether it is there, and
fetches the list, the detail and itself again at every message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.rest.scene import PNG
from tests.socket.device import Device
from tests.socket.host import HOST_SECRET, Host, running_host
from tests.socket.http import NO_TLS
from tests.support.people import host_token

ORIGIN = "https://app.corp.example"


@dataclass
class OldClient:
    """One browser. What it does not find where it looks is a KeyError here, a blank page there."""

    base_url: str
    host_token: str
    me: dict[str, Any] = field(default_factory=dict)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20, verify=NO_TLS))

    def sign_in(self) -> str:
        """`/auth/callback?gcgc_token=…` → `login/sso` → the token for everything after."""
        self.http.headers["Origin"] = ORIGIN
        answer = self.call("POST", "/auth/login/sso", headers={"X-GCGC-Session-Token": self.host_token})
        assert answer["success"] is True
        self.me = answer["user"]
        token: str = answer["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        assert self.call("POST", "/auth/validate", json={"token": token})["user"]["tmsUserId"] == self.me["id"]
        return token

    def call(self, method: str, path: str, **request: Any) -> Any:
        """The answer of a call that succeeds; a browser would refuse one without these headers."""
        answer = self.http.request(method, f"{self.base_url}/api/v1{path}", **request)
        assert answer.status_code in (200, 201, 204), f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-credentials"] == "true"
        return answer.json() if answer.content else None

    def load(self, address: str) -> httpx.Response:
        """A file, as an image element asks for it: through the proxy, with the token in the address."""
        token = self.http.headers["Authorization"].removeprefix("Bearer ")
        query = {"url": address, "token": token}
        return httpx.get(f"{self.base_url}/api/v1/files/proxy", params=query, timeout=20, verify=NO_TLS)

    def pages(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Everything, page by page, with `offset`."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", path, params={"limit": 2, "offset": len(rows), **query})
            rows += page["data"]
            if not page["pagination"]["has_more"]:
                return rows

    def sidebar(self) -> list[str]:
        """What the list shows: it would crash on a `null` content."""
        return [
            f"{row['display_name']}: {row['lastMessage']['content'][:40] if row['lastMessage'] else ''}"
            f" ({row['unreadCount']})"
            for row in self.pages("/conversations/")
        ]

    def on_message(self, conversation_id: str) -> None:
        """What it fetches again whenever a message arrives."""
        self.call("GET", "/conversations/", params={"limit": 50, "offset": 0})
        detail = self.call("GET", f"/conversations/{conversation_id}")
        assert [member["user"]["first_name"] for member in detail["members"]]
        assert self.call("GET", "/users/me")["tmsUserId"] == self.me["id"]


@pytest.fixture(scope="module")
def host(database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server that lets this client's page in, once on each database."""
    with running_host(tmp_path_factory.mktemp("old"), database(), ALLOWED_ORIGINS=ORIGIN) as host:
        yield host


@pytest.fixture
def clients(host: Host) -> Iterator[tuple[OldClient, OldClient, OldClient]]:
    """Three people whose accounts are at the host."""
    made = []
    for name in ("Ana Alves", "Bo Berg", "Cy Cole"):
        known = host.add(name)
        made.append(OldClient(host.server.base_url, host_token(HOST_SECRET, known.id, known.email, name)))
    yield (made[0], made[1], made[2])
    for client in made:
        client.http.close()


async def connected(host: Host, client: OldClient, token: str) -> Device:
    device = await Device(host.server, token).connect()
    await device.hears("rooms_joined")
    return device


async def test_a_day(host: Host, clients: tuple[OldClient, OldClient, OldClient]) -> None:
    ana, bo, cy = clients
    devices = [await connected(host, client, client.sign_in()) for client in clients]
    try:
        dm = await talk_in_private(ana, bo, devices[0], devices[1])
        group = await run_a_group(ana, bo, cy, devices)
        await ask_and_show(ana, bo, devices[1], group)
        settle_settings(ana, bo, dm, group)
        ana.call("POST", "/auth/logout")
        await devices[0].is_closed_by_the_server()
        assert ana.http.get(f"{ana.base_url}/api/v1/users/me").status_code == 401
    finally:
        for device in devices:
            await device.close()


async def talk_in_private(ana: OldClient, bo: OldClient, ana_hears: Device, bo_hears: Device) -> str:
    found = ana.call("GET", "/users/", params={"q": "bo ber", "limit": 20})
    assert [user["displayName"] for user in found] == ["Bo Berg"]
    made = ana.call("POST", "/conversations/", json={"type": "dm", "member_ids": [found[0]["id"]]})
    assert made["lastMessage"] is None
    created = await bo_hears.hears("conversation_created", conversation_id=made["id"])
    assert created["display_name"] == "Ana Alves"

    await ana_hears.emit("join_conversation", {"conversation_id": made["id"]})
    await ana_hears.hears("joined_conversation", conversation_id=made["id"])
    await ana_hears.emit("typing_start", {"conversation_id": made["id"]})
    await bo_hears.hears("user_typing", is_typing=True)
    sent = ana.call("POST", "/messages/", json={"conversation_id": made["id"], "content": "hi", "type": "TEXT"})
    assert (await ana_hears.hears("new_message"))["content"] == "hi"
    arrived = await bo_hears.hears("new_message", content="hi")
    assert arrived["sender"]["first_name"] is not None
    assert arrived["conversation_id"] == made["id"]
    bo.on_message(made["id"])

    # The ticks move while one looks at them.
    bo.call("POST", "/messages/mark-delivered", json={"conversation_id": made["id"], "message_ids": [sent["id"]]})
    await ana_hears.hears("message_status", message_id=sent["id"], status="delivered", conversation_id=made["id"])
    await bo_hears.emit("message_read", {"conversation_id": made["id"], "sequence_number": 1})
    await ana_hears.hears("message_status", message_id=sent["id"], status="read", conversation_id=made["id"])
    history = ana.call("GET", f"/messages/conversations/{made['id']}/messages", params={"limit": 50})
    assert history["data"][0]["status"] == "read"

    reply = bo.call(
        "POST", "/messages/", json={"conversation_id": made["id"], "content": "hello", "reply_to_id": sent["id"]}
    )
    assert reply["replyTo"]["content"] == "hi"
    bo.call("POST", f"/messages/{sent['id']}/reactions", json={"emoji": "❤️"})
    await ana_hears.hears("reaction_added", message_id=sent["id"])
    bo.call("DELETE", f"/messages/{sent['id']}/reactions/{quote('❤️')}")
    await ana_hears.hears("reaction_removed", message_id=sent["id"], emoji="❤️")
    bo.call("PUT", f"/messages/{reply['id']}", json={"content": "hello!"})
    assert (await ana_hears.hears("message_edited", message_id=reply["id"]))["content"] == "hello!"
    bo.call("DELETE", f"/messages/{reply['id']}", json={"delete_for_everyone": True})
    await ana_hears.hears("message_deleted", message_id=reply["id"])
    assert ana.sidebar()[0].startswith("Bo Berg: ")
    conversation_id: str = made["id"]
    return conversation_id


async def run_a_group(ana: OldClient, bo: OldClient, cy: OldClient, devices: list[Device]) -> str:
    # Keys that are undefined are not sent.
    group = ana.call("POST", "/conversations/", json={"type": "group", "name": "Team", "member_ids": [bo.me["id"]]})
    await devices[1].hears("conversation_created", conversation_id=group["id"])
    added = ana.call("POST", f"/conversations/{group['id']}/members", json={"user_ids": [cy.me["id"]]})
    assert added["affected_count"] == 1
    assert (await devices[2].hears("conversation_created", conversation_id=group["id"]))["name"] == "Team"
    assert (await devices[1].hears("member_added"))["added_members"][0]["user_id"] == cy.me["id"]
    told = await devices[1].hears("new_message", conversation_id=group["id"], type="SYSTEM")
    assert told["metadata_json"]["system"]["eventType"] == "member_added"
    ana.call("PUT", f"/conversations/{group['id']}", json={"name": "The team"})
    assert (await devices[1].hears("conversation_updated"))["conversation_name"] == "The team"
    cy.call("POST", "/messages/", json={"conversation_id": group["id"], "content": "glad to be here"})
    await devices[0].hears("new_message", content="glad to be here")
    assert ana.call("GET", "/messages/unread-count")["conversations"][group["id"]] >= 1
    ana.call("POST", f"/conversations/{group['id']}/mark-read")
    assert group["id"] not in ana.call("GET", "/messages/unread-count")["conversations"]
    hits = ana.call("POST", "/messages/search", json={"query": "glad", "conversation_id": group["id"]})
    assert [(hit["senderName"], hit["conversationName"]) for hit in hits["data"]] == [("Cy Cole", "The team")]
    ana.call("DELETE", f"/conversations/{group['id']}/members/{cy.me['id']}")
    assert (await devices[2].hears("member_removed"))["removed_user_id"] == cy.me["id"]
    assert cy.http.get(f"{cy.base_url}/api/v1/conversations/{group['id']}").status_code == 404
    conversation_id: str = group["id"]
    return conversation_id


async def ask_and_show(ana: OldClient, bo: OldClient, bo_hears: Device, group: str) -> None:
    options = [{"option_text": text, "position": n} for n, text in enumerate(("Pizza", "Soup"))]
    made = ana.call("POST", "/polls/", json={"conversation_id": group, "question": "Lunch?", "options": options})
    shown = await bo_hears.hears("new_poll")
    assert shown["poll"]["options"][0]["optionText"] == "Pizza"
    choice = made["poll"]["options"][1]["id"]
    voted = bo.call("POST", f"/polls/{made['poll']['id']}/vote", json={"option_ids": [choice]})
    assert voted["poll"]["userVotes"] == [choice]
    assert (await bo_hears.hears("poll_vote_added"))["poll"]["totalVotes"] == 1
    ana.call("PUT", f"/polls/{made['poll']['id']}/close")
    await bo_hears.hears("poll_closed")

    sent = ana.call(
        "POST", "/messages/upload", data={"conversation_id": group}, files={"file": ("plan.png", PNG, "image/png")}
    )
    arrived = await bo_hears.hears("new_message", type="IMAGE")
    address = arrived["metadata_json"]["fileUrl"]
    assert address.startswith("http")
    loaded = bo.load(address)
    assert loaded.status_code == 200
    assert loaded.headers["content-type"] == "image/png"
    voice = ana.call(
        "POST",
        "/messages/upload",
        data={"conversation_id": group, "duration": "2.5"},
        files={"file": ("voice.webm", bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d") +
                        b"\x42\x87\x81\x04\x42\x85\x81\x02" + b"A_OPUS" * 20, "audio/webm")},
    )  # fmt: skip
    assert voice["type"] == "VOICE"
    assert voice["metadata"]["duration"] == 2.5
    ana.call("DELETE", f"/messages/{sent['id']}", json={"delete_for_everyone": True})
    assert bo.load(address).status_code == 404


def settle_settings(ana: OldClient, bo: OldClient, dm: str, group: str) -> None:
    assert ana.call("PUT", f"/conversations/{dm}/settings", json={"is_muted": True})["is_muted"] is True
    muted = ana.call("GET", "/notifications/muted-conversations")
    assert [row["conversation_id"] for row in muted["muted_conversations"]] == [dm]
    ana.call("DELETE", f"/notifications/conversations/{dm}/mute")
    assert ana.call("GET", f"/conversations/{dm}")["isMuted"] is False
    preferences = ana.call("GET", "/notifications/preferences")
    changed = ana.call("PUT", "/notifications/preferences", json={**preferences, "dnd_enabled": True,
                                                                "dnd_start": "22:00", "dnd_end": "07:00"})  # fmt: skip
    assert (changed["dnd_start"], changed["dnd_end"]) == ("22:00", "07:00")
    assert bo.me["id"] in ana.call("GET", "/users/presence/online")
    assert ana.call("DELETE", f"/messages/conversations/{dm}/clear")["deleted_count"] == 2
    assert ana.call("GET", f"/messages/conversations/{dm}/messages")["data"] == []
    assert ana.call("POST", f"/conversations/{group}/leave")["success"] is True
    # Bo is the oldest member left, and so looks after the group now.
    roles = {m["userId"]: m["role"] for m in bo.call("GET", f"/conversations/{group}")["members"]}
    assert roles == {bo.me["id"]: "admin"}
