"""What routes ask for: the services of this server and the caller of this request."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from weakref import WeakValueDictionary

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPBearer
from joserfc.jwk import OctKey
from starlette.datastructures import Headers
from starlette.responses import Response

from tms_chat.conversations.listed import MemberLists
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.core.limits import Limits
from tms_chat.core.rate import Limiter, Rate
from tms_chat.db.engine import Database
from tms_chat.directory.service import Directory
from tms_chat.files.service import FileStore
from tms_chat.host.signature import check_signature
from tms_chat.http.origins import OriginPolicy
from tms_chat.identity.caller import Authenticator, Caller
from tms_chat.identity.cookies import host_cookies
from tms_chat.messages.views import Views
from tms_chat.previews.service import Previews
from tms_chat.schema import Answer, Problem, SignInProblem
from tms_chat.settings import Settings

LOGINS_PER_ACCOUNT = Rate(10, 15 * 60)
LOGINS_PER_ADDRESS = Rate(30, 15 * 60)
#: Which state of a conversation's journal an answer shows.
SEQ_HEADER = "X-Conversation-Seq"
AT_ONCE = 8  # an office behind one address arrives together
WRONG_GUESSES = frozenset({"credentials_invalid", "password_wrong", "setup_link_invalid", "invitation_invalid"})
WRONG_GUESSES |= {"api_key_invalid", "webhook_signature_invalid"}


class LoginGuard:
    """Wrong attempts per account and per address. A success counts nothing, and neither does an outage.

    A few attempts of an address at a time: many sent at once must not all be looked at before the first has counted.
    """

    def __init__(self, *, enforced: bool) -> None:
        self.accounts = Limiter(LOGINS_PER_ACCOUNT)
        self.addresses = Limiter(LOGINS_PER_ADDRESS)
        self._enforced = enforced
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @property
    def limiters(self) -> dict[str, Limiter]:
        """Both counters by name."""
        return {"logins of an account": self.accounts, "logins of an address": self.addresses}

    @asynccontextmanager
    async def attempt(self, address: str, account: str = "") -> AsyncIterator[None]:
        """Around the check of a secret. Raises ChatError `rate_limited` instead of letting it be checked."""
        self._check(address, account)
        turns = self._turns.setdefault(address, asyncio.Semaphore(AT_ONCE))
        async with turns:
            self._check(address, account)
            try:
                yield
            except ChatError as error:
                if error.code in WRONG_GUESSES:
                    self.addresses.count(address)
                    if account:
                        self.accounts.count(account)
                raise

    def _check(self, address: str, account: str) -> None:
        # The address first: whoever used up theirs must not use up the account of somebody else as well.
        wait = self.addresses.wait(address) or (self.accounts.wait(account) if account else None)
        if wait is not None and self._enforced:
            minutes = max(1, round(wait / 60))
            raise ChatError("rate_limited", f"Too many wrong attempts: try again in {minutes} min.", retry_after=wait)


@dataclass(slots=True)
class Services:
    """Everything a route may use; made once by the composition root."""

    settings: Settings
    db: Database
    auth: Authenticator
    own_key: OctKey
    origins: OriginPolicy
    logins: LoginGuard
    limits: Limits
    directory: Directory | None
    files: FileStore
    previews: Previews
    epoch: str
    member_lists: MemberLists = field(default_factory=MemberLists)
    views: Views = field(default_factory=Views)
    # Asked of the socket server, which this layer does not know: who is connected, and how many sockets there are.
    online: Callable[[], Sequence[UserId]] = tuple
    count_sockets: Callable[[], int] = int
    # What the bus is, and what is wrong with it.
    bus: Callable[[], tuple[str, str | None]] = lambda: ("none", None)
    draining: bool = False


def services(request: Request) -> Services:
    """The services of this server."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


ServicesDep = Annotated[Services, Depends(services)]

_bearer = HTTPBearer(auto_error=False, description="A session token of ours, or one of the host.")


def bearer_token(request: Request, _documented: Annotated[Any, Security(_bearer)] = None) -> str | None:
    """The token of `Authorization: Bearer …` (RFC 6750 §2.1), or None."""
    return shown_token(request.headers)


def shown_token(headers: Headers) -> str | None:
    """The same of these headers."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


BearerDep = Annotated[str | None, Depends(bearer_token)]


async def caller(request: Request, services: ServicesDep, token: BearerDep) -> Caller:
    """The verified caller, from the bearer token or else the host's cookie; raises ChatError `token_*`."""
    cookies = "" if token or services.auth.host is None else cookie_header(request.headers)
    if cookies and host_cookies(cookies):
        check_origin(request, services)
        found = await services.auth.cookie_caller(cookies)
        if found is not None:
            return found
    return await services.auth.caller(token)


CallerDep = Annotated[Caller, Depends(caller)]


def cookie_header(headers: Headers) -> str:
    """All Cookie headers as one (HTTP/2 may split them, RFC 9113 §8.2.3)."""
    return "; ".join(headers.getlist("cookie"))


def client_address(request: Request) -> str:
    """The peer's address; forwarded headers count only from TRUSTED_PROXIES (the HTTP server applies them)."""
    return request.client.host if request.client else "unknown"


def check_origin(request: Request, services: Services) -> None:
    """For requests that a cookie authenticates: the page must be ours or an allowed one.

    A browser sends no Origin with a GET to the page's own server; `Sec-Fetch-Site`, which no script can set, says so.
    """
    origin = request.headers.get("origin")
    if origin is None and request.method in ("GET", "HEAD"):
        if request.headers.get("sec-fetch-site") == "same-origin":
            return
        raise ChatError("origin_not_allowed", "A cookie alone is not enough: send the token as a bearer token.")
    if origin is None or not services.origins.accepts(origin, request.scope):
        raise ChatError("origin_not_allowed")


def answer(content: Answer, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A REST answer rendered once, in camelCase."""
    return rendered(content.rest(), status, headers)


def rendered(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A REST answer that is JSON already."""
    return Response(content, status, headers, media_type="application/json")


async def host_only(request: Request, services: ServicesDep, x_api_key: Annotated[str, Header()] = "") -> None:
    """For the host product itself: it shows HOST_API_KEY, which is let through whatever others tried.

    Raises ChatError `host_api_off`, `api_key_invalid`.
    """
    key = _inbound_key(services)
    if not hmac.compare_digest(x_api_key.encode(), key.encode()):
        async with services.logins.attempt(client_address(request)):
            raise ChatError("api_key_invalid")


async def host_signed(
    request: Request,
    services: ServicesDep,
    timestamp: Annotated[str, Header(alias="X-TMS-Timestamp", description="Unix seconds, as signed.")] = "",
    signature: Annotated[
        str, Header(alias="X-TMS-Signature", description="v1= and the hex HMAC-SHA256 of timestamp, '.' and body.")
    ] = "",
) -> None:
    """For the host's webhooks. Raises ChatError `host_api_off`, `webhook_signature_invalid`, `webhook_expired`."""
    key = _inbound_key(services)
    try:
        check_signature(key, timestamp, signature, await request.body())
    except ChatError:
        async with services.logins.attempt(client_address(request)):
            raise


def _inbound_key(services: Services) -> str:
    if services.settings.inbound_key is None:
        raise ChatError("host_api_off")
    return services.settings.inbound_key


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the refusals a route may answer with."""
    return {status: {"model": Problem} for status in (*statuses, 422, 500, 503)}


def sign_in_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The same where the refusals of these statuses may be of the form that existing clients sign in with."""
    return problems() | {status: {"model": SignInProblem} for status in statuses}
