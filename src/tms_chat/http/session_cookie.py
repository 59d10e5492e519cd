"""The cookie that keeps a browser signed in over a reload.

It is a session token itself, HttpOnly, sent to `/api/v1/auth` only, so that no other request is authenticated by it;
`POST /auth/session` exchanges it for the bearer token, `POST /auth/logout` ends its session. Both need an accepted
Origin.
"""

import math
import time

from fastapi import Request, Response

from tms_chat.http.deps import Services

NAME = "tms_session"
PATH = "/api/v1/auth"


def keep(response: Response, request: Request, services: Services, token: str, kept_until: float | None) -> None:
    """Set the cookie; `kept_until` in Unix seconds, None for as long as the browser is open."""
    response.set_cookie(
        NAME,
        token,
        max_age=None if kept_until is None else max(1, math.ceil(kept_until - time.time())),
        path=PATH,
        secure=request.url.scheme == "https" or (services.settings.public_url or "").startswith("https:"),
        httponly=True,
        samesite="lax",
    )


def forget(response: Response) -> None:
    """Delete the cookie."""
    response.delete_cookie(NAME, path=PATH, httponly=True, samesite="lax")
