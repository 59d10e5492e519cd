"""Conversations by their title or the other person, and people, by parts of words in any script."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import CONVERSATIONS, USER, refused, shaped
from tms_chat.people.model import User

pytestmark = on_module_loop


async def call(app: App, user: User, method: str, path: str, **request: Any) -> httpx.Response:
    return await app.http.request(method, f"/api/v1{path}", headers=app.bearer(user), **request)


async def group(app: App, user: User, name: str, *others: User) -> str:
    body = {"type": "group", "name": name, "member_ids": [other.id for other in others]}
    conversation_id: str = (await call(app, user, "POST", "/conversations/", json=body)).json()["id"]
    return conversation_id


async def direct(app: App, user: User, other: User) -> str:
    body = {"type": "dm", "member_ids": [other.id]}
    conversation_id: str = (await call(app, user, "POST", "/conversations/", json=body)).json()["id"]
    return conversation_id


async def found(app: App, user: User, query: str, **params: int) -> list[str]:
    """The names of the conversations, in their order."""
    answer = await call(app, user, "GET", "/conversations/search", params={"q": query, **params})
    page = shaped(answer, CONVERSATIONS)
    assert page["pagination"]["next_cursor"] is None
    assert page["pagination"]["has_more"] is False
    return [row["display_name"] for row in page["data"]]


async def test_groups_are_found_by_title_and_direct_ones_by_the_other_person(shared_app: App) -> None:
    ana, bob = await shared_app.person("Ana Reyes"), await shared_app.person("Bob Stône")
    wei = await shared_app.person("王伟")
    for name in ("Team Ångström", "100% done_ok", "北京 trip"):
        await group(shared_app, ana, name, bob)
    for other in (bob, wei):
        await direct(shared_app, ana, other)
    asked = {
        "team": ["Team Ångström"], "angstrom team": ["Team Ångström"], "TEAM Å": ["Team Ångström"], "team x": [],
        "%": ["100% done_ok"], "_o": ["100% done_ok"], "\\": [], "00%": ["100% done_ok"],
        "北京": ["北京 trip"], "京": ["北京 trip"], "王": ["王伟"], "王伟": ["王伟"], "王 伟": ["王伟"],
        "stone": ["Bob Stône"], "bob STONE": ["Bob Stône"], "ob": ["Bob Stône"], "one": ["Bob Stône", "100% done_ok"],
        bob.email: ["Bob Stône"], "reyes": [], "bob team": [],
    }  # fmt: skip
    for query, wanted in asked.items():
        assert sorted(await found(shared_app, ana, query)) == sorted(wanted), query
    assert await found(shared_app, bob, "reyes") == ["Ana Reyes"]
    assert await found(shared_app, await shared_app.person("Eve"), "o") == []


async def test_the_last_activity_comes_first_and_the_limit_holds(shared_app: App) -> None:
    ana, bob = await shared_app.person("Ana"), await shared_app.person("Bob")
    ids = [await group(shared_app, ana, f"Project {n}", bob) for n in range(4)]
    for n in (2, 0):
        await call(shared_app, ana, "POST", "/messages/", json={"conversation_id": ids[n], "content": "hello"})
    assert await found(shared_app, ana, "project") == ["Project 0", "Project 2", "Project 3", "Project 1"]
    assert await found(shared_app, ana, "project", limit=2) == ["Project 0", "Project 2"]


@pytest.mark.parametrize(
    "query", ["?q=", "", "?q=%20", "?q=%E2%80%8B", "?q=a&limit=0", "?q=a&limit=51", "?q=" + "a" * 101]
)
async def test_what_is_no_search_is_refused(shared_app: App, query: str) -> None:
    ana = await shared_app.person("Ana")
    refused(await call(shared_app, ana, "GET", f"/conversations/search{query}"), 422, code="invalid")


async def test_people_are_found_by_parts_of_names_in_any_script(shared_app: App) -> None:
    ana = await shared_app.person("Ana", role="ADMIN")
    names = {}
    for name in ("Zoé Müller-Lüdenscheidt", "李小龙", "Per%cy Under_score", "İpek Yılmaz", "Ｗｉｄｅ Person"):  # noqa: RUF001
        names[name] = (await shared_app.person(name)).id
    asked = {
        "zoe": 0, "ZOÉ": 0, "zoe mull": 0, "mueller": None, "denscheidt": 0, "müller zoé": 0,
        "小": 1, "小龙": 1, "李小龙": 1, "龙李": None, "r%c": 2, "%": 2, "r_s": 2, "r_c": None,
        "ipek": 3, "İPEK": 3, "wide": 4, "wid per": 4,
    }  # fmt: skip
    ids = list(names.values())
    for query, number in asked.items():
        answer = await call(shared_app, ana, "GET", "/users/", params={"q": query, "limit": 100})
        hits = [user["id"] for user in shaped(answer, [USER]) if user["id"] in ids]
        assert hits == ([] if number is None else [ids[number]]), query
