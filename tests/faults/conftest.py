"""The fault suite: `make test-faults` runs all of it in full length, `make test` its cheap rows, shortened.

`FAULTS=short` runs every row, each shortened: to see whether they still work.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.faults import report
from tests.faults.cluster import Setup
from tests.faults.stage import Stage
from tests.support.postgres import Postgres

ALL = os.environ.get("FAULTS") in ("short", "full")
IS_FULL = os.environ.get("FAULTS") == "full"
_ended: list[report.Ended] = []


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, record_property: Any) -> Stage:
    """For one row on one installation; see `stage.row`."""
    title: str
    setup: Setup
    title, setup = request.param

    def shared() -> Postgres:
        pg: Postgres = request.getfixturevalue("pg")
        return pg

    # Here and not later: an event loop is running when a row asks for it.
    if setup.database == "postgresql":
        shared()
    return Stage(title, setup, tmp_path, shared, record_property, IS_FULL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long is for `make test-faults`."""
    if ALL:
        return
    long = [item for item in items if item.get_closest_marker("full") is not None]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a row found, as soon as it has ended; and into the table, when that was asked for and all is well."""
    if ALL:
        _note(report)


def _note(step: pytest.TestReport) -> None:
    told = dict(step.user_properties)
    if "row" not in told or (step.when != "call" and not step.failed):
        return
    figures: Any = told.get("figures")
    ended = report.Ended(str(told["row"]), step.duration, figures, report.reason(step.longrepr) if step.failed else "")
    _ended.append(ended)
    print(f"\n{ended}", flush=True)  # noqa: T201
    if step.passed and figures and os.environ.get("PUBLISH"):
        report.publish(figures, is_full=IS_FULL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Every row in one line, those that failed last."""
    if not _ended:
        return
    terminalreporter.section("faults")
    for row in sorted(_ended, key=lambda row: bool(row.failure)):
        terminalreporter.write_line(str(row))
