"""Health: does the process answer, can it do its work, is the socket side configured as the operator thinks?"""

import asyncio
import tempfile
import time
from typing import Any, Literal

from fastapi import APIRouter, Response

from tms_chat import __version__
from tms_chat.core.errors import ChatError
from tms_chat.http.deps import Services, ServicesDep, answer
from tms_chat.http.discovery import SOCKET_PATH, TRANSPORTS
from tms_chat.schema import SnakeAnswer

router = APIRouter(prefix="/health", tags=["health"])


class Health(SnakeAnswer):
    """Liveness."""

    status: Literal["healthy"] = "healthy"
    environment: str
    version: str = __version__


class Check(SnakeAnswer):
    """One dependency, really exercised."""

    status: Literal["ok", "degraded", "failed"]
    detail: str
    ms: float


class Readiness(SnakeAnswer):
    """`unavailable` and `draining` come with 503: a balancer should send nobody here. `degraded` serves."""

    status: Literal["ready", "degraded", "unavailable", "draining"]
    checks: dict[str, Check]


class SocketConfig(SnakeAnswer):
    """How Socket.IO is served."""

    cors_origins: list[str]
    path: str
    transports: list[str]


class SocketHealth(SnakeAnswer):
    """The socket side of this process; `degraded` while it does not hear the others, and why."""

    status: Literal["configured", "degraded"]
    websocket_endpoint: str
    active_connections: int
    reason: str | None
    config: SocketConfig


@router.head("", include_in_schema=False)
@router.get("", response_model=Health)
async def get_health(services: ServicesDep) -> Response:
    """The process answers; it says nothing about its dependencies."""
    return answer(Health(environment=services.settings.environment))


@router.head("/ready", include_in_schema=False)
@router.get("/ready", response_model=Readiness, responses={503: {"model": Readiness}})
async def get_readiness(services: ServicesDep) -> Response:
    """One line for each dependency; 503 when the database or the data directory fails, or while stopping."""
    checks = {
        "database": await _timed(_check_database(services)),
        "bus": _check_bus(services),
        "storage": await _timed(_check_storage(services)),
    }
    if services.directory is not None:
        host = await _timed(services.directory.check())
        checks["host_api"] = host.model_copy(update={"status": "degraded"}) if host.status == "failed" else host
    failed = any(check.status == "failed" for check in checks.values())
    degraded = any(check.status == "degraded" for check in checks.values())
    status: Literal["ready", "degraded", "unavailable", "draining"] = (
        "draining" if services.draining else "unavailable" if failed else "degraded" if degraded else "ready"
    )
    serves = status in ("ready", "degraded")
    content = Readiness(status=status, checks=checks)
    return answer(content, 200 if serves else 503, {} if serves else {"Retry-After": "2"})


@router.get("/websocket", response_model=SocketHealth)
async def get_socket_health(services: ServicesDep) -> Response:
    """Where Socket.IO is, for which origins, and how many sockets this process holds."""
    _, problem = services.bus()
    config = SocketConfig(cors_origins=list(services.origins.allowed), path=SOCKET_PATH, transports=list(TRANSPORTS))
    return answer(
        SocketHealth(
            status="configured" if problem is None else "degraded",
            websocket_endpoint=f"{SOCKET_PATH}/",
            active_connections=services.count_sockets(),
            reason=problem,
            config=config,
        )
    )


def _check_bus(services: Services) -> Check:
    """Never a reason to send nobody here: a dead bus would remove every process at once."""
    label, problem = services.bus()
    return Check(status="ok" if problem is None else "degraded", detail=problem or label, ms=0)


async def _timed(work: Any) -> Check:
    started = time.perf_counter()
    try:
        detail = await work
        status: Literal["ok", "degraded", "failed"] = "ok"
    except (ChatError, OSError) as error:
        detail, status = getattr(error, "detail", None) or "the data directory cannot be written", "failed"
    return Check(status=status, detail=detail, ms=round((time.perf_counter() - started) * 1000, 1))


async def _check_database(services: Services) -> str:
    await services.db.ping()
    return services.db.dialect


async def _check_storage(services: Services) -> str:
    await asyncio.to_thread(_check_folder, services)
    return await services.files.check()


def _check_folder(services: Services) -> None:
    # Uploads arrive there, wherever they are kept.
    with tempfile.TemporaryFile(dir=services.settings.data_dir) as probe:
        probe.write(b"can it be written?")
        probe.flush()
