"""The user API of the small host, for programs; and the control route, for tests only."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.host.host_pages import state_of

CONTROL = "/control"


async def one_user(request: Request) -> Response:
    """A profile by id, for API keys. Unknown and deactivated look the same."""
    if not has_key(request):
        return refusal(401, "The API key is missing or wrong.")
    state = state_of(request)
    person = state.people.get(request.path_params["id"])
    if person is None or not person["isActive"]:
        return refusal(404, "User not found.")
    return JSONResponse(state.profile(person))


async def search(request: Request) -> Response:
    """Profiles by words, for API keys unless this host has the quirk, and for signed-in people."""
    state = state_of(request)
    allowed = bearer(request) is not None or (has_key(request) and not state.behaviour.search_refuses_keys)
    if not allowed:
        return refusal(401, "Not authenticated.")
    limit = int(request.query_params.get("limit", "20"))
    return JSONResponse({"users": state.found(request.query_params.get("q", ""), limit)})


async def me(request: Request) -> Response:
    """The profile of the person whose token it is."""
    person = bearer(request)
    return refusal(401, "Not authenticated.") if person is None else JSONResponse(state_of(request).profile(person))


async def login(request: Request) -> Response:
    """A token for an address and a password."""
    state, given = state_of(request), await request.json()
    person = state.by_credentials(given["email"], given["password"])
    if person is None:
        return refusal(401, "Invalid credentials.")
    if not person["isActive"]:
        return refusal(403, "The account is deactivated.")
    token, expires_at = state.token(person)
    said = state.behaviour.says_session_ends
    ends_at = expires_at * 1000 if said is None else said
    body = {"success": True, "token": token, "expiresAt": ends_at, "user": state.profile(person)}
    return JSONResponse(body)


async def control(request: Request) -> Response:
    """GET: the calls so far, by method and path. POST: people (whole, or their changes) and behaviour."""
    state = state_of(request)
    if request.method == "GET":
        return JSONResponse({"calls": dict(state.calls), "behaviour": asdict(state.behaviour)})
    order: dict[str, Any] = await request.json()
    for change in order.get("people", []):
        state.people.setdefault(change["id"], {}).update(change)
    state.behaviour = replace(state.behaviour, **order.get("behaviour", {}))
    return JSONResponse({"ok": True})


def has_key(request: Request) -> bool:
    return secrets.compare_digest(request.headers.get("x-api-key", ""), state_of(request).api_key)


def bearer(request: Request) -> dict[str, Any] | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return state_of(request).bearer_of(token) if scheme == "Bearer" else None


def refusal(status: int, message: str) -> Response:
    return JSONResponse({"success": False, "message": message}, status)


# There is no /health: not every host has one.
ROUTES = [
    Route("/api/v1/users/search", search),
    Route("/api/v1/users/me", me),
    Route("/api/v1/users/{id}", one_user),
    Route("/api/v1/auth/login", login, methods=["POST"]),
    Route(CONTROL, control, methods=["GET", "POST"]),
]
