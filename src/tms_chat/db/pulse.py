"""Whether PostgreSQL still answers. A disk that hangs or a machine that is suspended refuses nothing: statements just
do not end, and each would hold its request until the driver gives up, for as long as an honest long statement may take.

When something has waited for a moment, one question that cannot take long is asked beside it, and once more: a machine
with too much to do may be late with one. Without an answer everybody who waits is told, and everybody who comes, until
there is one.
"""

import asyncio
from types import TracebackType
from typing import Any, Final

import structlog

from tms_chat.core.errors import ChatError
from tms_chat.db.aside import connected
from tms_chat.db.away import POSTGRESQL_ERRORS

log = structlog.get_logger(__name__)

#: Between two looks at who waits.
LOOK_SECONDS: Final = 0.5
#: So long a statement may take before anybody wonders.
WAITED_SECONDS: Final = 1.5
#: So long the question may take.
ANSWER_SECONDS: Final = 1.5
#: So many of them, one after the other, stay without an answer where nothing answers any more.
QUESTIONS: Final = 2


class Pulse:
    """Of one database; `arguments` are those of the driver's `connect`."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self._arguments = arguments
        self._unanswered = 0  # questions, one after the other
        self.waiting: dict[asyncio.Timeout, float] = {}  # since when, the longest first
        self._task: asyncio.Task[None] | None = None

    @property
    def is_frozen(self) -> bool:
        """Nothing answers any more."""
        return self._unanswered >= QUESTIONS

    def watch(self) -> None:
        """Somebody waits; needs the running loop."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Look at nobody any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except Exception:
                log.exception("pulse_failed")  # and the next look: nobody else would find out that it is over

    async def _look(self) -> None:
        longest = next(iter(self.waiting.values()), None)
        if not self.is_frozen and (longest is None or asyncio.get_running_loop().time() - longest < WAITED_SECONDS):
            self._unanswered = 0
            return
        was_frozen = self.is_frozen
        self._unanswered = 0 if await self._answers() else self._unanswered + 1
        if self.is_frozen:
            for timeout in list(self.waiting):
                if not timeout.expired():  # by an earlier look, and it takes its time to let go of a connection
                    timeout.reschedule(0)
        if self.is_frozen != was_frozen:
            log.warning("database_frozen" if self.is_frozen else "database_answers_again")

    async def _answers(self) -> bool:
        """Whatever it answers: an error comes to those who ask by itself."""
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                connected(self._arguments, ANSWER_SECONDS) as connection,
            ):
                await connection.fetchval("SELECT 1")
        except TimeoutError:
            return False
        except POSTGRESQL_ERRORS:
            return True
        return True


class Watched:
    """Around what asks the database, `async with`: ends with TimeoutError when it does not answer at all. Raises
    ChatError `unavailable` at once where that is known."""

    __slots__ = ("_pulse", "_timeout")

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._timeout = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        if self._pulse.is_frozen:
            raise ChatError("unavailable", retry_after=2)
        await self._timeout.__aenter__()
        self._pulse.waiting[self._timeout] = asyncio.get_running_loop().time()
        self._pulse.watch()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._pulse.waiting[self._timeout]
        await self._timeout.__aexit__(kind, error, trace)
