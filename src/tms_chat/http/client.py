"""The built web client, served from the package: hashed assets for ever, the page itself never from a cache."""

import posixpath
from pathlib import Path, PurePosixPath

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

DIRECTORY = Path(__file__).parent.parent / "client"
SERVER_PATHS = ("/api", "/health", "/socket.io", "/metrics")
SERVICE_WORKER = "/sw.js"
NOT_BUILT = "The web client is not built: run `make setup`, or install the wheel, which contains it. The API answers.\n"


class WebClient:
    """GET and HEAD outside the server's own paths: a file of the client, else its page (it routes by path itself)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.files = StaticFiles(directory=DIRECTORY, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        ours = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if not ours or path.startswith(tuple(f"{prefix}/" for prefix in SERVER_PATHS)) or path in SERVER_PATHS:
            await self.app(scope, receive, send)
            return
        response = await self._respond(path, scope)
        # A third of the bytes on a slow line; the API's answers are left alone.
        await GZipMiddleware(response, minimum_size=1000)(scope, receive, send)

    async def _respond(self, path: str, scope: Scope) -> Response:
        if path.startswith("//") or posixpath.normpath(path) != (path.rstrip("/") or "/"):
            # `..` must not reach the page without its policy.
            return PlainTextResponse("There is no such file.\n", 404)
        if path == "/config.json":
            return JSONResponse({}, headers={"Cache-Control": "no-store"})  # same origin: nothing to configure
        if path.startswith("/assets/"):
            file = await self._file(path, scope)
            if file is not None:
                file.headers["Cache-Control"] = "public, max-age=31536000, immutable"
                return file
        elif PurePosixPath(path).suffix and path != "/index.html":
            file = await self._file(path, scope)
            if file is not None:
                file.headers["Cache-Control"] = "public, max-age=3600"
                if path == SERVICE_WORKER:
                    # It outlives the page: the next one is looked for at each start, and none reaches another site.
                    file.headers["Cache-Control"] = "no-cache"
                    file.headers["Content-Security-Policy"] = "default-src 'self'"
                return file
        else:
            page = await self._file("/index.html", scope)
            if page is None:
                return PlainTextResponse(NOT_BUILT, 503)
            page.headers["Cache-Control"] = "no-cache"
            page.headers["Content-Security-Policy"] = _policy(scope)
            return page
        return PlainTextResponse("There is no such file.\n", 404)

    async def _file(self, path: str, scope: Scope) -> Response | None:
        try:
            return await self.files.get_response(path.lstrip("/"), scope)
        except HTTPException:
            return None


def _policy(scope: Scope) -> str:
    # 'self' covers ws:// to the own host in current browsers; older Safari needs it spelled out.
    host = Headers(scope=scope).get("host", "")
    sockets = (
        f" ws://{host} wss://{host}"
        if host.isascii() and host and all(c.isalnum() or c in ".-:[]" for c in host)
        else ""
    )
    return (
        f"default-src 'self'; connect-src 'self'{sockets}; img-src 'self' data: blob: https:; "
        "media-src 'self' blob:; worker-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
