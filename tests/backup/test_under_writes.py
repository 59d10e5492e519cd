"""`tms backup` while everybody writes, killed half-way, and `tms restore`, as an operator runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.durability.ledger import read_ledger
from tests.durability.volley import Volley
from tests.socket.device import Device
from tests.socket.host import INSIDE_A_HOST, Host
from tests.support.people import Person, checked
from tests.support.processes import PATH
from tests.support.server import TMS, TmsServer

SENDS = 400
NOTES = b"what was agreed\n" * 5000


@pytest.fixture
def host(start_server: StartServer, database_url: str | None) -> Iterator[Host]:
    people = Host(start_server(DATABASE_URL=database_url, **INSIDE_A_HOST))
    yield people
    people.close()


async def tms(server: TmsServer, *words: str, **env: str) -> tuple[int, str]:
    """Exit code and output of a command with this server's settings."""
    process = await asyncio.create_subprocess_exec(
        str(TMS), *words, cwd=server.folder, env={"PATH": PATH, **server.env, **env},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_a_backup_under_writes_is_one_moment_of_it(
    host: Host, database: Callable[[], str | None], start_server: StartServer
) -> None:
    server = host.server
    people = [host.add(f"Writer {number}") for number in range(4)]
    chat = people[0].group("Busy", *people[1:])
    upload(people[0], chat)
    before = Volley(server, people, chat, 50)
    await before.fire()
    meanwhile = Volley(server, people, chat, SENDS)
    firing = asyncio.ensure_future(meanwhile.fire())
    await meanwhile.reaches(20)
    acknowledged = {*before.answered, *meanwhile.answered}
    code, said = await tms(server, "backup", "../backup")
    assert code == 0, said
    assert "1 files" in said
    await firing
    after = Volley(server, people, chat, 20)
    await after.fire()

    # On a new machine, which has the key and nothing else; then the old one is lost.
    other_url = database()
    env = {} if other_url is None else {"DATABASE_URL": other_url}
    new = start_server(**INSIDE_A_HOST, **env)
    new.stop()
    code, said = await tms(new, "restore", "../backup")
    assert code == 0, said
    whole = await read_ledger(server, chat)
    server.kill()
    new.start()
    restored = await read_ledger(new, chat)
    numbers = [message.number for message in restored.messages]
    assert numbers == list(range(1, restored.last_number + 1))
    assert [row[0] for row in restored.journal] == list(range(1, restored.last_seq + 1))
    assert restored.messages == whole.messages[: restored.last_number]
    stored = restored.by_client_id()
    assert acknowledged <= stored.keys()
    assert not after.answered.keys() & stored.keys()
    assert_notes_open(new, people[0], chat)
    short = ("--seconds", "2", "--clients", "4", "--senders", "2")
    code, said = await tms(new, "verify", "--url", new.base_url, *short)
    assert code == 0, said


def upload(person: Person, chat: str) -> None:
    files = {"file": ("notes.txt", NOTES, "text/plain")}
    checked(person.http.post("/messages/upload", files=files, data={"conversation_id": chat}), 201)


def assert_notes_open(server: TmsServer, person: Person, chat: str) -> None:
    here = Person.with_token(server, person.token, {"id": person.id, "email": person.email, "displayName": person.name})
    first = here.http.get(f"/messages/conversations/{chat}/messages", params={"cursor": "seq:2", "limit": 1}).json()
    (message,) = first["data"]
    path = message["metadata"]["fileUrl"].partition("/api/v1")[2]
    assert here.http.get(path).content == NOTES
    here.close()


async def test_clients_see_by_the_epoch_that_the_history_is_an_older_one(host: Host) -> None:
    server = host.server
    ann = host.add("Ann")
    chat = ann.group("Us", host.add("Ben"))
    ann.send(chat, "kept")
    code, said = await tms(server, "backup", "../backup")
    assert code == 0, said
    ann.send(chat, "after the backup")
    async with Device(server, ann.token) as device:
        before = device.all_of("hello")[0]
    code, said = await tms(server, "restore", "../backup", "--force")
    assert (code, "stop" in said) == (1, True), said  # a server is running
    server.stop()
    code, said = await tms(server, "restore", "../backup", "--force")
    assert code == 0, said
    server.start()
    async with Device(server, ann.token) as device:
        after = device.all_of("hello")[0]
    assert after["epoch"] != before["epoch"]
    assert after["epoch"] in said
    assert after["heads"][chat] == before["heads"][chat] - 1
    answer = checked(ann.http.post("/sync", json={"epoch": before["epoch"], "positions": before["heads"]}), 200)
    assert (answer["epoch"], answer["too_far"], answer["events"]) == (after["epoch"], [chat], [])
    history = ann.http.get(f"/messages/conversations/{chat}/messages").json()["data"]
    assert [message["content"] for message in history] == ["kept"]


async def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(start_server: StartServer) -> None:
    server = start_server(**INSIDE_A_HOST)
    host = Host(server)
    ann = host.add("Ann")
    chat = ann.group("Us", host.add("Ben"))
    for number in range(20):
        files = {"file": (f"{number}.txt", NOTES, "text/plain")}
        checked(ann.http.post("/messages/upload", files=files, data={"conversation_id": chat}), 201)
    process = await asyncio.create_subprocess_exec(
        str(TMS), "backup", "../backup", cwd=server.folder, env={"PATH": PATH, **server.env},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    folder = server.folder.parent
    for _ in range(60_000):
        if process.returncode is not None or unfinished_files(folder):
            break
        await asyncio.sleep(0.001)
    if process.returncode is None:
        process.kill()
    await process.wait()
    if not (folder / "backup").exists():  # else it was quicker than we are
        (left,) = folder.glob(".backup.unfinished-*")
        code, said = await tms(server, "restore", str(left), "--force")
        assert (code, "no finished backup" in said) == (1, True), said
    host.close()


def unfinished_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob(".backup.unfinished-*/files/**/*") if path.is_file()]
