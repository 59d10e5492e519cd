"""The database is what the code thinks it is, and the API is what its description says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from tests.rest.in_process import open_app
from tests.rest.routes import ROUTES
from tests.support.references import references, resolved
from tms_chat import __version__
from tms_chat.db.trigrams import INDEX as TRIGRAM_INDEX
from tms_chat.db.types import metadata

#: What every version has promised from the first on; more may be there.
PROMISED = {
    "GET /api/v1/config", "POST /api/v1/auth/login/credentials", "POST /api/v1/auth/setup", "POST /api/v1/auth/signup",
    "POST /api/v1/auth/session", "POST /api/v1/auth/logout", "POST /api/v1/auth/password",
    "POST /api/v1/auth/invitations", "GET /api/v1/auth/invitations", "POST /api/v1/auth/invitations/check",
    "DELETE /api/v1/auth/invitations/{invitation_id}", "GET /api/v1/users/me", "GET /api/v1/users/",
    "GET /api/v1/users/{user_id}", "GET /api/v1/users/presence/online", "GET /api/v1/conversations/",
    "POST /api/v1/conversations/", "GET /api/v1/conversations/{conversation_id}",
    "POST /api/v1/conversations/{conversation_id}/mark-read", "POST /api/v1/messages/",
    "GET /api/v1/messages/conversations/{conversation_id}/messages", "GET /health", "GET /health/ready",
    "GET /health/websocket",
}  # fmt: skip


#: The index of the message search, which no model can describe: FTS5 keeps it in tables of its own, and PostgreSQL's
#: has operators of an extension that may be missing.
SEARCH_INDEX = {"message_trigrams", *(f"message_trigrams_{part}" for part in ("config", "data", "idx")), TRIGRAM_INDEX}


def differences(connection: Connection) -> list[Any]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, *_: name not in SEARCH_INDEX,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path, database_url: str | None) -> None:
    async with open_app(tmp_path / "data", database_url) as app, app.services.db.writer.connect() as connection:
        assert await connection.run_sync(differences) == []
        names = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        assert names - SEARCH_INDEX == {*metadata.tables, "alembic_version"}


async def test_a_history_has_an_epoch_of_its_own_that_a_second_start_keeps(
    tmp_path: Path, database: Callable[[], str | None]
) -> None:
    epochs = []
    for name, url in (("one", database()), ("two", database())):
        for _ in range(2):
            async with open_app(tmp_path / name, url) as app:
                epochs.append(app.services.epoch)
    assert epochs[0] == epochs[1] != epochs[2] == epochs[3]


async def test_sqlite_writes_through_a_log_that_survives_a_power_cut(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data") as app, app.services.db.writer.connect() as connection:
        pragmas = {}
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            pragmas[name] = (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.fixture
async def described(tmp_path: Path) -> dict[str, Any]:
    async with open_app(tmp_path / "data") as app:
        answer = await app.http.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_description_names_every_route(described: dict[str, Any]) -> None:
    named = {f"{method} {path}" for method, path, _ in operations(described)}
    # A description knows no parameter that takes slashes.
    assert named == {f"{method} {path.replace(':path}', '}')}" for method, path in ROUTES}
    assert named >= PROMISED


def test_the_description_is_whole(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.")
    assert (described["info"]["title"], described["info"]["version"]) == ("TMS Chat", __version__)
    for reference in references(described):
        assert isinstance(resolved(described, reference), dict), reference


def test_every_operation_is_named_once_and_says_what_it_answers(described: dict[str, Any]) -> None:
    ids = Counter(operation["operationId"] for _, _, operation in operations(described))
    assert [name for name, count in ids.items() if count > 1] == []
    for method, path, operation in operations(described):
        what = f"{method} {path}"
        assert operation["description"], what
        declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), what
        assert any(status.startswith("2") for status in operation["responses"]), what
        for status, response in operation["responses"].items():
            # Nothing to describe: no content, and bytes of any kind.
            if status not in ("204", "304") and "*/*" not in response.get("content", {}):
                assert response["content"]["application/json"]["schema"], f"{what} {status}"


def test_every_refusal_is_described_as_a_problem(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        if path.startswith("/api/"):
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    schema = response["content"]["application/json"]["schema"]
                    name = schema["$ref"].removeprefix("#/components/schemas/")
                    wide = "/auth/" in path  # where existing clients read `detail.message`
                    assert name == "Problem" or (wide and name == "SignInProblem"), f"{method} {path} {status}"
