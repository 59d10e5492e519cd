"""Structured logs on stderr: JSON lines, or a readable form on a terminal. Never a token, a key or message text."""

import logging
import sys
from typing import Any

import structlog


def configure_logs(*, debug: bool, worker: int | None = None) -> None:
    """Send structlog and the standard library's loggers (uvicorn's too) the same way; of several processes each line
    says the number of its `worker`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]
    if worker is not None:
        shared.append(lambda _logger, _method, line: {"worker": worker} | line)
    if sys.stderr.isatty():
        # The default shows local variables: passwords, tokens and message text.
        renderer: Any = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer()
    level = logging.DEBUG if debug else logging.INFO
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    # Their requests, frames and pictures (and where these were taken) hold what must not be in a log; ours say what
    # happened without it.
    for name in (
        "uvicorn.access",
        "aiosqlite",
        "asyncio",
        "alembic",
        "sqlalchemy",
        "httpx",
        "httpcore",
        "PIL",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # What they call errors are the mistakes of clients, who could fill the disk with them; ours are logged by us.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
