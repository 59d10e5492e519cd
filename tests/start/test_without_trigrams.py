"""A database whose owner may not add extensions: the start says so once, and everything works, slower."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from structlog.testing import capture_logs

from tests.rest.in_process import App, open_app
from tests.support.postgres import Postgres


async def found(app: App) -> list[str]:
    ana, bob = await app.person("Ana"), await app.person("Bob")
    body = {"type": "dm", "member_ids": [bob.id]}
    chat = (await app.http.post("/api/v1/conversations/", json=body, headers=app.bearer(ana))).json()["id"]
    body = {"conversation_id": chat, "content": "A needle"}
    await app.http.post("/api/v1/messages/", json=body, headers=app.bearer(ana))
    answer = await app.http.post("/api/v1/messages/search", json={"query": "NEEDLE"}, headers=app.bearer(bob))
    return [hit["content"] for hit in answer.json()["data"]]


async def test_search_works_without_the_extension_and_uses_it_once_it_is_there(pg: Postgres, tmp_path: Path) -> None:
    owner = pg.fresh_database()
    parts = urlsplit(owner)
    limited = owner.replace(parts.netloc, f"limited:secret@127.0.0.1:{parts.port}")
    connection = await asyncpg.connect(owner)
    await connection.execute("CREATE ROLE limited LOGIN PASSWORD 'secret'")
    await connection.execute("GRANT ALL ON SCHEMA public TO limited")
    with capture_logs() as logs:
        async with open_app(tmp_path, limited) as app:
            assert not app.services.db.has_trigrams
            assert await found(app) == ["A needle"]
    (warning,) = [line for line in logs if line["event"] == "search_without_index"]
    assert warning["log_level"] == "warning"
    assert "CREATE EXTENSION pg_trgm" in warning["remedy"]
    await connection.execute("CREATE EXTENSION pg_trgm")
    await connection.close()
    with capture_logs() as logs:
        async with open_app(tmp_path, limited) as app:
            assert app.services.db.has_trigrams
            assert await found(app) == ["A needle"]
    assert "search_without_index" not in [line["event"] for line in logs]
