"""What the host's roles and organisations mean here: settings, one place of rules, and no surprises without them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.conftest import StartServer
from tests.host.by_key import SHAPE, made, new_key, put, unread
from tests.host.conftest import running_office, settings
from tests.host.host import API_KEY, SECRET, Host
from tests.host.knock import knock
from tests.host.office import Office
from tests.host.webhook import tell
from tests.rest.shapes import refused, shaped
from tests.support.people import Person, checked, host_token
from tms_chat.core.errors import StartError
from tms_chat.settings import load_settings

OTHER_KEY = "another key, for the other direction 0123"
_names = count(1)
ROLES = {"OWNER": "ADMIN", "OF1": "LEADER", "guest": "MEMBER"}


@pytest.fixture(scope="module")
def strict(
    host: Host, database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """Leaders and administrators create groups; people write within their division; the host has a key of its own."""
    url = database()
    env = {"DATABASE_URL": url} if url else {}
    env |= {"HOST_ROLES": json.dumps(ROLES), "GROUP_CREATORS": "ADMIN,LEADER", "MESSAGING": "organisation"}
    with running_office(host, tmp_path_factory.mktemp("strict"), HOST_API_KEY=OTHER_KEY, **env) as office:
        yield office


def group(person: Person, *others: Person) -> httpx.Response:
    body = {"type": "group", "name": "Group", "member_ids": [other.id for other in others]}
    return person.http.post("/conversations/", json=body)


def direct(person: Person, other_id: str) -> httpx.Response:
    return person.http.post("/conversations/", json={"type": "dm", "member_ids": [other_id]})


def new_name() -> str:
    """A name nobody has: the host and its people are the same for both databases."""
    return f"Unique{next(_names)}"


def found(person: Person, words: str) -> list[str]:
    return [user["id"] for user in person.http.get("/users/", params={"q": words}).json()]


@pytest.mark.parametrize(
    ("at_host", "here"),
    [("OWNER", "ADMIN"), ("owner", "ADMIN"), ("OF1", "LEADER"), ("GUEST", "MEMBER"), ("ADMIN", "ADMIN"),
     ("LEADER", "LEADER"), ("MEMBER", "MEMBER"), ("JANITOR", "MEMBER"), (None, "MEMBER"), ("", "MEMBER")],
)  # fmt: skip
def test_roles_are_translated(strict: Office, at_host: str | None, here: str) -> None:
    person = strict.host.add("Role Reyes")
    strict.host.change(person.id, role=at_host)
    user = strict.enter(person).http.get("/users/me").json()
    assert (user["role"], user["isLeader"]) == (here, here == "LEADER")


def test_who_may_create_groups(strict: Office) -> None:
    member, other = (strict.add(name, division="North") for name in ("Member Reyes", "Other Reyes"))
    for role, may in (("OWNER", True), ("OF1", True), ("MEMBER", False), ("JANITOR", False)):
        creator = strict.add("Creator Reyes", role, division="North")
        answer = group(creator, member)
        if may:
            checked(answer, 201)
        else:
            refused(answer, 403, code="forbidden")
    # A promotion at the host counts with the next sign-in, without a restart.
    refused(group(member, other), 403, code="forbidden")
    strict.host.change(member.id, role="OF1")
    checked(group(strict.enter(strict.host.person(member.id)), other), 201)


def test_people_write_within_their_organisation(strict: Office) -> None:
    ana, bob = strict.add("Ana Reyes", "OF1", division="North"), strict.add("Bob Stone", division="north ")
    cora, dan = strict.add("Cora Lind", division="South"), strict.add("Dan Ito")
    checked(direct(ana, bob.id), 201)
    for other in (cora, dan):
        refused(direct(ana, other.id), 403, 404)
        refused(group(ana, bob, other), 403, 404)
    refused(direct(dan, strict.add("Eve Moor").id), 403, 404)  # who is in none shares none
    # An administrator writes to everybody, and everybody answers.
    boss = strict.add("Boss Reyes", "OWNER", division="Head office")
    conversation_id = checked(direct(boss, cora.id), 201)["id"]
    assert cora.send(conversation_id, "yes?")["conversationId"] == conversation_id


def test_people_find_within_their_organisation(strict: Office) -> None:
    fay = new_name()
    ana, bob = strict.add(f"{fay} Reyes", division="North"), strict.add(f"{fay} Stone", division="North")
    cora = strict.add(f"{fay} Lind", division="South")
    never_here = strict.host.add(f"{fay} Moor", division="South")
    assert sorted(found(ana, fay)) == sorted([ana.id, bob.id])
    assert found(cora, f"{fay} Reyes") == []
    assert never_here.id in found(cora, fay)
    for stranger in (cora.id, never_here.id):
        refused(ana.http.get(f"/users/{stranger}"), 404, code="user_not_found")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("ÉQUIPE Nord", "équipe nord"),
        ("Straße", " STRASSE\t"),
        ("ΟΔΟΣ", "οδος"),
        ("İzmir", "i̇zmir"),
        ("100%_", "100%_ "),
    ],
)
def test_who_may_write_to_each_other_find_each_other(strict: Office, mine: str, theirs: str) -> None:
    gil = new_name()
    ana, bob = strict.add(f"{gil} Reyes", division=mine), strict.add(f"{gil} Stone", division=theirs)
    cora = strict.add(f"{gil} Lind", division=f"{mine} 2")
    for one, other in ((ana, bob), (bob, ana)):
        assert sorted(found(one, gil)) == sorted([one.id, other.id])
        checked(direct(one, other.id), 201)
    refused(direct(cora, ana.id), 403, 404)


def test_direct_conversations_go_on_when_somebody_moves_to_another_organisation(strict: Office) -> None:
    ivy = new_name()
    ana, bob = strict.add(f"{ivy} Reyes", division="West"), strict.add(f"{ivy} Stone", division="West")
    chat = checked(direct(ana, bob.id), 201)["id"]
    strict.host.change(bob.id, division="East")
    strict.enter(strict.host.person(bob.id))
    assert found(ana, ivy) == [ana.id]
    assert ana.send(chat, "how is the East?")["conversationId"] == chat
    assert bob.send(chat, "far away")["conversationId"] == chat


def test_what_the_host_puts_together_is_together(strict: Office) -> None:
    ana, cora = strict.add("Ana Reyes", division="North"), strict.add("Cora Lind", division="South")
    key, conversation_id = made(strict, "Across", [ana, cora])
    ana.send(conversation_id, "hello, South")
    assert cora.send(conversation_id, "hello, North")["conversationId"] == conversation_id
    assert shaped(put(strict, key, "Across", [ana, cora]), SHAPE)["changed"] is False
    # Whom one shares a conversation with is no stranger.
    assert ana.http.get(f"/users/{cora.id}").status_code in (200, 404)


def test_without_these_settings_everybody_may(office: Office) -> None:
    ana, cora = office.add("Ana Reyes", division="North"), office.add("Cora Lind", "JANITOR", division="South")
    checked(direct(ana, cora.id), 201)
    checked(group(cora, ana), 201)
    assert cora.id in found(ana, cora.name)


def test_the_host_may_have_a_key_of_its_own(strict: Office) -> None:
    refused(put(strict, new_key(), "Crane 7", [], api_key=API_KEY), 401, code="api_key_invalid")
    refused(tell(strict, {"id": "a", "version": 1}, key=API_KEY), 401, code="webhook_signature_invalid")
    assert put(strict, new_key(), "Crane 7", [], api_key=OTHER_KEY).status_code == 201


def test_with_the_secret_alone_the_token_says_the_role_and_the_host_has_no_api(
    start_server: StartServer, host: Host
) -> None:
    office = Office(host, start_server(NEXTAUTH_SECRET=SECRET, HOST_ROLES='{"OWNER": "ADMIN"}'))
    token = host_token(SECRET, "alone", "alone@corp.local", "Alone", "OWNER")
    assert office.me(token).json()["role"] == "ADMIN"
    assert knock(office.server, token) == "in"
    for answer in (put(office, new_key(), "Crane 7", []), unread(office, "anybody"), tell(office, {"id": "a"})):
        refused(answer, 403, code="host_api_off")
    office.close()


@pytest.mark.parametrize(
    ("env", "word"),
    [
        ({"HOST_ROLES": "OWNER=ADMIN"}, "HOST_ROLES"),
        ({"HOST_ROLES": '{"OWNER": "KING"}'}, "HOST_ROLES"),
        ({"GROUP_CREATORS": "LEADER,KING"}, "GROUP_CREATORS"),
        ({"MESSAGING": "nobody"}, "MESSAGING"),
        ({"ORGANISATION_FIELD": "shoe size"}, "ORGANISATION_FIELD"),
        ({"USER_MANAGEMENT_API_KEY": ""}, "USER_MANAGEMENT_API_KEY"),
        ({"USER_MANAGEMENT_API_URL": "host.example"}, "USER_MANAGEMENT_API_URL"),
        ({"NEXTAUTH_SECRET": ""}, "NEXTAUTH_SECRET"),
        ({"HOST_PUBLIC_URL": "ftp://host.example"}, "HOST_PUBLIC_URL"),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_meant_stops_the_start(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, env: dict[str, str], word: str
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of a developer
    for name, value in (settings(host) | env).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StartError) as refusal:
        load_settings()
    assert word in str(refusal.value)
    assert SECRET not in str(refusal.value)
