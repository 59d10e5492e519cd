"""Creating conversations and looking at one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.rest.shapes import CONVERSATION, CONVERSATIONS, refused, shaped
from tests.rest.storage import crowd, row_counts
from tests.support.people import Person, Team
from tests.support.server import TmsServer


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    return team.add("Ana Reyes")


@pytest.fixture(scope="module")
def bob(team: Team) -> Person:
    return team.add("Bob Cruz")


def create(person: Person, **body: Any) -> httpx.Response:
    return person.http.post("/conversations/", json=body)


def detail(person: Person, conversation_id: str) -> Any:
    return shaped(person.http.get(f"/conversations/{conversation_id}"), CONVERSATION)


def test_a_direct_conversation_has_the_other_persons_name_and_two_equal_members(ana: Person, bob: Person) -> None:
    made = shaped(create(ana, type="dm", member_ids=[bob.id]), CONVERSATION, 201)
    assert (made["type"], made["name"], made["display_name"], made["avatarUrl"]) == ("dm", None, "Bob Cruz", None)
    assert (made["memberCount"], made["unreadCount"], made["isMuted"]) == (2, 0, False)
    assert (made["lastMessage"], made["createdBy"], made["creator"]["id"]) == (None, ana.id, ana.id)
    assert {(member["userId"], member["role"]) for member in made["members"]} == {
        (ana.id, "member"),
        (bob.id, "member"),
    }
    assert detail(ana, made["id"]) == made
    assert detail(bob, made["id"]) == made | {"display_name": "Ana Reyes"}


def test_a_profile_in_a_conversation_has_empty_strings_for_null_and_the_display_name(ana: Person, bob: Person) -> None:
    members = {member["userId"]: member["user"] for member in detail(ana, ana.direct(bob))["members"]}
    profile = members[bob.id]
    assert (profile["id"], profile["tms_user_id"], profile["email"], profile["name"]) == (
        bob.id, bob.id, bob.email, "Bob Cruz",
    )  # fmt: skip
    assert (profile["first_name"], profile["username"], profile["image"], profile["department"]) == ("", "", "", "")


def test_the_direct_conversation_of_a_pair_exists_once_whoever_asks(ana: Person, bob: Person) -> None:
    ids = {ana.direct(bob), bob.direct(ana), ana.direct(bob)}
    assert len(ids) == 1


def test_the_existing_direct_conversation_comes_back_as_it_is_now(team: Team, ana: Person) -> None:
    eve = team.add("Eve")
    conversation_id = ana.direct(eve)
    ana.send(conversation_id, "hello")
    again = shaped(create(eve, type="dm", member_ids=[ana.id]), CONVERSATION, 201)
    assert (again["id"], again["unreadCount"], again["lastMessage"]["content"]) == (conversation_id, 1, "hello")
    assert again == detail(eve, conversation_id)


def test_of_many_who_create_the_same_pair_at_once_all_get_the_same_conversation(team: Team) -> None:
    one, other = team.add("One"), team.add("Other")
    before = row_counts(team.server)
    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(lambda turn: (one.direct(other), other.direct(one))[turn % 2], range(10)))
    assert len(ids) == 1
    after = row_counts(team.server)
    assert after["conversations"] == before["conversations"] + 1
    assert after["members"] == before["members"] + 2


def test_a_group_has_its_name_its_picture_and_its_creator_as_admin(ana: Person, bob: Person, team: Team) -> None:
    body = {
        "type": "group",
        "name": "  Harbour  ",
        "member_ids": [bob.id, team.admin.id],
        "avatar_url": "https://x.example/a.png",
    }
    made = shaped(create(ana, **body), CONVERSATION, 201)
    assert (made["name"], made["display_name"], made["avatarUrl"]) == ("Harbour", "Harbour", "https://x.example/a.png")
    assert {(member["userId"], member["role"]) for member in made["members"]} == {
        (ana.id, "admin"), (bob.id, "member"), (team.admin.id, "member"),
    }  # fmt: skip
    assert detail(bob, made["id"]) == made


def test_the_same_people_may_have_many_groups_of_the_same_name(ana: Person, bob: Person) -> None:
    assert ana.group("Twice", bob) != ana.group("Twice", bob)


def test_a_request_in_camel_case_means_the_same(ana: Person, bob: Person) -> None:
    body = {"type": "group", "name": "Camel", "memberIds": [bob.id], "avatarUrl": "/a.png", "unknownKey": {"a": 1}}
    made = shaped(create(ana, **body), CONVERSATION, 201)
    assert (made["memberCount"], made["avatarUrl"]) == (2, "/a.png")


REFUSED_BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "a group without a name": ({"type": "group", "member_ids": ["BOB"]}, "name"),
    "a group with a blank name": ({"type": "group", "name": " \u200b ", "member_ids": ["BOB"]}, "name"),
    "a name of 256 characters": ({"type": "group", "name": "x" * 256, "member_ids": ["BOB"]}, "name"),
    "oneself in a group": ({"type": "group", "name": "x", "member_ids": ["BOB", "ANA"]}, "yourself"),
    "oneself alone": ({"type": "dm", "member_ids": ["ANA"]}, "yourself"),
    "somebody twice": ({"type": "group", "name": "x", "member_ids": ["BOB", "BOB"]}, "twice"),
    "nobody": ({"type": "group", "name": "x", "member_ids": []}, "member_ids"),
    "a pair of three": ({"type": "dm", "member_ids": ["BOB", "ADMIN"]}, "exactly one"),
    "101 others": ({"type": "group", "name": "x", "member_ids": [f"u{n}" for n in range(101)]}, "member_ids"),
    "an id of 256 characters": ({"type": "dm", "member_ids": ["x" * 256]}, "member_ids"),
    "an empty id": ({"type": "dm", "member_ids": [""]}, "member_ids"),
    "another type": ({"type": "channel", "name": "x", "member_ids": ["BOB"]}, "type"),
    "no type": ({"member_ids": ["BOB"]}, "type"),
    "no members": ({"type": "group", "name": "x"}, "member_ids"),
    "a script as picture": (
        {"type": "group", "name": "x", "member_ids": ["BOB"], "avatar_url": "javascript:1"}, "avatar_url",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED_BODIES)
def test_what_cannot_be_created_is_refused_and_leaves_nothing_behind(
    team: Team, ana: Person, bob: Person, what: str
) -> None:
    body, word = REFUSED_BODIES[what]
    people = {"ANA": ana.id, "BOB": bob.id, "ADMIN": team.admin.id}
    if "member_ids" in body:
        body = body | {"member_ids": [people.get(name, name) for name in body["member_ids"]]}
    before = row_counts(team.server)
    problem = refused(create(ana, **body), 422, code="invalid")
    assert word in problem["detail"]
    assert row_counts(team.server) == before


def test_an_unknown_person_is_404_and_leaves_nothing_behind(tms: TmsServer, ana: Person, bob: Person) -> None:
    before = row_counts(tms)
    refused(create(ana, type="dm", member_ids=["nobody"]), 404, code="user_not_found")
    refused(create(ana, type="group", name="x", member_ids=[bob.id, "nobody"]), 404, code="user_not_found")
    assert row_counts(tms) == before


def test_unknown_and_foreign_conversations_look_the_same(team: Team, ana: Person, bob: Person) -> None:
    foreign = bob.direct(team.admin)
    for path, method in (("/conversations/{}", "GET"), ("/conversations/{}/mark-read", "POST"),
                         ("/messages/conversations/{}/messages", "GET")):  # fmt: skip
        answers = [ana.http.request(method, path.format(id_)) for id_ in (foreign, "no-such-conversation")]
        problems = [refused(answer, 404, code="conversation_not_found") for answer in answers]
        assert problems[0]["detail"] == problems[1]["detail"]


def test_a_group_of_a_hundred_others_shows_all_in_the_detail_and_fifty_in_the_list(team: Team, ana: Person) -> None:
    others = crowd(team.server, 100)
    made = shaped(create(ana, type="group", name="Everybody", member_ids=others), CONVERSATION, 201)
    whole = detail(ana, made["id"])
    assert whole == made
    assert whole["memberCount"] == len(whole["members"]) == 101
    assert {member["userId"] for member in whole["members"]} == {ana.id, *others}
    page = shaped(ana.http.get("/conversations/", params={"limit": 100}), CONVERSATIONS)["data"]
    (listed,) = [row for row in page if row["id"] == made["id"]]
    assert (listed["memberCount"], len(listed["members"])) == (101, 50)
    assert listed["members"] == whole["members"][:50]
