"""The rate limits of routes: one line in the route says which."""

from typing import Any

from fastapi import Depends, Request

from tms_chat.core.limits import What
from tms_chat.http.deps import CallerDep, ServicesDep, client_address


class Limited:
    """Counts the request of the caller before it is looked at. Raises ChatError `rate_limited`."""

    def __init__(self, *what: What) -> None:
        self.what = what

    def __call__(self, request: Request, services: ServicesDep, caller: CallerDep) -> None:
        for what in self.what:
            services.limits.take(what, caller.id, client_address(request))


def limited(*what: What) -> Any:
    """For `dependencies=[…]` of a route, which answers 429 then."""
    return Depends(Limited(*what))
