"""Rate limits over all nodes: what one counted is told to the others once a second, and counts there too.

In between each node lets through what it knows nothing against: of a limit of ten a second N nodes may give N times ten
in the first second, and ten a second from then on.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from tms_chat.core.rate import Limiter

TELL_SECONDS: Final = 1.0
KEYS_A_MESSAGE: Final = 100
MOST_AT_ONCE: Final = 10_000


class Spending:
    """`limiters` by a name that all nodes give them."""

    def __init__(self, limiters: Mapping[str, Limiter]) -> None:
        self._limiters = limiters

    def listen(self, has_others: bool) -> None:
        """Remember what is counted, if there is anybody to tell."""
        for limiter in self._limiters.values():
            if has_others and limiter.spent is None:
                limiter.spent = {}
            elif not has_others:
                limiter.spent = None

    def tell(self, say: Callable[[dict[str, Any], str | None], None]) -> None:
        """What was counted here since the last time."""
        for name, limiter in self._limiters.items():
            if not limiter.spent:
                continue
            spent, limiter.spent = list(limiter.spent.items()), {}
            for start in range(0, len(spent), KEYS_A_MESSAGE):
                part = dict(spent[start : start + KEYS_A_MESSAGE])
                say({"what": "spent", "limit": name}, orjson.dumps(part).decode())

    def heard(self, about: Mapping[str, Any], payload: str | None) -> None:
        """What another node counted. Raises KeyError, TypeError or ValueError for what is none of it."""
        limiter = self._limiters.get(about["limit"])
        if limiter is None:
            return  # of another version
        for key, times in orjson.loads(payload or "{}").items():
            limiter.add(key, min(max(0, int(times)), MOST_AT_ONCE))
