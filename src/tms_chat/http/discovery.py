"""What a client asks before it has a token, and what it hears when it asks at the wrong address."""

from typing import Any

import orjson
import structlog
from fastapi import APIRouter, Response
from pydantic import Field
from starlette.types import ASGIApp, Receive, Scope, Send

from tms_chat import __version__
from tms_chat.core.errors import ChatError
from tms_chat.core.text import MAX_MESSAGE_BYTES, MAX_MESSAGE_CHARACTERS
from tms_chat.files.avatars import MAX_AVATAR_BYTES
from tms_chat.files.types import PICTURES, PROGRAM_ENDINGS
from tms_chat.http.deps import ServicesDep, answer, problems
from tms_chat.http.errors import problem
from tms_chat.identity import passwords
from tms_chat.identity.accounts import needs_setup
from tms_chat.schema import Answer

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api/v1", tags=["discovery"])

SOCKET_PATH = "/socket.io"
TRANSPORTS = ("websocket", "polling")


class HostLogin(Answer):
    """How people sign in at the host: its name, the page to go to (`callbackUrl` is appended), and whether
    `/auth/login/credentials` takes its passwords."""

    name: str
    sign_in_url: str | None
    passwords: bool


class Identity(Answer):
    """`kinds` of login: `local` accounts or the `host` product's; whether the first account is still to be made."""

    kinds: list[str]
    setup_required: bool
    host: HostLogin | None


class Limits(Answer):
    """Bounds a client can tell its user about before sending."""

    message_length: int = MAX_MESSAGE_CHARACTERS
    message_bytes: int = MAX_MESSAGE_BYTES
    name_length: int = 255
    group_members: int
    file_bytes: int
    avatar_bytes: int = MAX_AVATAR_BYTES
    avatar_types: list[str] = Field(default_factory=lambda: list(PICTURES))
    refused_endings: list[str] = Field(
        default_factory=lambda: sorted(PROGRAM_ENDINGS),
        description="Files with a name that ends like this are not taken; others may still be, for what is in them.",
    )
    password_min_length: int = passwords.MIN_LENGTH
    password_max_length: int = passwords.MAX_LENGTH


class Config(Answer):
    """Everything a client needs to begin."""

    socket_path: str = SOCKET_PATH
    api_base: str = "/api/v1"
    epoch: str
    version: str = __version__
    identity: Identity
    limits: Limits


@router.get("/config", response_model=Config, responses=problems())
async def get_config(services: ServicesDep) -> Response:
    """What a client needs to begin; no token needed."""
    setup = "local" in services.auth.kinds and await needs_setup(services.db)
    settings, host = services.settings, None
    if services.auth.host is not None:
        passwords = services.directory is not None and services.directory.api.takes_passwords
        host = HostLogin(name=settings.host_label, sign_in_url=settings.sign_in_url, passwords=passwords)
    identity = Identity(kinds=services.auth.kinds, setup_required=setup, host=host)
    limits = Limits(group_members=settings.max_group_members, file_bytes=services.files.max_bytes)
    return answer(Config(epoch=services.epoch, identity=identity, limits=limits))


@router.get("/asyncapi.json", response_model=dict[str, Any], responses=problems())
async def get_asyncapi() -> Response:
    """What is said over sockets, as an AsyncAPI 3 document; no token needed. REST is at `/api/v1/openapi.json`."""
    # Imported when somebody asks, who is rare: making its models takes a tenth of a second of every start.
    from tms_chat.realtime.description import describe_events

    return Response(orjson.dumps(describe_events()), media_type="application/json")


class WrongSocketPath:
    """A request for Socket.IO (or any websocket) anywhere but at /socket.io: 404 and the right path, and one log line.

    A browser cannot read the body of a refused upgrade, but a person with curl, a client that probes with an ordinary
    request, and whoever reads the log can.
    """

    MAX_REMEMBERED = 100

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._warned: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        asks_for_socket = "/socket.io" in path or "/engine.io" in path
        if scope["type"] != "websocket" and not (scope["type"] == "http" and asks_for_socket):
            await self.app(scope, receive, send)
            return
        if path not in self._warned and len(self._warned) < self.MAX_REMEMBERED:
            self._warned.add(path)
            log.warning(
                "wrong_socket_path",
                asked=path[:200],
                right=SOCKET_PATH,
                remedy="Correct the client's socket path.",
            )
        refusal = ChatError(
            "wrong_socket_path",
            f"Socket.IO is served at {SOCKET_PATH}/ on this server, not at {path[:200]}: correct the client's path.",
        )
        response = problem(scope, refusal)
        if scope["type"] == "http":
            await response(scope, receive, send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await send({"type": "websocket.http.response.start", "status": 404, "headers": response.raw_headers})
            await send({"type": "websocket.http.response.body", "body": response.body, "more_body": False})
        else:
            await send({"type": "websocket.close"})
