"""Bad input anywhere is refused with a sentence and a code; nothing is half written, nothing from inside gets out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.rest.bad_values import BODIES, HALF, REQUESTS, WRONG, raw
from tests.rest.shapes import refused
from tests.rest.storage import row_counts
from tests.support.people import Person, Team
from tests.support.server import TmsServer

LIMIT = 256 * 1024


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    return team.admin  # may do everything, so that it is the input that is refused


@pytest.fixture(autouse=True)
def nothing_is_written(tms: TmsServer, ana: Person) -> Iterator[None]:
    """Every test in here: as many rows in each table afterwards, and no failure in the log."""
    before, logged = row_counts(tms), len(tms.stderr)
    yield
    assert row_counts(tms) == before
    log = tms.stderr[logged:]  # others have used this server too
    assert "unhandled_error" not in log
    assert "Traceback" not in log


def post(person: Person, path: str, body: Any) -> httpx.Response:
    return person.http.post(path, content=json.dumps(body).encode(), headers={"content-type": "application/json"})


@pytest.mark.parametrize("path", REQUESTS)
def test_every_wrong_value_of_every_field_is_refused(ana: Person, path: str) -> None:
    right = {name: value for name, (value, _) in REQUESTS[path].items()}
    for name, (_, kind) in REQUESTS[path].items():
        for value in WRONG[kind]:
            problem = refused(post(ana, path, right | {name: value}), 422, 400)
            assert problem["code"] in ("invalid", "malformed_json")
            assert HALF not in problem["detail"]


@pytest.mark.parametrize("path", REQUESTS)
def test_every_text_has_a_bound(ana: Person, path: str) -> None:
    right = {name: value for name, (value, _) in REQUESTS[path].items()}
    for name, (_, kind) in REQUESTS[path].items():
        if kind in ("text", "id", "choice", "uuid"):
            refused(post(ana, path, right | {name: "x" * 100_000}), 422, code="invalid")


@pytest.mark.parametrize("path", REQUESTS)
def test_every_broken_body_is_refused(tms: TmsServer, ana: Person, path: str) -> None:
    for what, (body, content_type) in BODIES.items():
        headers = {"Authorization": f"Bearer {ana.token}", "X-Request-Id": what.replace(" ", "-").replace(",", "")}
        headers |= {"Content-Type": content_type} if content_type else {}
        refused(raw(tms, "POST", f"/api/v1{path}", headers, body), 400, 415, 422)


@pytest.mark.parametrize("path", REQUESTS)
@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
def test_a_body_over_256_kilobytes_is_413(ana: Person, path: str, chunked: bool) -> None:
    body = json.dumps({name: value for name, (value, _) in REQUESTS[path].items()} | {"filler": "x" * 300_000}).encode()
    chunks = (body[start : start + 50_000] for start in range(0, len(body), 50_000))
    answer = ana.http.post(path, content=chunks if chunked else body, headers={"content-type": "application/json"})
    refused(answer, 413, code="body_too_large")


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
def test_the_bound_of_a_body_is_exactly_256_kilobytes(ana: Person, chunked: bool) -> None:
    for size, status in ((LIMIT, 404), (LIMIT + 1, 413)):
        body = b'{"conversation_id": "unknown", "content": "x", "filler": "' + b"x" * size
        body = body[: size - 2] + b'"}'
        content = iter([body[:1000], body[1000:]]) if chunked else body
        refused(ana.http.post("/messages/", content=content, headers={"content-type": "application/json"}), status)


ODD_IDS = [
    "unknown",
    "%00",
    "a%00b",
    "%ff",
    "%ed%a0%80",
    "x" * 256,
    "x" * 5000,
    "%F0%9F%98%80",
    "'%20OR%201=1--",
    "%25",
    "%2e%2e",
]
WITH_ID = [
    ("GET", "/users/{}"), ("GET", "/conversations/{}"), ("POST", "/conversations/{}/mark-read"),
    ("GET", "/messages/conversations/{}/messages"), ("DELETE", "/auth/invitations/{}"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_ids_of_nothing_are_refused_whatever_they_hold(tms: TmsServer, ana: Person, method: str, path: str) -> None:
    for odd in ODD_IDS:
        target = "/api/v1" + path.format(odd)
        refused(raw(tms, method, target, {"Authorization": f"Bearer {ana.token}"}), 404, 422)


QUERIES = [
    "/users/?q=%00", "/users/?limit=%00", "/users/?limit=", "/users/?limit=" + "9" * 5000, "/users/?limit=1e2",
    "/users/?limit=NaN", "/conversations/?offset=%00", "/conversations/?type=%00", "/conversations/?cursor=%00",
    "/conversations/?cursor=%ff", "/conversations/?offset=99999999999999999999", "/conversations/?limit=-1",
    "/messages/conversations/c/messages?cursor=%00", "/messages/conversations/c/messages?limit=0",
    "/messages/conversations/c/messages?cursor=seq:%ed%a0%80",
]  # fmt: skip


@pytest.mark.parametrize("target", QUERIES, ids=lambda target: target[:60])
def test_odd_queries_are_refused(tms: TmsServer, ana: Person, target: str) -> None:
    refused(raw(tms, "GET", f"/api/v1{target}", {"Authorization": f"Bearer {ana.token}"}), 422, code="invalid")


AUTHORIZATIONS = [
    "Bearer", "Bearer ", "Basic YTpi", "Bearer a b c", "Bearer a.b.c", "Bearer \xe9.\xe9.\xe9", "bearer x",
    "Bearer " + "x." * 9000,
    "Bearer " + "x" * 30_000, "Bearer ..", "Bearer a.b.c.d.e", "Token x", ",", "Bearer null", "Bearer undefined",
]  # fmt: skip


@pytest.mark.parametrize("value", AUTHORIZATIONS, ids=lambda value: repr(value[:20]))
def test_whatever_is_no_token_is_401(tms: TmsServer, value: str) -> None:
    answer = raw(tms, "GET", "/api/v1/users/me", {"Authorization": value})
    assert refused(answer, 401)["code"] in ("token_missing", "token_invalid")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_without_the_header_the_token_is_said_to_be_missing(tms: TmsServer) -> None:
    refused(raw(tms, "GET", "/api/v1/users/me"), 401, code="token_missing")
