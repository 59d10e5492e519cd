"""A database that a newer version has migrated: an older one must not touch it."""

from __future__ import annotations

from tests.durability.ledger import ask
from tests.socket.host import Host


async def test_a_database_with_a_newer_schema_is_refused_with_one_sentence_and_left_alone(host: Host) -> None:
    server = host.server
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    ana.send(conversation_id, "still here afterwards")
    assert server.stop() == 0
    before = server.stderr
    current = await ask(server, "SELECT version_num FROM alembic_version")
    await ask(server, "UPDATE alembic_version SET version_num = '9999'")
    server.launch()
    assert server.wait() == 1
    said = server.stderr.removeprefix(before).strip()
    assert len(said.splitlines()) == 1
    assert said.startswith("tms: ")
    assert "9999" in said
    assert "newer" in said
    assert await ask(server, "SELECT version_num FROM alembic_version") == [("9999",)]
    await ask(server, f"UPDATE alembic_version SET version_num = '{current[0][0]}'")
    server.start()
    page = ana.http.get(f"/messages/conversations/{conversation_id}/messages").json()
    assert [message["content"] for message in page["data"]] == ["still here afterwards"]
