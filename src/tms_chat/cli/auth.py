"""`tms auth explain`: why a token or cookie is refused, in one line, without printing it or a secret.

It changes nothing: no folder, no key, no schema is made for it.
"""

import asyncio
import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from alembic.script import ScriptDirectory
from cyclopts import App, Parameter
from joserfc.jwk import OctKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tms_chat.core.errors import ChatError, StartError
from tms_chat.db.engine import Database
from tms_chat.db.migrate import MIGRATIONS
from tms_chat.identity.caller import Authenticator
from tms_chat.identity.cookies import cookie_pairs, host_cookies
from tms_chat.identity.host_tokens import SESSION_COOKIES
from tms_chat.identity.keys import FILE_NAME, load_own_key
from tms_chat.identity.providers import HostProvider, LocalProvider
from tms_chat.identity.tokens import OWN_TYPE, Claims, TokenRefused, check_token_form, token_type
from tms_chat.logs import configure_logs
from tms_chat.settings import Settings, load_settings

MAX_CHARACTERS = 64 * 1024  # what the server takes of a request's head
MAX_NAME = 64
TOKEN_HEADER = re.compile(r"(authorization|x-gcgc-session-token)\s*:\s*", re.IGNORECASE)
COOKIE_HEADER = re.compile(r"cookie\s*:\s*", re.IGNORECASE)
SCHEME = re.compile(r"bearer(\s+|$)", re.IGNORECASE)
CHUNK = re.compile(rf"({'|'.join(map(re.escape, SESSION_COOKIES))})\.")
SQLITE_WAL = b"\x02\x02"  # bytes 18 and 19 of the file's header (sqlite.org/fileformat.html §1.3)

auth = App(name="auth", help="Look into sign-in.")


class NotAsked(Exception):
    """Why the database is left alone."""


@auth.command
def explain(
    token: Annotated[
        str | None,
        Parameter(
            help="A token, `Bearer <token>`, or a cookie as name=value (all chunks); read from stdin when '-'.",
            allow_leading_hyphen=True,
        ),
    ] = "-",
) -> int:
    """Say in one line whether this server accepts a token or cookie, and why not. Exit code 1 when it does not."""
    given = _read_stdin() if token in (None, "-") else str(token)
    configure_logs(debug=False)
    is_accepted, line = _judge(load_settings(), given)
    print(_printable(line))
    return 0 if is_accepted else 1


def _read_stdin() -> str:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    return sys.stdin.read(MAX_CHARACTERS + 1)


def _printable(line: str) -> str:
    """What tokens and cookies are called is anybody's choice: a line break in it would make a second line."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)


def _judge(settings: Settings, given: str) -> tuple[bool, str]:
    try:
        claims = _decode(settings, given)
    except TokenRefused as refusal:
        return False, f"Refused ({refusal.code}): {refusal.reason}."
    until = datetime.fromtimestamp(claims.expires_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    whose = "a token of the host" if claims.from_host else "a session of this server"
    remark = ""
    try:
        objection = asyncio.run(_objection(settings, claims))
    except NotAsked as reason:
        objection, remark = None, f"; the database was not asked ({reason})"
        if not claims.from_host:
            objection, remark = "whose user is not known here", remark
    except (StartError, ChatError, SQLAlchemyError, OSError) as error:
        objection = f"the database cannot be asked about its person ({_first_line(error)})"
    if objection is not None:
        return False, f"Refused: the token is right (user {claims.user_id}, until {until}), but {objection}{remark}."
    return True, f"Accepted: {whose}, user {claims.user_id}, until {until}{remark}."


def _decode(settings: Settings, given: str) -> Claims:
    if len(given) > MAX_CHARACTERS:
        raise TokenRefused("token_invalid", f"longer than {MAX_CHARACTERS} characters: neither a token nor a cookie")
    host = HostProvider(settings.host_secrets)
    value, is_token_header = TOKEN_HEADER.subn("", given.strip(), 1)
    value, is_cookie_header = COOKIE_HEADER.subn("", value, 1)
    value, is_bearer = SCHEME.subn("", value, 1)
    if is_cookie_header or ("=" in value and not is_token_header and not is_bearer):  # no token has one
        return _decode_cookies(host, value)
    token = check_token_form(value)
    if token_type(token) == OWN_TYPE:
        return LocalProvider(_own_key(settings), hosted=bool(settings.host_secrets)).decode(token)
    return host.decode(token)


def _own_key(settings: Settings) -> OctKey:
    path = settings.data_dir / FILE_NAME
    try:
        if settings.jwt_secret is None and not path.exists():
            raise TokenRefused(
                "token_invalid",
                f"a session of TMS Chat, but no key is here: JWT_SECRET is not set, and there is no {path}",
            )
        return load_own_key(settings)
    except OSError as error:
        raise StartError(
            f"The key {path} cannot be read ({error.strerror}): ask as the user the server runs as."
        ) from None


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
        if CHUNK.match(name):
            raise TokenRefused("token_invalid", "its chunks are not .0, .1 … without a gap, eight at most")
        if _is_good(host, value):
            called = name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…"
            raise TokenRefused(
                "token_invalid", f"a good session, but in the cookie {called}: this server reads {known}"
            )
    raise TokenRefused("token_missing", f"no session cookie of a host: this server reads {known}")


def _is_good(host: HostProvider, token: str) -> bool:
    try:
        host.decode(check_token_form(token))
    except TokenRefused:
        return False
    return True


async def _objection(settings: Settings, claims: Claims) -> str | None:
    """What the database says against it: revoked, deactivated, outdated; None when nothing. Raises NotAsked."""
    path = settings.database.path
    if path is not None:
        _check_is_ours(path)
    db = Database(settings.database)
    try:
        await _check_schema(db)
        return await Authenticator(db, LocalProvider(OctKey.generate_key(256))).objection(claims)
    finally:
        await db.close()


def _check_is_ours(path: Path) -> None:
    # Opening it as the server does would make the file, or turn a foreign one into a database with a WAL.
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except FileNotFoundError:
        raise NotAsked(f"{path} is not there yet") from None
    if header[18:] != SQLITE_WAL:
        raise NotAsked(f"{path} is none of this server yet")


async def _check_schema(db: Database) -> None:
    try:
        async with db.reader.connect() as connection:
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42P01" and "no such table" not in str(error.orig):
            raise
        raise NotAsked("it has no tables of this server yet") from None
    if found != ScriptDirectory(str(MIGRATIONS)).get_current_head():
        raise NotAsked(f"its schema {found} is of another version of this server")


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
