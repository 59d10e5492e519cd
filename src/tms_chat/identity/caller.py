"""From a token to a `Caller`. REST and Socket.IO use this one door; there is no second decoder."""

import time
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select

from tms_chat.core.clock import from_timestamp
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.core.rules import ADMIN, Rights
from tms_chat.db.engine import Database
from tms_chat.db.prepared import Row
from tms_chat.db.types import moment
from tms_chat.directory.service import Directory
from tms_chat.identity.cookies import host_cookies
from tms_chat.identity.model import revoked_tokens
from tms_chat.identity.providers import HostProvider, IdentityProvider, LocalProvider
from tms_chat.identity.standing import (
    IS_LEADER,
    SYNCED_AT,
    VerifiedTokens,
    objection,
    objection_in,
)
from tms_chat.identity.tokens import EXPIRY_LEEWAY_SECONDS, Claims, TokenRefused, check_token_form, token_type
from tms_chat.people.actions import add_user, make_user, update_user
from tms_chat.people.model import USER_COLUMNS, User, to_user, users

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified person with the token they showed.

    `checked_at` is the moment before it was looked whether the token still counts (Unix seconds): a session that is
    made from it begins then, so that a sign-out in between ends it.
    """

    user: User
    claims: Claims
    checked_at: float

    @property
    def id(self) -> UserId:
        """The user id."""
        return self.user.id

    @property
    def is_admin(self) -> bool:
        """Whether this person administers the server."""
        return self.user.role == ADMIN

    @property
    def closes_at(self) -> float:
        """Unix seconds at which a socket with this token is closed."""
        return self.claims.expires_at + EXPIRY_LEEWAY_SECONDS


class Authenticator:
    """Verifies tokens with the configured providers and knows who they belong to."""

    def __init__(
        self,
        db: Database,
        local: LocalProvider,
        host: HostProvider | None = None,
        directory: Directory | None = None,
        rights: Rights | None = None,
    ) -> None:
        self._db = db
        self._rights = rights or Rights()
        self.local = local
        self.host = host
        self.directory = directory
        self._verified = VerifiedTokens(self._decode)

    @property
    def providers(self) -> list[IdentityProvider]:
        """Ours first."""
        return [self.local] if self.host is None else [self.local, self.host]

    @property
    def kinds(self) -> list[str]:
        """The kinds of login a person is offered: the host's when it is configured, else local accounts."""
        return [self.local.kind] if self.host is None else [self.host.kind]

    async def caller(self, token: str | None) -> Caller:
        """The caller behind a bearer token. Raises TokenRefused, which the log explains; asks the database once."""
        with _explained():
            return await self._identify(self.decode(token))

    async def cookie_caller(self, header: str, *, sign_in: bool = False) -> Caller | None:
        """The caller behind the host's cookie in a Cookie header; None when there is no such cookie.

        The request's origin was checked by whoever calls this. Of several cookies (an old one beside the new one) the
        first that is valid counts.
        """
        found = host_cookies(header) if self.host is not None else []
        refusal: TokenRefused | None = None
        for name, token in found:
            try:
                if sign_in:
                    return await self.sign_in(token, name)
                with _explained():
                    return await self._identify(self.decode(token, name))
            except TokenRefused as error:
                refusal = error
        if refusal is not None:
            raise refusal
        return None

    async def sign_in(self, token: str | None, cookie: str | None = None) -> Caller:
        """The caller behind a token of the host, after the host was asked about them, when it can be asked at all.

        Raises ChatError: TokenRefused, `account_deactivated`, `host_unavailable` for somebody never seen before.
        """
        with _explained():
            claims = self.decode(token, cookie)
            if not claims.from_host:
                raise TokenRefused("token_invalid", "a token of ours, where one of the host was expected")
            if self.directory is None:
                return await self._identify(claims, deactivated="account_deactivated")
            await self._ask_host(self.directory, claims)
            return await self._identify(claims, deactivated="account_deactivated")

    async def renewal_caller(self, token: str) -> Caller:
        """The caller behind a token of ours whose own minutes may be over while its session lives."""
        with _explained():
            if not self.local.recognises(token_type(check_token_form(token))):
                raise TokenRefused("token_invalid", "only our own tokens are renewed")
            return await self._identify(self.local.decode_for_renewal(token), deactivated="account_deactivated")

    async def leaving_caller(self, token: str) -> Caller:
        """The caller who ends a session: with any token, also one of ours that would have to be renewed first."""
        with _explained():
            if self.local.recognises(token_type(check_token_form(token))):
                return await self._identify(self.local.decode_for_renewal(token))
            return await self._identify(self.decode(token))

    def decode(self, token: str | None, cookie: str | None = None) -> Claims:
        """The verified claims, whoever they belong to. Raises TokenRefused."""
        token = check_token_form(token)
        return self._verified.claims(token) if cookie is None else self._decode(token, cookie)

    def _decode(self, token: str, cookie: str | None = None) -> Claims:
        kind = token_type(token)
        # The host's cookie holds the host's session: one of ours in it would outlive it.
        providers = self.providers if cookie is None else self.providers[1:]
        for provider in providers:
            if provider.recognises(kind):
                return provider.decode(token, cookie)
        raise TokenRefused(
            "token_invalid", "signed by nobody this server knows; set NEXTAUTH_SECRET for a host's tokens"
        )

    async def _ask_host(self, directory: Directory, claims: Claims) -> None:
        """Bring what is known of them up to date; who is known waits briefly, and goes on when the host is away."""
        if not await self._is_known(claims.user_id):
            await directory.fetch(claims.user_id, vouched_at=claims.issued_at)
            return
        try:
            await directory.refresh(claims.user_id, vouched_at=claims.issued_at)
        except ChatError as error:
            if error.code != "host_unavailable":
                raise

    async def _is_known(self, user_id: UserId) -> bool:
        async with self._db.read() as connection:
            return (await connection.execute(select(users.c.id).where(users.c.id == user_id))).first() is not None

    def counts(self, claims: Claims, row: Row | None) -> bool:
        """Whether this row, which begins like one of `STANDING`, lets the token through as it is.

        Whoever hears no goes the ordinary way (`caller`), which says what is wrong, meets people for the first time and
        takes over what a newer token of the host says of them.
        """
        if row is None or objection_in(claims, row) is not None:
            return False
        if not claims.from_host or self.directory is not None:
            return True
        if not self._is_news(row, claims):
            return True
        return row[SYNCED_AT] is not None and moment(row[SYNCED_AT]).timestamp() >= claims.issued_at

    async def objection(self, claims: Claims) -> str | None:
        """What speaks against these verified claims (revoked, outdated, deactivated), for the operator; else None."""
        return (await self._look_up(claims))[1]

    async def _look_up(self, claims: Claims) -> tuple[User | None, str | None]:
        """The person as stored, if at all, and what speaks against the token, if anything; one question."""
        revoked = select(revoked_tokens.c.token_hash).where(revoked_tokens.c.token_hash == claims.token_hash).exists()
        statement = select(*USER_COLUMNS, users.c.tokens_valid_after, revoked).where(users.c.id == claims.user_id)
        async with self._db.read() as connection:
            row = (await connection.execute(statement)).first()
            is_revoked = row[-1] if row is not None else await connection.scalar(select(revoked))
        user, valid_after = (to_user(row), row[-2]) if row is not None else (None, None)
        return user, objection(claims, user.is_active if user is not None else None, valid_after, bool(is_revoked))

    async def _identify(self, claims: Claims, *, deactivated: str = "token_invalid") -> Caller:
        checked_at = time.time()
        user, objection = await self._look_up(claims)
        if objection is not None:
            if user is not None and not user.is_active and deactivated != "token_invalid":
                raise ChatError(deactivated)
            raise TokenRefused("token_invalid", objection)
        if user is None:
            return Caller(await self._first_sight(claims), claims, checked_at)
        fresh = claims.from_host and self.directory is None
        return Caller(await self._refreshed(user, claims) if fresh else user, claims, checked_at)

    async def _first_sight(self, claims: Claims) -> User:
        """The host vouches for a person we have not met: store them. Two requests at once store them once."""
        if self.directory is not None:
            found = await self.directory.fetch(claims.user_id, vouched_at=claims.issued_at)
            if found is None:
                raise TokenRefused("token_invalid", f"the host's user API does not know {claims.user_id}")
            return found
        user = make_user(
            claims.user_id,
            claims.email or "",
            claims.name,
            self._rights.role(claims.role),
            image=claims.image,
            last_synced_at=from_timestamp(claims.issued_at),
        )
        async with self._db.unit() as unit:
            return await add_user(unit, user)

    async def _refreshed(self, user: User, claims: Claims) -> User:
        """The host's newer token may carry a new name, address, role or picture."""
        fresh = self._as_told(user, claims)
        if fresh is not user:
            async with self._db.unit() as unit:
                await update_user(unit, fresh)
        return fresh

    def _as_told(self, user: User, claims: Claims) -> User:
        """The person as these claims have them; the same object when they say nothing new."""
        issued = from_timestamp(claims.issued_at)
        if user.last_synced_at is not None and user.last_synced_at >= issued:
            return user
        role = self._rights.role(claims.role)
        fresh = replace(
            user,
            email=claims.email or user.email,
            name=claims.name or user.name,
            role=role if claims.role else user.role,
            is_leader=role == "LEADER" if claims.role else user.is_leader,
            image=claims.image or user.image,
        )
        return user if fresh == user else replace(fresh, last_synced_at=issued)

    def _is_news(self, row: Row, claims: Claims) -> bool:
        """Whether `_as_told` would change this row for these claims, were they the newest: told with each request."""
        _, email, _, _, _, _, name, image, role = row[:9]
        if (claims.email or email) != email or (claims.name or name) != name or (claims.image or image) != image:
            return True
        if not claims.role:
            return False
        told = self._rights.role(claims.role)
        return told != role or (told == "LEADER") != bool(row[IS_LEADER])


class _explained:  # noqa: N801  (used like a function: `with _explained():`)
    """Logs why a token was refused: the caller hears the code only."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TokenRefused):
            log.info("token_refused", code=error.code, reason=error.reason)
