"""The cookies that keep a browser signed in over a reload, and let its pages show files.

Both hold a session token, HttpOnly. The first is sent to `/api/v1/auth` only, where `POST /auth/session` exchanges it
for the bearer token and `POST /auth/logout` ends its session; both need an accepted Origin. The second is sent to
`/api/v1/files` only, where images and films are read: no other request is authenticated by either.
"""

import math
import time

from fastapi import Request, Response

from tms_chat.http.deps import Services, caller, check_origin, cookie_header
from tms_chat.identity.caller import Caller
from tms_chat.identity.tokens import TokenRefused

NAME = "tms_session"
PATH = "/api/v1/auth"
FILES_NAME = "tms_files"
FILES_PATH = "/api/v1/files"


def keep(response: Response, request: Request, services: Services, token: str, kept_until: float | None) -> None:
    """Set the cookies; `kept_until` in Unix seconds, None for as long as the browser is open."""
    for name, path in ((NAME, PATH), (FILES_NAME, FILES_PATH)):
        response.set_cookie(
            name,
            token,
            max_age=None if kept_until is None else max(1, math.ceil(kept_until - time.time())),
            path=path,
            secure=request.url.scheme == "https" or (services.settings.public_url or "").startswith("https:"),
            httponly=True,
            samesite="lax",
        )


def forget(response: Response) -> None:
    """Delete the cookies."""
    for name, path in ((NAME, PATH), (FILES_NAME, FILES_PATH)):
        response.delete_cookie(name, path=path, httponly=True, samesite="lax")


async def caller_for_files(request: Request, services: Services) -> Caller:
    """Whoever our cookie or the host's names, for a page that may use them. Raises ChatError."""
    token = request.cookies.get(FILES_NAME)
    if token is None:
        return await caller(request, services, None)
    check_origin(request, services)
    found = await services.auth.caller(token)
    if found.claims.origin == "cookie":  # it lives as long as the host's cookie that it came from
        at_host = await services.auth.cookie_caller(cookie_header(request.headers))
        if at_host is None or at_host.id != found.id:
            raise TokenRefused("token_expired", "the host's cookie it came from is gone, or is somebody else's now")
    return found
