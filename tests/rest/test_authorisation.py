"""Every route and every role, on both databases; and whoever is refused has written nothing."""

from __future__ import annotations

from itertools import product

import pytest

from tests.rest.authorisation_table import TABLE
from tests.rest.in_process import App, on_module_loop
from tests.rest.routes import ROUTES
from tests.rest.scene import ROLES, make_scene


def test_every_route_has_its_row() -> None:
    assert sorted(TABLE) == sorted(ROUTES)


@on_module_loop
@pytest.mark.parametrize("route", TABLE, ids=lambda route: " ".join(route))
async def test_each_role_may_do_what_the_table_says(shared_app: App, route: tuple[str, str]) -> None:
    method, path = route
    row = TABLE[route]
    scene = await make_scene(shared_app)
    for name, value in scene.names.items():
        path = path.replace(name, value)
    for role in ROLES:
        before = await scene.everything_written()
        answer = await shared_app.http.request(
            method, path + row.address, headers=scene.headers(role), **row.request(scene)
        )
        assert answer.status_code == row.status(role), f"{role}: {answer.text}"
        if answer.status_code >= 400:
            assert await scene.everything_written() == before, f"{role} was refused and wrote"


@on_module_loop
async def test_what_does_not_exist_looks_like_what_one_may_not_know_of(shared_app: App) -> None:
    """Else a stranger could find out which conversations, messages, polls and files there are."""
    scene = await make_scene(shared_app)
    hidden = [route for route, row in TABLE.items() if row.outsider == 404 and "{" in route[1]]
    assert hidden
    for (method, pattern), role in product(hidden, ("stranger", "ex-member", "operator")):
        row, answers = TABLE[method, pattern], []
        for names in (scene.names, dict.fromkeys(scene.names, "unknown")):
            path = pattern
            for name, value in names.items():
                path = path.replace(name, value)
            answer = await shared_app.http.request(
                method, path + row.address, headers=scene.headers(role), **row.request(scene)
            )
            answers.append((answer.status_code, answer.json()["code"], answer.json()["detail"]))
        assert answers[0] == answers[1], f"{role}: {method} {pattern}"
