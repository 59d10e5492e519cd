"""Preferences and mutes over REST: defaults without a row, changes of a part, one store for every way to mute."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import Maybe, refused, shaped, time
from tests.support.people import Person, Team

PREFERENCES = {
    "id": str, "user_id": str, "sound_enabled": bool, "sound_volume": int, "browser_notifications_enabled": bool,
    "enable_message_notifications": bool, "enable_mention_notifications": bool, "enable_reaction_notifications": bool,
    "enable_member_activity_notifications": bool, "dnd_enabled": bool, "dnd_start": Maybe(str), "dnd_end": Maybe(str),
    "timezone": str, "created_at": time, "updated_at": time,
}  # fmt: skip
MUTE = {"id": str, "user_id": str, "conversation_id": str, "muted_at": time}
MUTES = {"muted_conversations": [MUTE], "total": int}
CHANGED = {"success": bool, "message": str, "is_muted": bool, "mute_until": Maybe(time)}
SETTINGS = {"is_muted": bool, "mute_until": Maybe(time), "history_visibility": str}
PATH = "/notifications/preferences"


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    return team.add("Ana")


@pytest.fixture(scope="module")
def bob(team: Team) -> Person:
    return team.add("Bob")


@pytest.fixture
def chat(ana: Person, bob: Person) -> str:
    return ana.group("Launch", bob)


def put(person: Person, **fields: Any) -> dict[str, Any]:
    preferences: dict[str, Any] = shaped(person.http.put(PATH, json=fields), PREFERENCES)
    return preferences


def fetched(person: Person) -> dict[str, Any]:
    preferences: dict[str, Any] = shaped(person.http.get(PATH), PREFERENCES)
    return preferences


def muted(person: Person) -> list[str]:
    answer = shaped(person.http.get("/notifications/muted-conversations"), MUTES)
    assert answer["total"] == len(answer["muted_conversations"])
    return [mute["conversation_id"] for mute in answer["muted_conversations"]]


def settings(person: Person, chat: str, **fields: Any) -> tuple[bool, str | None]:
    """What PUT says, which the other places have to say as well."""
    answer = shaped(person.http.put(f"/conversations/{chat}/settings", json=fields), CHANGED)
    found = shaped(person.http.get(f"/conversations/{chat}/settings"), SETTINGS)
    assert (found["is_muted"], found["mute_until"]) == (answer["is_muted"], answer["mute_until"])
    detail = person.http.get(f"/conversations/{chat}").json()
    (mine,) = (member for member in detail["members"] if member["userId"] == person.id)
    assert detail["isMuted"] == mine["isMuted"] == answer["is_muted"] == (chat in muted(person))
    assert mine["muteUntil"] == answer["mute_until"]
    return answer["is_muted"], answer["mute_until"]


def later(**delta: float) -> str:
    moment = datetime.now(UTC) + timedelta(**delta)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def test_the_defaults_need_no_row_and_stay_the_same(team: Team) -> None:
    ana = team.add("Newcomer")
    first = fetched(ana)
    assert first == fetched(ana)
    assert first["user_id"] == ana.id
    on = [name for name, value in first.items() if value is True]
    assert len(on) == 6
    assert (first["sound_volume"], first["dnd_enabled"], first["timezone"]) == (50, False, "UTC")


def test_what_is_left_out_stays(ana: Person) -> None:
    before = fetched(ana)
    changed = put(ana, sound_volume=0, dnd_start="22:00", dnd_end="07:00", timezone="Europe/Berlin")
    wanted = {"sound_volume": 0, "dnd_start": "22:00", "dnd_end": "07:00", "timezone": "Europe/Berlin"}
    assert changed == before | wanted | {"updated_at": changed["updated_at"]}
    assert changed["updated_at"] > before["updated_at"]
    again = put(ana, enableReactionNotifications=False)  # camelCase is accepted everywhere
    assert again == changed | {"enable_reaction_notifications": False, "updated_at": again["updated_at"]}
    assert fetched(ana) == again
    assert put(ana) == again


def test_null_takes_a_time_away_and_nothing_else(ana: Person) -> None:
    put(ana, dnd_enabled=True, dnd_start="22:00", dnd_end="07:00", sound_enabled=False, timezone="UTC")
    cleared = put(ana, dnd_start=None, dnd_end=None, sound_enabled=None, timezone=None, sound_volume=None)
    assert (cleared["dnd_start"], cleared["dnd_end"]) == (None, None)
    assert (cleared["dnd_enabled"], cleared["sound_enabled"], cleared["timezone"]) == (True, False, "UTC")


@pytest.mark.parametrize(
    "fields",
    [
        {"sound_volume": 101}, {"sound_volume": -1}, {"sound_volume": "loud"}, {"dnd_start": "24:00"},
        {"dnd_start": "7:00"}, {"dnd_end": "12:60"}, {"dnd_end": ""}, {"timezone": "Mars/Olympus"}, {"timezone": ""},
        {"timezone": "../etc/passwd"}, {"timezone": "x" * 100}, {"dnd_enabled": "maybe"}, {"sound_enabled": []},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_preferences_are_refused_and_change_nothing(ana: Person, fields: dict[str, Any]) -> None:
    before = put(ana, sound_volume=7)
    refused(ana.http.put(PATH, json={"sound_volume": 8, **fields}), 422, code="invalid")
    assert fetched(ana) == before


def test_muting_is_idempotent_and_one_store_for_both_ways(ana: Person, chat: str) -> None:
    path = f"/notifications/conversations/{chat}/mute"
    first = shaped(ana.http.post(path), MUTE, 201)
    assert (first["user_id"], first["conversation_id"]) == (ana.id, chat)
    assert shaped(ana.http.post(path), MUTE, 201) == first
    assert settings(ana, chat) == (True, None)
    assert ana.http.get("/notifications/muted-conversations").json()["muted_conversations"] == [first]
    for _ in range(2):
        answer = ana.http.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert settings(ana, chat) == (False, None)
    assert settings(ana, chat, is_muted=True) == (True, None)
    assert shaped(ana.http.post(path), MUTE, 201)["id"] == first["id"]


def test_settings_leave_out_what_stays(ana: Person, chat: str) -> None:
    tomorrow, week = later(days=1), later(days=7)
    assert settings(ana, chat) == (False, None)
    assert settings(ana, chat, mute_until=None) == (False, None)
    assert settings(ana, chat, mute_until=tomorrow) == (True, tomorrow)
    assert settings(ana, chat, is_muted=True) == (True, tomorrow)
    assert settings(ana, chat, isMuted=True, muteUntil=week) == (True, week)
    assert settings(ana, chat, mute_until=None) == (True, None)
    assert settings(ana, chat, is_muted=False, mute_until=week) == (False, None)
    assert settings(ana, chat, is_muted=True, mute_until=week) == (True, week)
    assert ana.http.post(f"/notifications/conversations/{chat}/mute").status_code == 201
    assert settings(ana, chat) == (True, None)


def test_a_time_that_is_over_mutes_nothing(ana: Person, chat: str) -> None:
    assert settings(ana, chat, is_muted=True, mute_until=later(seconds=-1)) == (False, None)
    settings(ana, chat, is_muted=True)
    assert settings(ana, chat, mute_until=later(days=-1)) == (False, None)


def test_somebody_elses_mute_is_not_shown(ana: Person, bob: Person) -> None:
    chat = ana.direct(bob)
    settings(bob, chat, is_muted=True, mute_until=later(days=1))
    seen = ana.http.get(f"/conversations/{chat}").json()
    assert [(member["isMuted"], member["muteUntil"]) for member in seen["members"]] == [(False, None)] * 2
    assert seen["isMuted"] is False


def test_only_members_mute(team: Team, ana: Person, chat: str) -> None:
    eve = team.admin
    for method, path in (
        ("POST", "/notifications/conversations/{}/mute"),
        ("DELETE", "/notifications/conversations/{}/mute"),
        ("GET", "/conversations/{}/settings"),
        ("PUT", "/conversations/{}/settings"),
    ):
        body = {"is_muted": True} if method == "PUT" else None
        foreign = refused(eve.http.request(method, path.format(chat), json=body), 404, code="conversation_not_found")
        unknown = refused(eve.http.request(method, path.format("unknown"), json=body), 404)
        assert {**foreign, "requestId": ""} == {**unknown, "requestId": ""}
    assert muted(eve) == []
    assert chat not in muted(ana)


@on_module_loop
async def test_a_mute_is_over_when_its_time_comes(shared_app: App) -> None:
    ana, bob = await shared_app.person("Ana"), await shared_app.person("Bob")
    headers = shared_app.bearer(ana)
    body = {"type": "dm", "member_ids": [bob.id]}
    chat = (await shared_app.http.post("/api/v1/conversations/", json=body, headers=headers)).json()["id"]
    until = later(seconds=3)
    mute = {"is_muted": True, "mute_until": until}
    answer = await shared_app.http.put(f"/api/v1/conversations/{chat}/settings", json=mute, headers=headers)
    assert answer.json()["is_muted"] is True
    while later() <= until:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert (await shared_app.http.get(f"/api/v1/conversations/{chat}", headers=headers)).json()["isMuted"] is False
    listed = (await shared_app.http.get("/api/v1/notifications/muted-conversations", headers=headers)).json()
    assert listed == {"muted_conversations": [], "total": 0}


@on_module_loop
async def test_devices_that_change_different_preferences_at_once_lose_neither(shared_app: App) -> None:
    ana = await shared_app.person("Ana")
    headers = shared_app.bearer(ana)
    changes: list[dict[str, Any]] = [
        {"sound_volume": 11}, {"sound_enabled": False}, {"dnd_enabled": True}, {"dnd_start": "22:00"},
        {"dnd_end": "07:00"}, {"timezone": "Asia/Tokyo"}, {"enable_mention_notifications": False},
    ]  # fmt: skip
    path = "/api/v1" + PATH
    for start in range(0, len(changes), 3):  # more would wait too long for each other where a disk is slow
        few = changes[start : start + 3]
        answers = await asyncio.gather(*(shared_app.http.put(path, json=change, headers=headers) for change in few))
        assert {answer.status_code for answer in answers} == {200}
    now = (await shared_app.http.get(path, headers=headers)).json()
    assert all(change.items() <= now.items() for change in changes), now
