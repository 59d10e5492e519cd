"""What the file store promises, the same on the local disk and on S3."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import ObjectStore

from tests.files.conftest import as_fields
from tests.rest.in_process import open_app
from tests.support.s3 import S3
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import uuid7
from tms_chat.files.actions import storage_key
from tms_chat.files.bucket import parse_bucket
from tms_chat.files.storage import CHUNK_BYTES, delete, open_store, probe, put, read
from tms_chat.files.sweep import sweep


@pytest.fixture
def store(place: Callable[[], dict[str, str]], folder: Path) -> ObjectStore:
    settings = place()
    bucket = parse_bucket(
        settings.get("FILES_URL"),
        endpoint=settings.get("FILES_S3_ENDPOINT"),
        region=None,
        key_id=settings.get("FILES_S3_ACCESS_KEY_ID"),
        secret=settings.get("FILES_S3_SECRET_ACCESS_KEY"),
    )
    return open_store(bucket, folder)


async def content(store: ObjectStore, key: str, start: int, end: int) -> bytes:
    return b"".join([chunk async for chunk in read(store, key, start, end)])


async def test_it_can_be_probed_and_nothing_of_that_is_left(store: ObjectStore) -> None:
    await probe(store, "probe/1")
    assert await obstore.list(store).collect_async() == []


async def test_what_is_stored_comes_back_whole_and_in_part(store: ObjectStore, folder: Path) -> None:
    stored = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"the end"
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(stored)
        file.seek(0)
        await put(store, "ab/one", file)
    await put(store, "ab/two", b"small")
    size = len(stored)
    for start, end in ((0, size), (0, 1), (size - 7, size), (CHUNK_BYTES - 1, CHUNK_BYTES + 1), (5, 2 * CHUNK_BYTES)):
        assert await content(store, "ab/one", start, end) == stored[start:end]
    assert await content(store, "ab/two", 0, 5) == b"small"


async def test_a_file_larger_than_one_part_is_put_together_again(store: ObjectStore, folder: Path) -> None:
    part = bytes(range(256)) * 4096
    with tempfile.TemporaryFile(dir=folder) as file:
        for number in range(12):
            file.write(bytes([number]) * 10 + part)
        file.seek(0)
        await put(store, "ab/large", file)
    size = 12 * (len(part) + 10)
    assert (await obstore.head_async(store, "ab/large"))["size"] == size
    assert await content(store, "ab/large", size - len(part) - 10, size) == bytes([11]) * 10 + part


async def test_a_file_on_the_local_disk_is_on_the_disk_when_its_message_is_stored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []

    def fsync(handle: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{handle}"))

    store = open_store(None, folder)
    monkeypatch.setattr(os, "fsync", fsync)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"x" * 6_000_000)  # more than one part
        file.seek(0)
        await put(store, "ab/one", file)
    root = (folder / "files").resolve()
    assert flushed == [str(root / "ab/one"), str(root / "ab"), str(root)]


async def test_what_is_not_there_is_not_found_and_may_be_deleted(store: ObjectStore) -> None:
    with pytest.raises(ChatError, match="file_not_found"):
        await content(store, "ab/none", 0, 1)
    await put(store, "ab/one", b"x")
    await delete(store, ["ab/none", "ab/one", "ab/one"])
    with pytest.raises(ChatError, match="file_not_found"):
        await content(store, "ab/one", 0, 1)


async def test_only_what_nothing_points_at_is_swept_and_only_when_it_is_old(
    database_url: str | None, place: Callable[[], dict[str, str]], folder: Path
) -> None:
    from tests.files.person import Sender
    from tests.support.media import picture

    async with open_app(folder / "data", database_url, **as_fields(place())) as app:
        ana, bob = await Sender.new(app, "Ana"), await Sender.new(app, "Bob")
        chat = await ana.direct(bob)
        sent = await ana.sends_file(chat, picture("PNG", (800, 600)), "large.png")
        store, db = app.services.files.store, app.services.db
        key = storage_key(uuid7())
        for orphan in (key, f"{key}.thumbnail", f"probe/{uuid7()}"):
            await put(store, orphan, b"x")
        for foreign in ("backup.tar", "ab/notes.txt", f"other/{key}", f"{key}.bak"):
            await put(store, foreign, b"x")
        assert await sweep(db, store) == 0  # all of it is young
        assert await sweep(db, store, now() + timedelta(minutes=1)) == 3
        assert await sweep(db, store, now() + timedelta(minutes=1)) == 0
        for name in ("fileUrl", "thumbnailUrl"):
            assert (await bob.opens(sent["metadata"][name])).status_code == 200
        for foreign in ("backup.tar", "ab/notes.txt", f"other/{key}", f"{key}.bak"):
            assert await content(store, foreign, 0, 1) == b"x"


async def test_a_server_with_the_wrong_database_removes_nothing(
    database: Callable[[], str | None], place: Callable[[], dict[str, str]], folder: Path
) -> None:
    from tests.files.person import Sender

    fields, soon = as_fields(place()), now() + timedelta(minutes=1)
    async with open_app(folder / "data", database(), **fields) as app:
        ana, bob = await Sender.new(app, "Ana"), await Sender.new(app, "Bob")
        sent = await ana.sends_file(await ana.direct(bob), b"precious")
        store = app.services.files.store
        assert await sweep(app.services.db, store, soon) == 0
        async with open_app(folder / "other", database(), **fields) as wrong:
            assert await sweep(wrong.services.db, store, soon) == 0
        assert (await bob.opens(sent["metadata"]["fileUrl"])).content == b"precious"
        await put(store, storage_key(uuid7()), b"x")
        assert await sweep(app.services.db, store, soon) == 1


async def test_a_bucket_that_is_not_there_and_a_service_that_is_away_do_not_answer(folder: Path, s3: S3) -> None:
    missing = parse_bucket("s3://no-such-bucket", endpoint=s3.endpoint, region=None, key_id="k", secret="s")
    away = parse_bucket("s3://bucket", endpoint="http://127.0.0.1:9", region=None, key_id="k", secret="s")
    for bucket in (missing, away):
        with pytest.raises(ChatError, match="unavailable"):
            await probe(open_store(bucket, folder), "probe/1")
