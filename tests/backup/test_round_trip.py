"""What is restored is what was backed up, on the same database and on the other; what is damaged changes nothing."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from tests.backup.place import epoch, file_bytes, place, rows
from tests.rest.in_process import open_app
from tests.rest.scene import make_scene
from tests.support.postgres import Postgres
from tms_chat.backup.make import make_backup
from tms_chat.backup.restore import restore
from tms_chat.core.errors import StartError
from tms_chat.db.migrate import only_server
from tms_chat.people.model import User


async def filled(data: Path, database_url: str | None) -> User:
    """Everything that a group can have in it: a poll, a picture, a reaction, a reply, somebody who left. One of its
    members."""
    async with open_app(data, database_url) as app:
        scene = await make_scene(app)
        text = {"conversation_id": scene.names["{conversation_id}"], "content": "北京 “Straße”\n🎉"}
        first = await scene.ask("member", "POST", "/messages/", json=text)
        await scene.ask("admin", "POST", "/messages/", json=text | {"reply_to_id": first["id"]})
        return scene.people["member"]


@pytest.fixture
def other_url(database_url: str | None, request: pytest.FixtureRequest) -> str | None:
    """A new database of the kind that `database_url` is not."""
    if database_url is not None:
        return None
    pg: Postgres = request.getfixturevalue("pg")
    return pg.fresh_database()


async def test_it_comes_back_on_either_database(
    tmp_path: Path, database: Callable[[], str | None], database_url: str | None, other_url: str | None
) -> None:
    member = await filled(tmp_path / "data", database_url)
    async with place(tmp_path / "data", database_url) as here:
        made = await make_backup(here.db, here.store, tmp_path / "first")
    assert (made.files, made.missing) == (len(file_bytes(tmp_path / "first")), ())
    assert made.files >= 1
    assert is_checked_by_the_usual_tool(tmp_path / "first")

    for name, url in (("same", database()), ("other", other_url)):
        async with place(tmp_path / name, url) as there:
            done = await restore(there.db, there.store, tmp_path / "first")
            assert (done.rows, done.files) == (made.rows, made.files)
            assert done.epoch != epoch(tmp_path / "first")
            await make_backup(there.db, there.store, tmp_path / f"{name}-again")
        assert rows(tmp_path / f"{name}-again") == rows(tmp_path / "first")
        assert file_bytes(tmp_path / f"{name}-again") == file_bytes(tmp_path / "first")
        assert epoch(tmp_path / f"{name}-again") == done.epoch
        # The search finds what was restored: its index is made by the rows going in.
        async with open_app(tmp_path / name, url) as app:
            found = await app.http.post("/api/v1/messages/search", headers=app.bearer(member), json={"query": "straß"})
            assert len(found.json()["data"]) == 2, found.text


def is_checked_by_the_usual_tool(backup: Path) -> bool:
    sums = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    return subprocess.run(sums, cwd=backup, check=False).returncode == 0


def cut_short(backup: Path) -> None:
    path = backup / "tables" / "messages.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-1])


def change_a_file(backup: Path) -> None:
    path = next(path for path in (backup / "files").rglob("*") if path.is_file())
    path.write_bytes(path.read_bytes() + b"!")


def take_a_file_away(backup: Path) -> None:
    next(path for path in (backup / "files").rglob("*") if path.is_file()).unlink()


def bring_a_file(backup: Path) -> None:
    (backup / "files" / "stranger").write_bytes(b"")


def never_finish(backup: Path) -> None:
    (backup / "SHA256SUMS").unlink()


async def test_a_damaged_backup_is_refused_before_anything_is_changed(
    tmp_path: Path, database: Callable[[], str | None], database_url: str | None
) -> None:
    await filled(tmp_path / "data", database_url)
    target = database()
    for number, (damage, said) in enumerate([
        (cut_short, "tables/messages.jsonl.gz is not what was written"),
        (change_a_file, "is not what was written"),
        (take_a_file_away, "is missing"),
        (bring_a_file, "files/stranger does not belong to it"),
        (never_finish, "no finished backup"),
    ]):  # fmt: skip
        backup = tmp_path / f"backup{number}"
        async with place(tmp_path / "data", database_url) as here:
            await make_backup(here.db, here.store, backup)
        damage(backup)
        async with place(tmp_path / "target", target) as there:
            with pytest.raises(StartError, match=said):
                await restore(there.db, there.store, backup)
    assert list((tmp_path / "target" / "files").rglob("*")) == []
    async with place(tmp_path / "target", target) as there:
        with pytest.raises(StartError, match="has schema none"):
            await make_backup(there.db, there.store, tmp_path / "nothing")
    assert not names_with("nothing", tmp_path)


def names_with(part: str, folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if part in path.name]


async def test_what_is_in_use_is_replaced_with_force_only_and_never_under_a_server(
    tmp_path: Path, database_url: str | None
) -> None:
    data = tmp_path / "data"
    await filled(data, database_url)
    async with place(data, database_url) as here:
        await make_backup(here.db, here.store, tmp_path / "before")
        with pytest.raises(StartError, match="is there already"):
            await make_backup(here.db, here.store, tmp_path / "before")
    async with open_app(data, database_url) as app:
        await app.person("Nora New")
    async with place(data, database_url) as here:
        with pytest.raises(StartError, match="add --force"):
            await restore(here.db, here.store, tmp_path / "before")
    async with place(data, database_url) as server, place(data, database_url) as here, server.db.read():
        with (
            only_server(server.db),
            pytest.raises(StartError, match=r"Another TMS Chat server|other connections"),
        ):
            await restore(here.db, here.store, tmp_path / "before", force=True)
    async with place(data, database_url) as here:
        await restore(here.db, here.store, tmp_path / "before", force=True)
        await make_backup(here.db, here.store, tmp_path / "after")
    assert rows(tmp_path / "after") == rows(tmp_path / "before")


async def test_a_backup_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, database: Callable[[], str | None], database_url: str | None
) -> None:
    """The tables of that version are made and filled, and what came later is added as at a start."""
    await filled(tmp_path / "data", database_url)
    for name in ("newer", "older"):
        async with place(tmp_path / "data", database_url) as here:
            await make_backup(here.db, here.store, tmp_path / name)
    as_of_0004(tmp_path / "older")
    async with place(tmp_path / "target", database()) as there:
        await restore(there.db, there.store, tmp_path / "older")
        await make_backup(there.db, there.store, tmp_path / "again")
    assert rows(tmp_path / "again") == rows(tmp_path / "newer")


def as_of_0004(backup: Path) -> None:
    """What that version would have written: it did not note where in the journal somebody joined."""
    manifest = orjson.loads((backup / "manifest.json").read_bytes())
    columns = manifest["tables"]["members"]["columns"]
    at = list(columns).index("joined_seq")
    del columns["joined_seq"]
    (backup / "manifest.json").write_bytes(orjson.dumps(manifest | {"schema": "0004"}))
    path = backup / "tables" / "members.jsonl.gz"
    kept = [row[:at] + row[at + 1 :] for row in rows(backup)[path.name]]
    path.write_bytes(gzip.compress(b"\n".join(orjson.dumps(row) for row in kept)))
    reseal(backup)


async def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    await filled(tmp_path / "data", None)
    backup = tmp_path / "backup"
    async with place(tmp_path / "data", None) as here:
        await make_backup(here.db, here.store, backup)
    manifest = orjson.loads((backup / "manifest.json").read_bytes())
    (backup / "manifest.json").write_bytes(orjson.dumps(manifest | {"schema": "9999"}))
    reseal(backup)
    async with place(tmp_path / "target", None) as there:
        with pytest.raises(StartError, match="newer than this version"):
            await restore(there.db, there.store, backup)


def reseal(backup: Path) -> None:
    """Checksums of what is there now."""
    names = sorted(str(path.relative_to(backup)) for path in backup.rglob("*") if path.is_file())
    sums = [(hashlib.sha256((backup / name).read_bytes()).hexdigest(), name) for name in names if name != "SHA256SUMS"]
    (backup / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for digest, name in sums))
