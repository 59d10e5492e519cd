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
_rows: list[report.Figures] = []


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
    return Stage(title, setup, tmp_path, shared, lambda figures: record_property("figures", figures), IS_FULL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long is for `make test-faults`."""
    if ALL:
        return
    long = [item for item in items if item.get_closest_marker("full") is not None]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The figures of a row, as soon as it has ended."""
    _say(report)


def _say(ended: pytest.TestReport) -> None:
    if ended.when != "call":
        return
    for name, figures in ended.user_properties:
        if name == "figures" and isinstance(figures, dict):
            if ended.passed:
                _rows.append(figures)
            if ALL:
                print(f"\n{report.line(figures)}", flush=True)  # noqa: T201


def pytest_sessionfinish() -> None:
    """The table, when it was asked for, of the rows that are as they should be."""
    if ALL and os.environ.get("PUBLISH") and _rows:
        report.publish(_rows, is_full=IS_FULL)
