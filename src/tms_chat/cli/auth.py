"""`tms auth explain`: why a token or cookie is refused, in one line, without printing it or a secret."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter

from tms_chat.app import open_services
from tms_chat.core.errors import ChatError, StartError
from tms_chat.identity.cookies import cookie_pairs, host_cookies
from tms_chat.identity.host_tokens import SESSION_COOKIES
from tms_chat.identity.keys import load_own_key
from tms_chat.identity.providers import HostProvider, LocalProvider
from tms_chat.identity.tokens import OWN_TYPE, Claims, TokenRefused, check_token_form, token_type
from tms_chat.logs import configure_logs
from tms_chat.settings import Settings, load_settings

auth = App(name="auth", help="Look into sign-in.")


@auth.command
def explain(
    token: Annotated[
        str | None,
        Parameter(help="A token, `Bearer <token>`, or a cookie as name=value (all chunks); read from stdin when '-'."),
    ] = "-",
) -> int:
    """Say in one line whether this server accepts a token or cookie, and why not. Exit code 1 when it does not."""
    text = sys.stdin.read() if token in (None, "-") else str(token)
    configure_logs(debug=False)
    settings = load_settings()
    try:
        claims = _decode(settings, text.strip().removeprefix("Cookie:").strip())
    except TokenRefused as refusal:
        print(f"Refused ({refusal.code}): {refusal.reason}.")
        return 1
    until = datetime.fromtimestamp(claims.expires_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    state = asyncio.run(_state(settings, claims))
    if state is not None:
        print(f"Refused: the token is right (user {claims.user_id}, until {until}), but {state}.")
        return 1
    whose = "a token of the host" if claims.from_host else "a session of this server"
    print(f"Accepted: {whose}, user {claims.user_id}, until {until}.")
    return 0


def _decode(settings: Settings, text: str) -> Claims:
    host = HostProvider(settings.host_secrets)
    if "=" in text:  # no token has one
        return _decode_cookies(host, text)
    token = check_token_form(text.removeprefix("Bearer ").strip())
    if token_type(token) == OWN_TYPE:
        return LocalProvider(load_own_key(settings), hosted=bool(settings.host_secrets)).decode(token)
    return host.decode(token)


def _decode_cookies(host: HostProvider, header: str) -> Claims:
    refusal: TokenRefused | None = None
    for name, token in host_cookies(header):
        try:
            return host.decode(check_token_form(token), name)
        except TokenRefused as error:
            refusal = error
    if refusal is not None:
        raise refusal
    known = ", ".join(SESSION_COOKIES)
    for name, value in cookie_pairs(header).items():
        if name.startswith(tuple(f"{cookie}." for cookie in SESSION_COOKIES)):
            raise TokenRefused("token_invalid", "its chunks are not .0, .1 … without a gap, eight at most")
        if _is_good(host, value):
            raise TokenRefused("token_invalid", f"a good session, but in the cookie {name}: this server reads {known}")
    raise TokenRefused("token_missing", f"no session cookie of a host: this server reads {known}")


def _is_good(host: HostProvider, token: str) -> bool:
    try:
        host.decode(check_token_form(token))
    except TokenRefused:
        return False
    return True


async def _state(settings: Settings, claims: Claims) -> str | None:
    """What the database says against it: revoked, deactivated, outdated; None when nothing."""
    try:
        async with open_services(settings) as services:
            return await services.auth.objection(claims)
    except (StartError, ChatError) as error:
        return f"the database cannot be asked about its person ({error})"
