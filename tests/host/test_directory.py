"""People come from the host's user API: with their profile, when they sign in, and before they ever did."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.host.conftest import OpenDevice, OpenOffice
from tests.host.host import Colleague, Host
from tests.host.office import SSO_HEADER, Office
from tests.rest.shapes import USER, shaped
from tests.socket.http import async_http
from tests.support.people import Person, checked
from tests.support.processes import wait_until

PROFILE = {
    "username": "areyes", "firstName": "Ana", "lastName": "Reyes", "middleName": "M", "image": "https://h.example/a.png",
    "positionTitle": "Head of Ports", "division": "North", "department": "Ports", "section": "Quay 3",
    "customTeam": "Cranes",
}  # fmt: skip


def search(person: Person, words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shaped(person.http.get("/users/", params={"q": words, "limit": 20}), [USER])
    return found


def test_the_profile_comes_with_the_first_sign_in_and_anew_with_each(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes", "LEADER", **PROFILE)
    user = shaped(office.enter(ana).http.get("/users/me"), USER)
    assert {name: user[name] for name in PROFILE} == PROFILE
    assert (user["role"], user["isLeader"], user["isActive"]) == ("LEADER", True, True)
    assert user["lastSyncedAt"] is not None
    host.change(ana.id, name="Ana Stone", positionTitle="Head of All Ports", role="ADMIN", section=None)
    user = shaped(office.enter(ana).http.get("/users/me"), USER)
    assert (user["name"], user["positionTitle"], user["role"], user["section"]) == (
        "Ana Stone", "Head of All Ports", "ADMIN", None,
    )  # fmt: skip


def test_any_request_with_the_host_s_token_may_be_the_first(office: Office, host: Host) -> None:
    bob = host.add("Bob Stone", division="North")
    # The token says less, and less recently, than the directory.
    user = shaped(office.me(host.token(bob, name="An old name")), USER)
    assert (user["id"], user["name"], user["division"]) == (bob.id, bob.name, "North")


async def test_who_never_signed_in_is_found_and_written_to(office: Office, host: Host, device: OpenDevice) -> None:
    ana, cora = office.add("Ana Reyes"), host.add("Cora Lind", division="South")
    (found,) = search(ana, cora.name)
    assert (found["id"], found["email"], found["division"]) == (cora.id, cora.email, "South")
    body = {"type": "dm", "member_ids": [cora.id]}
    conversation_id: str = checked(ana.http.post("/conversations/", json=body), 201)["id"]
    sent = ana.send(conversation_id, "welcome, when you come")
    later = office.enter(cora)
    socket = await device(later)
    assert (await socket.hears("hello"))["heads"] == {conversation_id: sent["sequenceNumber"]}
    (message,) = checked(office.history(later, conversation_id), 200)["data"]
    assert message["content"] == "welcome, when you come"
    (row,) = checked(later.http.get("/conversations/"), 200)["data"]
    assert row["unreadCount"] == 1


def test_when_the_host_cannot_or_may_not_search_those_who_are_known_are_found(
    open_office: OpenOffice, host: Host
) -> None:
    office = open_office()
    known, unknown = office.add("Dana Known"), host.add("Dana Unknown")
    with host.bad_day(outage="500"):
        assert [user["id"] for user in search(known, "Dana")] == [known.id]
    with host.bad_day(search_refuses_keys=True):
        before = host.calls("GET /api/v1/users/search")
        assert [user["id"] for user in search(known, "Dana")] == [known.id]
        assert host.calls("GET /api/v1/users/search") > before
        assert search(known, unknown.name) == []
        # A refusal of the key does not count as an outage: profiles are still read.
        assert office.enter(host.add("Dana Third")).http.get("/users/me").status_code == 200


async def test_the_host_is_asked_once_for_twenty_who_come_at_once(office: Office, host: Host) -> None:
    crowd, last = host.add("Crowd Person"), host.add("Last One")
    async with async_http(office.server) as http:

        def signs_in(person: Colleague) -> asyncio.Task[httpx.Response]:
            return asyncio.create_task(http.post("/api/v1/auth/login/sso", headers={SSO_HEADER: host.token(person)}))

        with host.bad_day(holds=True):
            requests = [signs_in(crowd) for _ in range(20)]
            # The host keeps its answer until it is asked for somebody who came after them; then all of them wait.
            requests.append(signs_in(last))
            await asyncio.to_thread(wait_until, lambda: host.calls_for(last.id) > 0, seconds=10, what="they came")
            await asyncio.sleep(0.2)
        *answers, _ = await asyncio.gather(*requests)
    assert {answer.status_code for answer in answers} == {200}
    assert host.calls_for(crowd.id) == 1
    assert len({answer.json()["token"] for answer in answers}) == 20  # a session each


def test_about_who_is_unknown_the_host_is_asked_once_a_minute(office: Office, host: Host) -> None:
    office.add("Somebody Known")
    nobody = host.add("Nobody Here")
    host.change(nobody.id, isActive=False)  # the API answers 404 for both, deactivated and unknown
    assert {office.sso(host.token(nobody)).status_code for _ in range(5)} <= {401, 403}
    assert host.calls_for(nobody.id) == 1


def test_a_person_the_host_never_had_is_refused(office: Office, host: Host) -> None:
    office.add("Somebody Known")
    person = host.add("Ghost Writer")
    ghost = f"{person.id}-never"
    token = host.token(person, id=ghost)
    for answer in (office.sso(token), office.me(token), office.sso(token)):
        assert answer.status_code in (401, 403), answer.text
    assert host.calls_for(ghost) == 1


def test_a_role_in_an_old_token_takes_nothing_from_the_directory(office: Office, host: Host) -> None:
    boss = host.add("Boss Reyes", "ADMIN")
    old = host.token(boss, age=600, role="MEMBER")
    office.enter(boss)
    assert shaped(office.me(old), USER)["role"] == "ADMIN"
    host.change(boss.id, role="MEMBER")
    assert shaped(office.enter(boss).http.get("/users/me"), USER)["role"] == "MEMBER"
