"""Once through everything a group can tell its members, so that a test can look at who heard it."""

from __future__ import annotations

from typing import Any

from tests.socket.device import Device
from tests.support.people import Person, checked

TEXT = "see you at four"


def do_everything(admin: Person, member: Person, newcomer: Person, group: str) -> None:
    """Every numbered change of a group, and everything else that is told, by request."""

    def post(person: Person, path: str, status: int, **fields: Any) -> Any:
        return checked(person.http.post(path, json=fields), status)

    def delete(person: Person, path: str, **fields: Any) -> None:
        checked(person.http.request("DELETE", path, json=fields), 200)

    first = member.send(group, TEXT)
    kept = member.send(group, "to be cleared")
    post(admin, "/messages/mark-delivered", 200, conversation_id=group)
    post(admin, f"/conversations/{group}/mark-read", 200)
    post(admin, f"/messages/{first['id']}/reactions", 201, emoji="👍")
    delete(admin, f"/messages/{first['id']}/reactions/👍")
    checked(member.http.put(f"/messages/{first['id']}", json={"content": "see you at five"}), 200)
    delete(member, f"/messages/{first['id']}", delete_for_everyone=True)
    delete(admin, f"/messages/{kept['id']}")
    options = [{"option_text": text, "position": n} for n, text in enumerate(("yes", "no"))]
    poll = post(admin, "/polls/", 201, conversation_id=group, question="When?", options=options)["poll"]
    post(member, f"/polls/{poll['id']}/vote", 200, option_ids=[poll["options"][0]["id"]])
    checked(admin.http.put(f"/polls/{poll['id']}/close"), 200)
    checked(admin.http.put(f"/conversations/{group}", json={"name": "Renamed"}), 200)
    post(admin, f"/conversations/{group}/members", 200, user_ids=[newcomer.id])
    checked(admin.http.put(f"/conversations/{group}/members/{member.id}", json={"role": "admin"}), 200)
    delete(admin, f"/conversations/{group}/members/{newcomer.id}")
    post(admin, f"/conversations/{group}/members", 200, user_ids=[newcomer.id])
    # From before the newcomer's time: they hear that something changed, and not what.
    checked(member.http.put(f"/messages/{kept['id']}", json={"content": "not for those who came later"}), 200)
    post(newcomer, f"/conversations/{group}/leave", 200)
    post(admin, f"/notifications/conversations/{group}/mute", 201)
    checked(admin.http.put("/notifications/preferences", json={"sound_volume": 5}), 200)
    post(admin, "/users/blocks", 201, user_id=newcomer.id)
    delete(admin, f"/messages/conversations/{group}/clear")


async def say_everything(device: Device, group: str) -> None:
    """What is told of a socket's own commands."""
    payload = {"conversation_id": group}
    for command in ("join_conversation", "typing_start", "typing_stop", "leave_conversation"):
        assert (await device.asks(command, payload))["ok"], command
    assert not (await device.asks("no_such_event"))["ok"]
    await device.settle()
