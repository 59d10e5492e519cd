"""How often one person, and everybody behind one address together, may do what: counted here, in memory.

Several processes tell each other what they counted (`limiters`), see `realtime.spending`.
"""

import re
from collections.abc import Mapping
from typing import Literal, get_args

from tms_chat.core.errors import ChatError
from tms_chat.core.rate import Limiter, Rate

What = Literal["sends", "changes", "typing", "searches", "uploads", "handshakes"]

SECONDS = {"s": 1, "min": 60, "h": 3600}
RATE = re.compile(r"([1-9][0-9]{0,5}) */ *(s|min|h)(?: +burst +([1-9][0-9]{0,5}))?")


def parse_rate(text: str) -> Rate:
    """`10/s burst 30`, `20/min`: so many in a second, minute or hour, and so many at once (as many, unless said).

    Raises ValueError with a sentence.
    """
    found = RATE.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is not a rate like '10/s burst 30' or '20/min' (s, min or h)")
    count, burst = int(found[1]), int(found[3] or found[1])
    return Rate(burst, burst * SECONDS[found[2]] / count)


class Limits:
    """`rates` are per person; an address has `per_address` times as much, for the office behind it.

    Handshakes are counted per person only, so that an office can come back after a restart; failed ones per address.
    """

    def __init__(
        self, rates: Mapping[What, Rate], *, failed_handshakes: Rate, per_address: int, enforced: bool
    ) -> None:
        assert rates.keys() == set(get_args(What))
        self._people = {what: Limiter(rate) for what, rate in rates.items()}
        self._addresses = {
            what: Limiter(Rate(rate.burst * per_address, rate.seconds))
            for what, rate in rates.items()
            if what != "handshakes"
        }
        self._failed = Limiter(failed_handshakes)
        self.enforced = enforced

    @property
    def limiters(self) -> dict[str, Limiter]:
        """All counters by name."""
        found: dict[str, Limiter] = dict(self._people.items())
        found |= {f"{what} of an address": limiter for what, limiter in self._addresses.items()}
        return found | {"failed handshakes": self._failed}

    def take(self, what: What, user_id: str, address: str) -> None:
        """Count one. Raises ChatError `rate_limited`, and then counts nothing."""
        buckets = [(self._people[what], user_id)]
        if what in self._addresses:
            buckets.append((self._addresses[what], address))
        self._take(buckets)

    def allows(self, what: What, user_id: str, address: str) -> bool:
        """The same for what is dropped without a word."""
        try:
            self.take(what, user_id, address)
        except ChatError:
            return False
        return True

    def take_failed_handshake(self, address: str) -> None:
        """Count one that was refused for its token. Raises ChatError `rate_limited` above the limit."""
        self._take([(self._failed, address)])

    def _take(self, buckets: list[tuple[Limiter, str]]) -> None:
        wait = max((limiter.wait(key) or 0 for limiter, key in buckets), default=0)
        if wait and self.enforced:
            raise ChatError("rate_limited", f"That is too fast: try again in {wait} s.", retry_after=wait)
        for limiter, key in buckets:
            limiter.count(key)
