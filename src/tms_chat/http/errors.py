"""Every failure as `{detail, code, requestId}`: one table (`core.errors.CODES`), one place, no text of exceptions."""

from collections.abc import Iterable
from typing import Any

import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, compile_path
from starlette.types import Scope

from tms_chat.core.errors import ChatError
from tms_chat.schema import refusal

log = structlog.get_logger(__name__)

BY_STATUS = {400: "malformed_json", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def problem(scope: Scope, error: ChatError) -> Response:
    """The response for a ChatError."""
    body: dict[str, Any] = {
        "detail": error.wrapping or error.detail,
        "code": error.code,
        "requestId": scope.get("state", {}).get("request_id"),
    }
    if error.errors is not None:
        body["errors"] = error.errors
    elif error.code == "invalid":  # what the schema could not see: `field: what is wrong with it.`
        field, found, text = error.detail.partition(": ")
        body["errors"] = [{"field": field if found else "", "problem": (text or field).rstrip(".")}]
    headers = dict(error.headers or {})
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    elif error.status == 503:
        headers["Retry-After"] = "2"
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(body), error.status, headers, media_type="application/json")


def install(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Register the handlers; `routers` hold every route, to name all methods of a path in a 405."""
    routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
    table = [(compile_path(route.path)[0], route.methods or set()) for route in routes]

    @app.exception_handler(ChatError)
    async def on_chat_error(request: Request, error: ChatError) -> Response:
        return problem(request.scope, error)

    @app.exception_handler(RequestValidationError)
    async def on_validation_error(request: Request, error: RequestValidationError) -> Response:
        problems = error.errors()
        if problems and problems[0]["type"] == "json_invalid":
            return problem(request.scope, ChatError("malformed_json"))
        return problem(request.scope, refusal(list(problems)))

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        code = BY_STATUS.get(error.status_code, "internal" if error.status_code >= 500 else "invalid")
        response = problem(request.scope, ChatError(code))
        response.status_code = error.status_code
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        if error.status_code == 405:  # RFC 9110 §15.5.6: all methods of the path, not those of its first route
            path = request.scope["path"]
            allowed = {method for regex, methods in table if regex.match(path) for method in methods}
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    @app.exception_handler(Exception)
    async def on_anything_else(request: Request, error: Exception) -> Response:
        log.error("unhandled_error", path=request.url.path, method=request.method, exc_info=error)
        return problem(request.scope, ChatError("internal"))
