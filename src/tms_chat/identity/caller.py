"""From a bearer token to a `Caller`. REST and Socket.IO use this one door; there is no second decoder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select

from tms_chat.core.clock import from_timestamp
from tms_chat.core.ids import UserId
from tms_chat.core.rules import ADMIN, known_role
from tms_chat.db.engine import Database
from tms_chat.identity.model import revoked_tokens
from tms_chat.identity.providers import IdentityProvider
from tms_chat.identity.tokens import EXPIRY_LEEWAY_SECONDS, Claims, TokenRefused, check_token_form, token_type
from tms_chat.people.actions import add_user, make_user, update_user
from tms_chat.people.model import USER_COLUMNS, User, to_user, users

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified person with the token they showed."""

    user: User
    claims: Claims

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

    def __init__(self, db: Database, providers: Sequence[IdentityProvider]) -> None:
        self._db = db
        self.providers = providers

    @property
    def kinds(self) -> list[str]:
        """The kinds of login a person is offered: the host's when it is configured, else local accounts."""
        kinds = [provider.kind for provider in self.providers]
        return ["host"] if "host" in kinds else kinds

    async def caller(self, token: str | None) -> Caller:
        """The caller behind a token. Raises TokenRefused, which the log explains; asks the database once."""
        try:
            return await self._verified(token)
        except TokenRefused as refusal:
            log.info("token_refused", code=refusal.code, reason=refusal.reason)
            raise

    async def _verified(self, token: str | None) -> Caller:
        token = check_token_form(token)
        kind = token_type(token)
        for provider in self.providers:
            if provider.recognises(kind):
                return await self._identify(provider.decode(token))
        raise TokenRefused(
            "token_invalid", "signed by nobody this server knows; set NEXTAUTH_SECRET for a host's tokens"
        )

    async def _identify(self, claims: Claims) -> Caller:
        revoked = select(revoked_tokens.c.token_hash).where(revoked_tokens.c.token_hash == claims.token_hash).exists()
        statement = select(*USER_COLUMNS, users.c.tokens_valid_after, revoked).where(users.c.id == claims.user_id)
        async with self._db.read() as connection:
            row = (await connection.execute(statement)).first()
            revoked_unknown = row is None and await connection.scalar(select(revoked))
        if row is None:
            if not claims.from_host or revoked_unknown:
                raise TokenRefused("token_invalid", "its user does not exist, or it was revoked")
            return Caller(await self._first_sight(claims), claims)
        user = to_user(row)
        valid_after, is_revoked = row[-2], row[-1]
        if is_revoked:
            raise TokenRefused("token_invalid", "revoked by a sign-out")
        if not user.is_active:
            raise TokenRefused("token_invalid", f"user {user.id} is deactivated")
        if valid_after is not None and claims.issued_at < valid_after.timestamp():
            raise TokenRefused("token_invalid", "issued before the last change of password or deactivation")
        return Caller(await self._refreshed(user, claims) if claims.from_host else user, claims)

    async def _first_sight(self, claims: Claims) -> User:
        """The host vouches for a person we have not met: store them. Two requests at once store them once."""
        user = make_user(
            claims.user_id,
            claims.email or "",
            claims.name,
            known_role(claims.role),
            image=claims.image,
            last_synced_at=from_timestamp(claims.issued_at),
        )
        async with self._db.unit() as unit:
            return await add_user(unit, user)

    async def _refreshed(self, user: User, claims: Claims) -> User:
        """The host's newer token may carry a new name, address, role or picture."""
        issued = from_timestamp(claims.issued_at)
        if user.last_synced_at is not None and user.last_synced_at >= issued:
            return user
        fresh = replace(
            user,
            email=claims.email or user.email,
            name=claims.name or user.name,
            role=known_role(claims.role) if claims.role else user.role,
            is_leader=known_role(claims.role) == "LEADER" if claims.role else user.is_leader,
            image=claims.image or user.image,
        )
        if fresh == user:
            return user
        fresh = replace(fresh, last_synced_at=issued)
        async with self._db.unit() as unit:
            await update_user(unit, fresh)
        return fresh
