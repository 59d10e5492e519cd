"""`/users`: the caller and the directory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import USER, refused, shaped
from tms_chat.people.model import User

pytestmark = on_module_loop


class Reader:
    """Somebody who looks people up."""

    def __init__(self, app: App, user: User) -> None:
        self.app, self.user = app, user
        self._headers = app.bearer(user)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.app.http.get(f"/api/v1{path}", params=params or None, headers=self._headers)

    async def found(self, query: str, **params: int) -> list[str]:
        """The names that a search finds, in its order."""
        return [user["displayName"] for user in shaped(await self.get("/users/", q=query, **params), [USER])]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ana(shared_app: App) -> AsyncIterator[Reader]:
    await shared_app.person("Zoë Admin", role="ADMIN")
    await shared_app.person("Gone Person", is_active=False)
    await shared_app.person("Odd 100%_sure\\really")
    yield Reader(shared_app, await shared_app.person("Ana Lucía Reyes"))


async def test_me_is_the_caller_under_both_ids(ana: Reader) -> None:
    me = shaped(await ana.get("/users/me"), USER)
    assert me["id"] == me["tmsUserId"] == ana.user.id
    assert (me["email"], me["displayName"], me["name"]) == (ana.user.email, "Ana Lucía Reyes", "Ana Lucía Reyes")
    assert (me["role"], me["isActive"], me["isLeader"], me["lastSyncedAt"]) == ("MEMBER", True, False, None)


async def test_one_person_is_found_by_id_and_looks_as_in_me(shared_app: App, ana: Reader) -> None:
    other = Reader(shared_app, await shared_app.person("Other"))
    assert shaped(await other.get(f"/users/{ana.user.id}"), USER) == shaped(await ana.get("/users/me"), USER)


async def test_an_unknown_person_is_404(ana: Reader) -> None:
    refused(await ana.get("/users/nobody"), 404, code="user_not_found")


async def test_the_directory_lists_everybody_by_name_the_caller_too_and_nobody_who_is_gone(ana: Reader) -> None:
    names = await ana.found("")
    assert {"Ana Lucía Reyes", "Zoë Admin"} <= set(names)
    assert "Gone Person" not in names
    assert names == sorted(names, key=str.casefold)
    assert len(shaped(await ana.get("/users/"), [USER])) == len(names)


@pytest.mark.parametrize("query", ["ana reyes", "Reyes Ana", "LUCÍA", "lucía rey", "  ana   ", "ZOË aDM"])
async def test_people_are_found_by_the_words_of_their_name_in_any_order_and_case(ana: Reader, query: str) -> None:
    assert await ana.found(query) == ["Zoë Admin" if "Z" in query else "Ana Lucía Reyes"]


async def test_people_are_found_by_their_address(ana: Reader) -> None:
    assert await ana.found(ana.user.email.upper()) == ["Ana Lucía Reyes"]


@pytest.mark.parametrize("query", ["ana nobody", "zzz", "a%s", "r_yes", "__", "%%", "Gone"])
async def test_percent_and_underscore_are_ordinary_characters_in_a_search(ana: Reader, query: str) -> None:
    assert await ana.found(query) == []


@pytest.mark.parametrize("query", ["%", "_", "\\", "100%", "%_s", "sure\\r"])
async def test_a_name_with_percent_underscore_and_backslash_is_found_by_them(ana: Reader, query: str) -> None:
    assert await ana.found(query) == ["Odd 100%_sure\\really"]


async def test_the_limit_bounds_the_answer(ana: Reader) -> None:
    assert len(await ana.found("", limit=1)) == 1
    assert len(await ana.found("", limit=100)) >= 2
    for limit in (0, 101, -1):
        refused(await ana.get("/users/", limit=limit), 422, code="invalid")


async def test_a_search_of_200_characters_is_the_longest(ana: Reader) -> None:
    assert await ana.found("x" * 200) == []
    refused(await ana.get("/users/", q="x" * 201), 422, code="invalid")


async def test_first_last_position_and_department_are_searched_and_settings_are_their_owners(
    shared_app: App, ana: Reader
) -> None:
    eva = await shared_app.person(
        "Eva", first_name="Evangeline", last_name="O'Brien", position_title="Chief Surveyor", department="Harbour",
        settings={"theme": "dark"},
    )  # fmt: skip
    for query in ("Evangeline O'Brien", "o'brien evangeline", "chief", "harbour surveyor", "EVA harb"):
        (user,) = shaped(await ana.get("/users/", q=query), [USER])
        assert (user["firstName"], user["lastName"], user["positionTitle"]) == (
            "Evangeline",
            "O'Brien",
            "Chief Surveyor",
        )
        assert user["settings"] is None
    assert shaped(await Reader(shared_app, eva).get("/users/me"), USER)["settings"] == {"theme": "dark"}


async def test_who_is_deactivated_is_nobody(shared_app: App, ana: Reader) -> None:
    gone = await shared_app.person("Deactivated", is_active=False)
    refused(await ana.get(f"/users/{gone.id}"), 404, code="user_not_found")
    refused(await Reader(shared_app, gone).get("/users/me"), 401, code="token_invalid")


async def test_an_id_of_the_host_may_have_any_characters_but_a_slash(shared_app: App, ana: Reader) -> None:
    odd = await shared_app.person("Strange", id="café €|1 %41")
    assert shaped(await ana.get("/users/caf%C3%A9%20%E2%82%AC%7C1%20%2541"), USER)["id"] == odd.id


async def test_online_lists_ids_and_nobody_who_has_no_socket(ana: Reader) -> None:
    assert shaped(await ana.get("/users/presence/online"), [str]) == []
