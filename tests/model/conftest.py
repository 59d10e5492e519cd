"""One server for all examples: each of them brings in people of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.socket.host import Host, running_host


@pytest.fixture(scope="module")
def host(database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server inside a host product, once on each database."""
    with running_host(tmp_path_factory.mktemp("model"), database()) as host:
        yield host
