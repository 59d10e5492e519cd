"""Staying signed in: which of the things a browser may show makes its next short session."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tms_chat.identity import sessions
from tms_chat.identity.caller import Authenticator, Caller
from tms_chat.identity.cookies import host_cookies
from tms_chat.identity.tokens import Claims, Origin, TokenRefused
from tms_chat.people.model import User


@dataclass(frozen=True, slots=True)
class Shown:
    """What came with the request. `check_origin` raises ChatError unless the page may use cookies here."""

    host_token: str | None
    bearer: str | None
    own_cookie: str | None
    cookie_header: str
    check_origin: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Resumed:
    """The bearer to go on with, and the cookie that leads back to it until `ends_at` (Unix seconds)."""

    user: User
    token: str
    cookie: str
    ends_at: float


async def resume(auth: Authenticator, shown: Shown) -> Resumed:
    """The session of this browser. Raises ChatError: TokenRefused, `origin_not_allowed`, `account_deactivated`."""
    if auth.host is None:
        return await _resume_local(auth, shown)
    if shown.host_token:
        return _begin(auth, await auth.sign_in(shown.host_token), "token")
    if shown.bearer:
        return await _go_on(auth, shown, await auth.renewal_caller(shown.bearer))
    try:
        at_host = await _at_host(auth, shown, sign_in=True)
    except TokenRefused:
        if shown.own_cookie is None:
            raise
        at_host = None
    if at_host is not None:
        return _begin(auth, at_host, "cookie")
    if shown.own_cookie is None:
        raise TokenRefused("token_missing", "no token and no cookie")
    shown.check_origin()
    return await _go_on(auth, shown, await auth.renewal_caller(shown.own_cookie))


async def _resume_local(auth: Authenticator, shown: Shown) -> Resumed:
    if shown.own_cookie:
        shown.check_origin()
    caller = await auth.caller(shown.own_cookie)
    token = sessions.renewed(auth.local.key, caller, shown.own_cookie or "")
    return Resumed(caller.user, token, token, auth.decode(token).expires_at)


async def _at_host(auth: Authenticator, shown: Shown, *, sign_in: bool) -> Caller | None:
    """Whoever the host's cookie names; None without one."""
    if not host_cookies(shown.cookie_header):
        return None
    shown.check_origin()
    return await auth.cookie_caller(shown.cookie_header, sign_in=sign_in)


def _begin(auth: Authenticator, caller: Caller, origin: Origin) -> Resumed:
    cookie = sessions.exchange(auth.local.key, caller.id, caller.claims.expires_at, origin)
    claims = auth.local.decode(cookie)
    return Resumed(caller.user, sessions.go_on(auth.local.key, claims), cookie, claims.expires_at)


async def _go_on(auth: Authenticator, shown: Shown, caller: Caller) -> Resumed:
    """The same session for the next minutes; one that came from the host's cookie ends with that cookie."""
    claims: Claims = caller.claims
    if claims.origin == "cookie":
        at_host = await _at_host(auth, shown, sign_in=False)
        if at_host is None or at_host.id != caller.id:
            raise TokenRefused("token_expired", "the host's cookie it came from is gone, or is somebody else's now")
    ends_at = claims.session_ends_at or claims.expires_at
    cookie = sessions.go_on(auth.local.key, claims, math.inf)
    return Resumed(caller.user, sessions.go_on(auth.local.key, claims), cookie, ends_at)
