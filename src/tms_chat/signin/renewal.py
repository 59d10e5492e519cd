"""Staying signed in: which of the things a browser may show makes its next short session."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tms_chat.core.errors import ChatError
from tms_chat.db.engine import Database
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
    """The bearer to go on with, and the cookie that leads back to it.

    `kept_until` in Unix seconds; None while the browser is open: after that the host is asked who is there now.
    """

    user: User
    token: str
    cookie: str
    kept_until: float | None


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


async def leave(db: Database, auth: Authenticator, shown: Shown) -> bool:
    """End the session of this browser, by whatever it shows: also a bearer whose minutes are over, and the cookie.

    False when our cookie is somebody else's, who signed in with this browser meanwhile: they stay signed in. Raises
    ChatError when nothing of it names a session.
    """
    is_ours = True
    ending: list[Caller] = []
    refusal: ChatError = TokenRefused("token_missing", "no token and no cookie")
    if shown.bearer:
        try:
            ending.append(await auth.leaving_caller(shown.bearer))
        except ChatError as error:
            refusal = error
    try:
        by_cookie = await _by_cookie(auth, shown)
        if by_cookie is not None:
            is_ours = all(by_cookie.id == caller.id for caller in ending)
            ending += [by_cookie] if is_ours else []
    except ChatError as error:
        refusal = refusal if shown.bearer else error
    if not ending:
        raise refusal
    for caller in ending:
        await sessions.sign_out(db, caller)
    return is_ours


async def _by_cookie(auth: Authenticator, shown: Shown) -> Caller | None:
    """Ours, else the host's where nothing else was shown: signing out here is not signing out there."""
    if shown.own_cookie is not None:
        shown.check_origin()
        return await auth.leaving_caller(shown.own_cookie)
    return None if shown.bearer else await _at_host(auth, shown, sign_in=False)


def _begin(auth: Authenticator, caller: Caller, origin: Origin) -> Resumed:
    cookie = sessions.exchange(auth.local.key, caller.id, caller.claims.expires_at, caller.checked_at, origin)
    return Resumed(caller.user, sessions.go_on(auth.local.key, auth.local.decode(cookie)), cookie, None)


async def _go_on(auth: Authenticator, shown: Shown, caller: Caller) -> Resumed:
    """The same session for the next minutes; one that came from the host's cookie ends with that cookie."""
    claims: Claims = caller.claims
    if claims.origin == "cookie":
        at_host = await _at_host(auth, shown, sign_in=False)
        if at_host is None or at_host.id != caller.id:
            raise TokenRefused("token_expired", "the host's cookie it came from is gone, or is somebody else's now")
    cookie = sessions.go_on(auth.local.key, claims, math.inf)
    return Resumed(caller.user, sessions.go_on(auth.local.key, claims), cookie, None)
