"""Looking after a group: title, picture, members, roles, leaving."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.rest.in_process import App, on_module_loop, open_app
from tests.rest.shapes import CONVERSATION, shaped
from tests.rest.signed_in import SignedIn, announced, deactivate, event, numbered, signed_in
from tests.rest.storage import row_counts_of

pytestmark = on_module_loop

CHANGED = {"success": bool, "message": str, "affected_count": int}


async def three(app: App) -> tuple[SignedIn, SignedIn, SignedIn, str]:
    """Ana, who looks after the group, and Bob and Cleo, who are in it."""
    ana, bob, cleo = await signed_in(app, "Ana Reyes", "Bob Stone", "Cleo Lind")
    return ana, bob, cleo, await ana.group(bob, cleo)


async def test_a_new_title_is_numbered_told_and_said(shared_app: App) -> None:
    ana, bob, _, chat = await three(shared_app)
    async with announced(shared_app) as told:
        seen = shaped(await ana.ask("PUT", f"/conversations/{chat}", {"name": "  Harbour "}), CONVERSATION)
    assert (seen["name"], seen["display_name"], seen["avatarUrl"]) == ("Harbour", "Harbour", None)
    assert seen == await ana.sees(chat)
    assert numbered(told) == [("conversation_updated", 1), ("new_message", 2)]
    body = dict(event(told, "conversation_updated").body)
    assert body.pop("timestamp")
    assert body == {
        "conversation_id": chat, "seq": 1, "updated_by": ana.id, "updated_by_id": ana.id,
        "updated_by_name": "Ana Reyes", "conversation_name": "Harbour", "name": "Harbour", "avatar_url": None,
        "history_visibility": "joined", "compat": False,
    }  # fmt: skip
    assert await bob.notices(chat) == [
        {
            "content": "Ana Reyes named this conversation “Harbour”.",
            "eventType": "conversation_updated",
            "actorId": ana.id,
            "actorName": "Ana Reyes",
            "details": {"oldName": "Group", "newName": "Harbour"},
        }
    ]


async def test_a_picture_comes_and_goes(shared_app: App) -> None:
    ana, bob, _, chat = await three(shared_app)
    for sent, shown in (("https://x.example/a.png", "https://x.example/a.png"), (None, "https://x.example/a.png"),
                        ("", None)):  # fmt: skip
        assert (await ana.gets("PUT", f"/conversations/{chat}", {"avatarUrl": sent}))["avatarUrl"] == shown
    sentences = [notice["content"] for notice in await bob.notices(chat)]
    assert sentences == ["Ana Reyes changed the picture.", "Ana Reyes removed the picture."]


async def test_what_is_as_it_was_is_neither_numbered_nor_told(shared_app: App) -> None:
    ana, _, _, chat = await three(shared_app)
    before = await row_counts_of(shared_app.services.db)
    async with announced(shared_app) as told:
        for body in ({}, {"name": "Group"}, {"name": None, "avatar_url": None}, {"history_visibility": "joined"},
                     {"avatar_url": ""}):  # fmt: skip
            shaped(await ana.ask("PUT", f"/conversations/{chat}", body), CONVERSATION)
    assert told == []
    assert await row_counts_of(shared_app.services.db) == before


async def test_people_who_are_added_are_told_after_they_know_the_group(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    dan, eve = await signed_in(shared_app, "Dan Moor", "Eve Hill")
    await ana.sends(chat, "before they came")
    async with announced(shared_app) as told:
        body = {"userIds": [dan.id, bob.id, eve.id]}
        done = shaped(await ana.ask("POST", f"/conversations/{chat}/members", body), CHANGED)
    assert done["affected_count"] == 2
    assert numbered(told)[-2:] == [("member_added", 2), ("new_message", 3)]
    created, added = event(told, "conversation_created"), event(told, "member_added")
    assert told.index(created) < told.index(added)
    assert set(created.bodies_by_user) == set(created.joins) == {dan.id, eve.id}
    welcome = created.bodies_by_user[dan.user.id]
    assert (welcome["member_count"], welcome["unread_count"], welcome["seq"]) == (5, 0, 2)
    seen = {member["userId"]: member["user"] for member in (await ana.sees(chat))["members"]}
    assert added.body["added_members"] == [
        {"user_id": dan.id, "full_name": "Dan Moor", "role": "member", "user": seen[dan.id]},
        {"user_id": eve.id, "full_name": "Eve Hill", "role": "member", "user": seen[eve.id]},
    ]
    assert (added.body["added_by"], added.body["member_count"]) == (ana.id, 5)
    notice = (await cleo.notices(chat))[0]
    assert notice == {
        "content": "Ana Reyes added Dan Moor and Eve Hill.", "eventType": "member_added", "actorId": ana.id,
        "actorName": "Ana Reyes", "addedMemberIds": [dan.id, eve.id], "addedMemberNames": ["Dan Moor", "Eve Hill"],
    }  # fmt: skip
    assert set(await dan.roles(chat)) == {person.id for person in (ana, bob, cleo, dan, eve)}
    assert (await dan.sees(chat))["unreadCount"] == 1  # the notice, and nothing that was written before


async def test_adding_members_again_changes_nothing(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    await deactivate(shared_app, cleo)
    async with announced(shared_app) as told:
        done = await ana.gets("POST", f"/conversations/{chat}/members", {"user_ids": [bob.id, cleo.id, ana.id]})
    assert (done["affected_count"], told) == (0, [])


async def test_only_active_people_can_be_added_and_all_or_none(shared_app: App) -> None:
    ana, _, _, chat = await three(shared_app)
    dan, gone = await signed_in(shared_app, "Dan", "Gone")
    await deactivate(shared_app, gone)
    before = await row_counts_of(shared_app.services.db)
    for stranger in (gone.id, "nobody"):
        body = {"user_ids": [dan.id, stranger]}
        await ana.is_refused("POST", f"/conversations/{chat}/members", body, status=404, code="user_not_found")
    for ids in ([], [dan.id, dan.id], [f"u{number}" for number in range(51)], [""]):
        body = {"user_ids": ids}
        await ana.is_refused("POST", f"/conversations/{chat}/members", body, status=422, code="invalid")
    assert await row_counts_of(shared_app.services.db) == before


async def test_the_removed_are_told_last_and_find_nothing_afterwards(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    async with announced(shared_app) as told:
        done = shaped(await ana.ask("DELETE", f"/conversations/{chat}/members/{bob.id}"), CHANGED)
    assert done["affected_count"] == 1
    assert numbered(told) == [("member_removed", 1), ("new_message", 2)]
    removed = event(told, "member_removed")
    assert removed.leaves == (bob.id,)
    assert {name: removed.body[name] for name in ("removed_user_id", "removed_by", "member_count")} == {
        "removed_user_id": bob.id, "removed_by": ana.id, "member_count": 2,
    }  # fmt: skip
    assert await cleo.notices(chat) == [
        {
            "content": "Ana Reyes removed Bob Stone.", "eventType": "member_removed", "actorId": ana.id,
            "actorName": "Ana Reyes", "targetUserId": bob.id, "targetUserName": "Bob Stone",
        }
    ]  # fmt: skip
    for method, path, body in (
        ("GET", f"/conversations/{chat}", None),
        ("GET", f"/messages/conversations/{chat}/messages", None),
        ("POST", "/messages/", {"conversation_id": chat, "content": "still here"}),
        ("PUT", f"/conversations/{chat}", {"name": "x"}),
        ("POST", f"/conversations/{chat}/leave", None),
        ("DELETE", f"/conversations/{chat}/members/{bob.id}", None),
        ("PUT", f"/conversations/{chat}/members/{ana.id}", {"role": "member"}),
        ("POST", f"/conversations/{chat}/members", {"user_ids": [bob.id]}),
    ):
        await bob.is_refused(method, path, body, status=404, code="conversation_not_found")
    gone = f"/conversations/{chat}/members/{bob.id}"
    await ana.is_refused("DELETE", gone, status=404, code="user_not_found")
    await ana.is_refused("PUT", gone, {"role": "admin"}, status=404, code="user_not_found")


@pytest.mark.parametrize("how", ["leave", "remove oneself"])
async def test_whoever_leaves_is_answered_and_gone(shared_app: App, how: str) -> None:
    ana, bob, _, chat = await three(shared_app)
    async with announced(shared_app) as told:
        if how == "leave":
            done = shaped(await bob.ask("POST", f"/conversations/{chat}/leave"), CHANGED)
        else:
            done = shaped(await bob.ask("DELETE", f"/conversations/{chat}/members/{bob.id}"), CHANGED)
    assert done["affected_count"] == 1
    assert numbered(told) == [("member_left", 1), ("new_message", 2)]
    left = event(told, "member_left")
    assert left.leaves == (bob.id,)
    assert (left.body["user_id"], left.body["user_name"], left.body["member_count"]) == (bob.id, "Bob Stone", 2)
    assert await ana.notices(chat) == [
        {
            "content": "Bob Stone left.", "eventType": "member_left", "actorId": bob.id, "actorName": "Bob Stone",
            "targetUserId": bob.id, "targetUserName": "Bob Stone",
        }
    ]  # fmt: skip
    await bob.is_refused("GET", f"/conversations/{chat}", status=404, code="conversation_not_found")
    await bob.is_refused("POST", f"/conversations/{chat}/leave", status=404, code="conversation_not_found")


async def test_when_the_last_administrator_leaves_the_oldest_member_becomes_one_before(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    (dan,) = await signed_in(shared_app, "Dan")
    oldest, younger = sorted((bob, cleo), key=lambda person: person.id)  # both joined when the group was made
    await ana.gets("POST", f"/conversations/{chat}/members", {"user_ids": [dan.id]})
    async with announced(shared_app) as told:
        await ana.gets("POST", f"/conversations/{chat}/leave")
    assert numbered(told) == [("member_updated", 3), ("new_message", 4), ("member_left", 5), ("new_message", 6)]
    updated, compat = event(told, "member_updated"), event(told, "conversation_updated")
    assert (updated.body["user_id"], updated.body["role"], updated.body["updated_by_id"]) == (
        oldest.id, "admin", ana.id,
    )  # fmt: skip
    assert (compat.body["compat"], compat.body["seq"], compat.body["conversation_name"]) == (True, 3, "Group")
    assert await dan.roles(chat) == {oldest.id: "admin", younger.id: "member", dan.id: "member"}


async def test_deactivated_people_neither_count_nor_take_over_before_active_ones(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    oldest, younger = sorted((bob, cleo), key=lambda person: person.id)
    await ana.gets("PUT", f"/conversations/{chat}/members/{oldest.id}", {"role": "admin"})
    await deactivate(shared_app, oldest)
    mine = f"/conversations/{chat}/members/{ana.id}"
    await ana.is_refused("PUT", mine, {"role": "member"}, status=409, code="last_admin")
    await ana.gets("POST", f"/conversations/{chat}/leave")
    assert await younger.roles(chat) == {oldest.id: "admin", younger.id: "admin"}


async def test_the_last_member_leaves_an_empty_group_behind(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    for person in (bob, ana, cleo):
        await person.gets("POST", f"/conversations/{chat}/leave")
        await person.is_refused("GET", f"/conversations/{chat}", status=404, code="conversation_not_found")
        assert chat not in [row["id"] for row in (await person.gets("GET", "/conversations/"))["data"]]


async def test_roles_change_both_ways_and_are_told(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    async with announced(shared_app) as told:
        done = shaped(await ana.ask("PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "admin"}), CHANGED)
        again = await ana.gets("PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "admin"})
    assert (done["affected_count"], again["affected_count"]) == (1, 0)
    assert numbered(told) == [("member_updated", 1), ("new_message", 2)]
    assert event(told, "conversation_updated").body["compat"] is True
    assert (await bob.gets("PUT", f"/conversations/{chat}/members/{ana.id}", {"role": "member"}))["success"]
    assert await cleo.roles(chat) == {ana.id: "member", bob.id: "admin", cleo.id: "member"}
    assert [(n["content"], n["targetUserId"], n["details"]) for n in await cleo.notices(chat)] == [
        ("Bob Stone is an administrator now.", bob.id, {"role": "admin"}),
        ("Ana Reyes is no administrator any more.", ana.id, {"role": "member"}),
    ]
    sentence = await bob.is_refused(
        "PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "member"}, status=409, code="last_admin"
    )
    assert "administrator" in sentence
    await bob.is_refused(
        "PUT", f"/conversations/{chat}/members/{ana.id}", {"role": "owner"}, status=422, code="invalid"
    )


async def test_members_may_leave_and_nothing_else_and_a_pair_not_even_that(shared_app: App) -> None:
    ana, bob, cleo, chat = await three(shared_app)
    pair = await ana.direct(bob)
    before = await row_counts_of(shared_app.services.db)

    def requests(chat: str) -> list[tuple[str, str, Any]]:
        return [
            ("PUT", f"/conversations/{chat}", {"name": "Mine"}),
            ("POST", f"/conversations/{chat}/members", {"user_ids": [cleo.id]}),
            ("DELETE", f"/conversations/{chat}/members/{ana.id}", None),
            ("PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "admin"}),
        ]

    for request in requests(chat):
        sentence = await bob.is_refused(*request, status=403, code="forbidden")
        assert "administrator" in sentence
    own = [("POST", f"/conversations/{pair}/leave", None), ("DELETE", f"/conversations/{pair}/members/{bob.id}", None)]
    for request in [*requests(pair), *own]:
        sentence = await bob.is_refused(*request, status=403, code="forbidden")
        assert "direct conversation" in sentence
    assert await row_counts_of(shared_app.services.db) == before


async def test_a_group_is_full_at_its_limit(tmp_path: Path, database_url: str | None) -> None:
    async with open_app(tmp_path / "small", database_url, max_group_members=3) as app:
        ana, bob, cleo, dan = await signed_in(app, "Ana", "Bob", "Cleo", "Dan")
        config = await ana.gets("GET", "/config")
        assert config["limits"]["groupMembers"] == 3
        body = {"type": "group", "name": "x", "member_ids": [bob.id, cleo.id, dan.id]}
        await ana.is_refused("POST", "/conversations/", body, status=409, code="group_full")
        chat = await ana.group(bob)
        body = {"user_ids": [cleo.id, dan.id]}
        sentence = await ana.is_refused("POST", f"/conversations/{chat}/members", body, status=409, code="group_full")
        assert "3 members" in sentence
        assert (await ana.gets("POST", f"/conversations/{chat}/members", {"user_ids": [cleo.id]}))[
            "affected_count"
        ] == 1
        assert await ana.direct(dan)


async def test_people_out_of_reach_cannot_be_added(tmp_path: Path, database_url: str | None) -> None:
    async with open_app(tmp_path / "reach", database_url, messaging="organisation") as app:
        people = [await app.person(name, division=division) for name, division in (
            ("Ana", "North"), ("Bob", "north"), ("Cleo", "South"), ("Dan", "NORTH"),
        )]  # fmt: skip
        ana, bob, cleo, dan = (SignedIn(app, person, app.bearer(person)) for person in people)
        chat = await ana.group(bob)
        body = {"user_ids": [dan.id, cleo.id]}
        await ana.is_refused("POST", f"/conversations/{chat}/members", body, status=403, code="forbidden")
        assert (await ana.gets("POST", f"/conversations/{chat}/members", {"user_ids": [dan.id]}))["affected_count"] == 1


async def test_two_administrators_who_remove_each_other_leave_one(shared_app: App) -> None:
    for _ in range(5):
        ana, bob, cleo, chat = await three(shared_app)
        await ana.gets("PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "admin"})
        answers = await asyncio.gather(
            ana.ask("DELETE", f"/conversations/{chat}/members/{bob.id}"),
            bob.ask("DELETE", f"/conversations/{chat}/members/{ana.id}"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 404]
        assert sorted((await cleo.roles(chat)).values()) == ["admin", "member"]


async def test_two_last_administrators_who_leave_at_once_hand_over(shared_app: App) -> None:
    for _ in range(5):
        ana, bob, cleo, chat = await three(shared_app)
        await ana.gets("PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "admin"})
        answers = await asyncio.gather(*(who.ask("POST", f"/conversations/{chat}/leave") for who in (ana, bob)))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert await cleo.roles(chat) == {cleo.id: "admin"}


async def test_two_administrators_who_step_back_at_once_leave_one(shared_app: App) -> None:
    ana, bob, _, chat = await three(shared_app)
    await ana.gets("PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "admin"})
    answers = await asyncio.gather(
        *(who.ask("PUT", f"/conversations/{chat}/members/{who.id}", {"role": "member"}) for who in (ana, bob))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_of_many_who_add_the_same_person_one_does(shared_app: App) -> None:
    ana, bob, _, chat = await three(shared_app)
    (dan,) = await signed_in(shared_app, "Dan")
    await ana.gets("PUT", f"/conversations/{chat}/members/{bob.id}", {"role": "admin"})
    async with announced(shared_app) as told:
        answers = await asyncio.gather(
            *(who.gets("POST", f"/conversations/{chat}/members", {"user_ids": [dan.id]}) for who in (ana, bob) * 5)
        )
    assert sorted(answer["affected_count"] for answer in answers) == [0] * 9 + [1]
    assert numbered(told)[-2:] == [("member_added", 3), ("new_message", 4)]
    assert (await dan.sees(chat))["memberCount"] == 4
