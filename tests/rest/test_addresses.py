"""Addresses: both slash forms without a redirect, unknown ones, wrong methods, times, request ids."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.rest.bad_values import raw
from tests.rest.routes import METHODS, PATHS, ROUTES, concrete, methods_of
from tests.rest.shapes import TIME, refused
from tests.support.people import Person, Team
from tests.support.server import TmsServer


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    return team.add("Ana Reyes")


def bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def without(value: Any, *keys: str) -> Any:
    """Without what differs between two equal requests."""
    return {key: inner for key, inner in value.items() if key not in keys} if isinstance(value, dict) else value


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_both_slash_forms_of_every_path_give_the_same_answer_without_a_redirect(
    tms: TmsServer, team: Team, method: str, path: str
) -> None:
    # Signed out, or every second request would be: log-out revokes the token.
    headers = {} if path.endswith("/logout") else bearer(team.admin)
    address = concrete(path).rstrip("/")
    plain, slashed = (raw(tms, method, address + end, headers) for end in ("", "/"))
    assert plain.status_code == slashed.status_code
    assert plain.status_code not in (301, 302, 307, 308, 405)
    assert "location" not in plain.headers.keys() | slashed.headers.keys()
    if not path.startswith("/health/ready"):
        assert without(plain.json(), "requestId") == without(slashed.json(), "requestId")
    if plain.status_code == 404:
        assert plain.json()["code"] != "not_found"  # the route answered, for an id that names nothing


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_method_is_405_and_names_the_right_ones(tms: TmsServer, ana: Person, path: str) -> None:
    address = concrete(path)
    right = methods_of(address)
    for method in sorted(METHODS - right):
        answer = raw(tms, method, address, bearer(ana))
        refused(answer, 405, code="method_not_allowed")
        assert set(re.split(r",\s*", answer.headers["allow"])) - {"HEAD", "OPTIONS"} == right, method


@pytest.mark.parametrize(
    "address",
    ["/api", "/api/", "/api/v1", "/api/v2/users/me", "/api/v1/nothing", "/api/v1/users/me/more", "/api/v1//users/me",
     "/api/v1/%00", "/api/v1/messages/unread-count/x/y", "/health/nothing", "/metrics"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_of_nothing_is_404_with_a_sentence(tms: TmsServer, ana: Person, method: str, address: str) -> None:
    refused(raw(tms, method, address, bearer(ana)), 404, code="not_found")


@pytest.mark.parametrize("address", ["/", "/setup", "/index.html", "/assets/a.js", "/config.json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_clients_addresses_take_no_writing_methods(tms: TmsServer, method: str, address: str) -> None:
    refused(raw(tms, method, address), 404, 405)


@pytest.mark.parametrize(
    "address", ["/ws/socket.io", "/ws/socket.io/?EIO=4&transport=websocket", "/api/v1/socket.io/", "/chat/socket.io"]
)
def test_a_wrong_socket_path_is_told_the_right_one(tms: TmsServer, address: str) -> None:
    for method in ("GET", "POST"):
        problem = refused(raw(tms, method, address), 404, code="wrong_socket_path")
        assert " /socket.io/ " in problem["detail"]


def test_a_wrong_socket_path_is_logged_once(tms: TmsServer) -> None:
    for _ in range(3):
        raw(tms, "GET", "/only-here/socket.io/?EIO=4&token=do-not-log-me")
    lines = [line for line in tms.stderr.splitlines() if "/only-here/socket.io" in line]
    assert len(lines) == 1
    assert "do-not-log-me" not in tms.stderr


def times(value: Any) -> list[str]:
    """Every text in an answer that looks like a time."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in times(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in times(inner)]
    return [value] if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value) else []


def test_every_time_in_every_answer_has_six_digits_and_z(team: Team, ana: Person) -> None:
    chat = team.admin.group("Times", ana)
    ana.send(chat, "hello", reply_to_id=ana.send(chat, "first")["id"])
    answers = [
        team.admin.http.get("/users/me"), team.admin.http.get("/users/"), team.admin.http.get("/conversations/"),
        team.admin.http.get(f"/conversations/{chat}"), team.admin.http.get(f"/messages/conversations/{chat}/messages"),
        team.admin.http.post(f"/conversations/{chat}/mark-read"), team.admin.http.post("/auth/invitations", json={}),
        team.admin.http.get("/auth/invitations"),
    ]  # fmt: skip
    for answer in answers:
        found = times(answer.json())
        assert found, answer.url
        assert all(TIME.fullmatch(text) for text in found), answer.url


def test_a_plain_request_id_comes_back_and_any_other_is_replaced(tms: TmsServer) -> None:
    for given in ("abc-123", "A.b_c:d-9", "x" * 128):
        assert raw(tms, "GET", "/health", {"X-Request-Id": given}).headers["x-request-id"] == given
    for odd in ("", "two words", "x" * 129, 'a"b', "\xe9", "<script>"):
        assert re.fullmatch(r"[0-9a-f-]{36}", raw(tms, "GET", "/health", {"X-Request-Id": odd}).headers["x-request-id"])


def test_answers_of_the_api_are_not_cached_and_not_sniffed(ana: Person) -> None:
    answers: list[httpx.Response] = [ana.http.get("/users/me"), ana.http.get("/nothing")]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
