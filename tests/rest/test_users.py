"""`/users`: the caller and the directory."""

from __future__ import annotations

import pytest

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import USER, refused, shaped
from tests.support.people import Person, Team


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    return team.add("Ana Lucía Reyes")


def found(person: Person, query: str, **params: int) -> list[str]:
    """The names that a search finds, in its order."""
    answer = person.http.get("/users/", params={"q": query, **params})
    return [user["displayName"] for user in shaped(answer, [USER])]


def test_me_is_the_caller_under_both_ids(ana: Person) -> None:
    me = shaped(ana.http.get("/users/me"), USER)
    assert me["id"] == me["tmsUserId"] == ana.id
    assert (me["email"], me["displayName"], me["name"]) == (ana.email, "Ana Lucía Reyes", "Ana Lucía Reyes")
    assert (me["role"], me["isActive"], me["isLeader"], me["lastSyncedAt"]) == ("MEMBER", True, False, None)


def test_the_first_account_is_an_administrator(team: Team) -> None:
    assert shaped(team.admin.http.get("/users/me"), USER)["role"] == "ADMIN"


def test_one_person_is_found_by_id_and_looks_as_in_me(team: Team, ana: Person) -> None:
    assert shaped(team.admin.http.get(f"/users/{ana.id}"), USER) == shaped(ana.http.get("/users/me"), USER)


def test_an_unknown_person_is_404(ana: Person) -> None:
    refused(ana.http.get("/users/nobody"), 404, code="user_not_found")


def test_the_directory_lists_everybody_and_the_caller_too(team: Team, ana: Person) -> None:
    names = found(ana, "")
    assert {"Ana Lucía Reyes", team.admin.name} <= set(names)
    assert names == sorted(names, key=str.casefold)
    everybody = shaped(ana.http.get("/users/"), [USER])
    assert len(everybody) == len(names)


@pytest.mark.parametrize("query", ["ana reyes", "Reyes Ana", "LUCÍA", "lucía rey", "  ana   "])
def test_people_are_found_by_the_words_of_their_name_in_any_order_and_case(ana: Person, query: str) -> None:
    assert found(ana, query) == ["Ana Lucía Reyes"]


def test_people_are_found_by_their_address(ana: Person) -> None:
    assert found(ana, ana.email.upper()) == ["Ana Lucía Reyes"]


@pytest.mark.parametrize("query", ["ana nobody", "zzz", "%", "_", "a%s", "r_yes", "\\"])
def test_percent_underscore_and_backslash_are_ordinary_characters(ana: Person, query: str) -> None:
    assert found(ana, query) == []


def test_a_name_with_percent_and_underscore_is_found_by_them(team: Team, ana: Person) -> None:
    team.add("Odd 100%_sure\\really")
    for query in ("100%", "%_s", "sure\\r"):
        assert found(ana, query) == ["Odd 100%_sure\\really"]


def test_the_limit_bounds_the_answer(team: Team, ana: Person) -> None:
    assert len(found(ana, "", limit=1)) == 1
    assert len(found(ana, "", limit=100)) >= 2
    for limit in (0, 101, -1):
        refused(ana.http.get("/users/", params={"limit": limit}), 422, code="invalid")


def test_a_search_of_200_characters_is_the_longest(ana: Person) -> None:
    assert found(ana, "x" * 200) == []
    refused(ana.http.get("/users/", params={"q": "x" * 201}), 422, code="invalid")


@on_module_loop
async def test_first_last_position_and_department_are_searched_and_settings_are_their_owners(shared_app: App) -> None:
    eva = await shared_app.person(
        "Eva", first_name="Evangeline", last_name="O'Brien", position_title="Chief Surveyor", department="Harbour",
        settings={"theme": "dark"},
    )  # fmt: skip
    other = await shared_app.person("Zoe")
    for query in ("Evangeline O'Brien", "o'brien evangeline", "chief", "harbour surveyor", "EVA harb"):
        answer = await shared_app.http.get("/api/v1/users/", params={"q": query}, headers=shared_app.bearer(other))
        (user,) = shaped(answer, [USER])
        assert (user["firstName"], user["lastName"], user["positionTitle"]) == (
            "Evangeline",
            "O'Brien",
            "Chief Surveyor",
        )
        assert user["settings"] is None
    mine = shaped(await shared_app.http.get("/api/v1/users/me", headers=shared_app.bearer(eva)), USER)
    assert mine["settings"] == {"theme": "dark"}


@on_module_loop
async def test_who_is_deactivated_is_not_in_the_directory(shared_app: App) -> None:
    gone = await shared_app.person("Gone", is_active=False)
    zoe = await shared_app.person("Zoe")
    assert (
        shaped(
            await shared_app.http.get("/api/v1/users/", params={"q": "Gone"}, headers=shared_app.bearer(zoe)), [USER]
        )
        == []
    )
    refused(
        await shared_app.http.get(f"/api/v1/users/{gone.id}", headers=shared_app.bearer(zoe)),
        404,
        code="user_not_found",
    )


@on_module_loop
async def test_an_id_of_the_host_may_have_any_characters_but_a_slash(shared_app: App) -> None:
    odd = await shared_app.person("Odd", id="café €|1 %41")
    zoe = await shared_app.person("Zoe")
    answer = await shared_app.http.get(
        "/api/v1/users/caf%C3%A9%20%E2%82%AC%7C1%20%2541", headers=shared_app.bearer(zoe)
    )
    assert shaped(answer, USER)["id"] == odd.id


def test_online_lists_ids_and_nobody_who_has_no_socket(ana: Person) -> None:
    assert shaped(ana.http.get("/users/presence/online"), [str]) == []
