"""A row: one fault, on several installations; and what a row has to work with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.faults import report
from tests.faults.cluster import Cluster, Setup
from tests.faults.crowd import Crowd
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer
from tms_chat.verify.verdict import Verdict

Test = Callable[..., Any]
Length = TypeVar("Length", int, float)
#: Then the row has failed, and the next begins.
SECONDS = 900
#: For the end of one that has.
ENDING_SECONDS = 180


def row(title: str, *, on: Sequence[Setup], short: Sequence[Setup] = ()) -> Callable[[Test], Any]:
    """A test with a `stage` on each of these; those of `short` are run, shortened, with every other test too."""

    def decorate(test: Test) -> Any:
        cases = [
            pytest.param((title, setup), id=setup.name, marks=[] if setup in short else [pytest.mark.full])
            for setup in on
        ]

        @wraps(test)
        async def bounded(stage: Stage) -> None:
            # What pytest-timeout raises may end in any task, and be kept there.
            async with within(SECONDS):
                await test(stage)

        return pytest.mark.timeout(SECONDS + ENDING_SECONDS)(
            pytest.mark.parametrize("stage", cases, indirect=True)(bounded)
        )

    return decorate


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Fails when it takes longer."""
    scope = asyncio.timeout(seconds)
    try:
        async with scope:
            yield
    except TimeoutError as late:
        if scope.expired():
            raise AssertionError(f"the row took longer than {seconds:g} s") from late
        raise


class Stage:
    """`is_full`: everything as long as it takes; else as short as still means something."""

    def __init__(
        self,
        title: str,
        setup: Setup,
        folder: Path,
        shared: Callable[[], Postgres],
        tell: Callable[[str, Any], None],
        full: bool,
    ) -> None:
        tell("row", f"{title} · {setup.label}")
        self.setup = setup
        self.is_full = full
        self.folder = folder
        self._title = title
        self._shared = shared
        self._tell = tell

    def lasts(self, short: Length, full: Length) -> Length:
        """One or the other."""
        return full if self.is_full else short

    @asynccontextmanager
    async def cluster(
        self, *, own_database: bool = False, database_at: Path | None = None, **options: Any
    ) -> AsyncIterator[Cluster]:
        """The installation, running; with `own_database` on a PostgreSQL that nobody else uses, whose files are in a
        new folder `database_at`, where that matters."""
        with self._postgres(own_database, database_at) as pg, self._redis() as redis:
            cluster = Cluster(self.folder, self.setup, pg, redis=redis, **options)
            try:
                await cluster.start()
                yield cluster
            finally:
                cluster.close()

    @contextmanager
    def _postgres(self, own: bool, home: Path | None) -> Iterator[Postgres | None]:
        if self.setup.database != "postgresql":
            yield None
        elif not own:
            yield self._shared()
        else:
            with Postgres(home) as pg:
                yield pg

    @contextmanager
    def _redis(self) -> Iterator[RedisServer | None]:
        if not self.setup.with_redis:
            yield None
            return
        redis = RedisServer()
        try:
            redis.start()
            yield redis
        finally:
            redis.stop()

    def found(self, crowd: Crowd, verdict: Verdict, note: str) -> None:
        """Say what was found, and fail when it is anything."""
        self._tell("figures", report.figures_of(self._title, self.setup.label, verdict, note))
        judge(crowd, verdict)


def judge(crowd: Crowd, verdict: Verdict) -> None:
    """Fails with what is wrong."""
    told = "\n".join(f"{found.kind} {found.count}: {found.sentence} {found.examples}" for found in verdict.findings)
    assert verdict.is_good, told
    assert not crowd.surprises, crowd.surprises
    assert verdict.acknowledged, "nobody said anything"
