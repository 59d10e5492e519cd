"""The composition root: the only place that chooses implementations and puts the parts together."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from obstore.exceptions import BaseError
from starlette.types import ASGIApp

from tms_chat import __version__
from tms_chat.blocks.routes import router as blocks_router
from tms_chat.catchup.routes import HOT as HOT_CATCHUP
from tms_chat.catchup.routes import router as catchup_router
from tms_chat.conversations.routes import HOT as HOT_CONVERSATIONS
from tms_chat.conversations.routes import router as conversations_router
from tms_chat.core.errors import StartError
from tms_chat.core.events import Announcement, FilesGone
from tms_chat.db.engine import Database
from tms_chat.db.migrate import migrate
from tms_chat.directory.client import HostApi
from tms_chat.directory.service import Directory
from tms_chat.files.routes import router as files_router
from tms_chat.files.service import FileStore
from tms_chat.groups.routes import router as groups_router
from tms_chat.host.routes import router as host_router
from tms_chat.http import discovery, errors, health
from tms_chat.http.client import WebClient
from tms_chat.http.deps import LoginGuard, Services
from tms_chat.http.hot import HotDoor
from tms_chat.http.middleware import BothSlashes, DeclaredLength, RequestContext
from tms_chat.http.openapi import ABOUT, DescribedApi
from tms_chat.http.origins import Cors, OriginPolicy
from tms_chat.identity.caller import Authenticator
from tms_chat.identity.keys import load_own_key
from tms_chat.identity.providers import HostProvider, LocalProvider
from tms_chat.identity.routes import router as identity_router
from tms_chat.messages.routes import HOT as HOT_MESSAGES
from tms_chat.messages.routes import router as messages_router
from tms_chat.notifications.routes import router as notifications_router
from tms_chat.people.routes import HOT as HOT_PEOPLE
from tms_chat.people.routes import router as people_router
from tms_chat.polls.routes import router as polls_router
from tms_chat.previews.fetch import Fetcher
from tms_chat.previews.routes import router as previews_router
from tms_chat.previews.service import Previews
from tms_chat.realtime.bus.memory import MemoryBus
from tms_chat.realtime.bus.port import Bus
from tms_chat.realtime.bus.postgresql import PostgresqlBus
from tms_chat.realtime.server import SocketServer
from tms_chat.receipts.routes import router as receipts_router
from tms_chat.search.routes import router as search_router
from tms_chat.settings import Settings
from tms_chat.signin.routes import router as signin_router

if TYPE_CHECKING:
    from tms_chat.http.metrics import Figures

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 256 * 1024
#: Forms with a file in them, which their routes count.
COUNTED_ELSEWHERE = (re.compile(r"/api/v1/messages/upload"), re.compile(r"/api/v1/conversations/[^/]+/avatar"))
ROUTERS = (
    discovery.router,
    health.router,
    signin_router,
    identity_router,
    host_router,
    blocks_router,
    people_router,
    # Paths with a name before those with an id in the same place: /messages/search must not be the message "search".
    search_router,
    receipts_router,
    previews_router,
    files_router,
    catchup_router,
    conversations_router,
    groups_router,
    messages_router,
    polls_router,
    notifications_router,
)
# What is answered before all of it, for the requests that are made all the time.
HOT = (*HOT_PEOPLE, *HOT_CONVERSATIONS, *HOT_MESSAGES, *HOT_CATCHUP)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Database opened and migrated, keys loaded, identities configured. Raises StartError."""
    make_folders(settings)
    try:
        own_key = load_own_key(settings)
    except OSError as error:
        raise StartError(
            f"The key in DATA_DIR {settings.data_dir} cannot be read or made ({error.strerror})."
        ) from None
    files = open_files(settings)
    db = Database(settings.database)
    directory = None
    previews = Previews(db, Fetcher(settings.link_preview_hosts) if settings.link_previews == "on" else None)
    try:
        epoch = await migrate(db)
        host = HostProvider(settings.host_secrets) if settings.host_secrets else None
        directory = _open_directory(settings, db)
        yield Services(
            settings=settings,
            db=db,
            auth=Authenticator(db, LocalProvider(own_key, hosted=host is not None), host, directory, settings.rights),
            own_key=own_key,
            origins=OriginPolicy(settings.allowed_origins, settings.public_url),
            logins=LoginGuard(enforced=settings.rate_limits == "on"),
            limits=settings.limits,
            directory=directory,
            files=files,
            previews=previews,
            epoch=epoch,
        )
    finally:
        await previews.close()
        if directory is not None:
            await directory.close()
        await files.close()
        await db.close()


def make_folders(settings: Settings) -> None:
    """Where this server keeps what it has. Raises StartError."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if settings.database.path is not None:
            settings.database.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"DATA_DIR {settings.data_dir} cannot be created ({error.strerror}): name a folder that can."
        ) from None


def open_files(settings: Settings) -> FileStore:
    try:
        return FileStore(
            settings.data_dir,
            settings.files_bucket,
            max_file_mb=settings.max_file_mb,
            quota_mb=settings.files_quota_mb,
            max_disk_percent=settings.files_max_disk_percent,
        )
    except (OSError, BaseError) as error:
        raise StartError(
            f"The file storage cannot be opened ({str(error).partition(chr(10))[0]}): correct FILES_URL or DATA_DIR."
        ) from None


def _open_directory(settings: Settings, db: Database) -> Directory | None:
    if settings.user_management_api_url is None or settings.user_management_api_key is None:
        return None
    return Directory(
        db,
        HostApi(settings.user_management_api_url, settings.user_management_api_key),
        settings.rights,
        refresh_seconds=settings.directory_refresh_seconds,
        resync_seconds=settings.directory_resync_seconds,
    )


def describe_api() -> FastAPI:
    """The routes without a server behind them: enough for its OpenAPI document."""
    api = DescribedApi(
        title="TMS Chat",
        summary="Team chat that lives inside a host product's login.",
        description=ABOUT,
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
    )
    for router in ROUTERS:
        api.include_router(router)
    return api


def create_api(services: Services) -> FastAPI:
    """The REST API: every route, every error handler."""
    api = describe_api()
    api.state.services = services
    errors.install(api, ROUTERS)
    return api


def create_app(services: Services) -> tuple[ASGIApp, SocketServer]:
    """The whole application, from the outside in: the hot door, Socket.IO, CORS, request id, the client's files, the
    API.

    CORS is around everything that answers HTTP except Socket.IO, which sets its own headers from the same policy: two
    `Access-Control-Allow-Origin` headers on one answer are refused by browsers.
    """
    api = create_api(services)
    sockets = SocketServer(
        services.db,
        services.auth,
        services.origins,
        services.epoch,
        bus=_choose_bus(services),
        limits=services.limits,
        limiters=services.limits.limiters | services.logins.limiters,
        sockets_per_user=services.settings.sockets_per_user,
        has_compression=services.settings.socket_compression == "on",
    )

    figures = _open_figures(services)

    async def publish(announced: Sequence[Announcement]) -> None:
        if figures is not None:
            figures.published(announced)
        services.files.forget([key for item in announced if isinstance(item, FilesGone) for key in item.keys])
        await sockets.publisher.publish(announced)
        await services.previews.notice(announced)

    services.db.publish = publish
    services.online = sockets.online
    services.count_sockets = sockets.count
    services.bus = lambda: (sockets.wire.bus.label, sockets.wire.problem())
    paths = [route.path for router in ROUTERS for route in router.routes if hasattr(route, "path")]
    app: ASGIApp = BothSlashes(api, paths)
    app = DeclaredLength(app, MAX_BODY_BYTES, elsewhere=COUNTED_ELSEWHERE)
    app = WebClient(app)
    app = discovery.WrongSocketPath(app)
    if figures is not None:
        app = figures.around(app)
    app = RequestContext(app, services.origins.own)
    app = Cors(app, services.origins)
    return HotDoor(sockets.around(app), services, HOT), sockets


def _choose_bus(services: Services) -> Bus:
    settings, db = services.settings, services.db
    if db.dialect != "postgresql":
        if settings.redis_url is not None:
            log.warning("redis_not_used", reason="One process serves SQLite and has nobody to tell.")
        return MemoryBus()
    if settings.redis_url is not None:
        from tms_chat.realtime.bus.redis import RedisBus  # costs a tenth of a second at the start

        return RedisBus(settings.redis_url, services.epoch)
    return PostgresqlBus(db.postgresql_arguments)


def _open_figures(services: Services) -> "Figures | None":
    if services.settings.metrics == "off":
        return None
    from tms_chat.http.metrics import Figures  # as rarely

    return Figures(services)


def log_start(services: Services, address: str) -> None:
    """What the operator wants to see first."""
    log.info(
        "started",
        version=__version__,
        environment=services.settings.environment,
        address=address,
        allowed_origins=list(services.origins.allowed),
        own_origin=services.settings.public_url or "scheme and Host of each request",
        socket_path=discovery.SOCKET_PATH,
        database=services.db.url.label,
        bus=services.bus()[0],
        files=services.files.label,
        identity=services.auth.kinds,
        host=services.settings.host_base or "none",
        user_api=services.settings.user_management_api_url or "none",
        data_dir=str(services.settings.data_dir.resolve()),
    )
