"""Every route of the application, from the application itself: a walk over them misses none that is added later."""

from __future__ import annotations

import re

from fastapi.routing import APIRoute

from tms_chat.app import ROUTERS
from tms_chat.http.limits import Limited

ALL = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
#: Where HEAD is answered too, it is the same route without a body.
ROUTES = [(method, route.path) for route in ALL for method in sorted(route.methods or ()) if method != "HEAD"]
#: Those with a rate limit, and which.
RATED = {
    (method, route.path): depends.dependency.what
    for route in ALL
    for depends in route.dependencies
    if isinstance(depends.dependency, Limited)
    for method in sorted(route.methods or ())
}
PATHS = sorted({route.path for route in ALL})
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"}


def concrete(path: str) -> str:
    """The path with ids that name nothing."""
    return re.sub(r"\{[^}]*\}", "unknown", path)


def methods_of(address: str) -> set[str]:
    """What may be asked of this address."""
    return {method for route in ALL if route.path_regex.match(address) for method in route.methods or ()} - {"HEAD"}
