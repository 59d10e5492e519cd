"""An installation's database and file store as `tms backup` and `tms restore` open them, with no server around."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from obstore.store import ObjectStore

from tms_chat.db.engine import Database
from tms_chat.db.url import parse_database_url
from tms_chat.files.storage import open_store


@dataclass(frozen=True)
class Place:
    """Both of one data folder."""

    db: Database
    store: ObjectStore


@asynccontextmanager
async def place(data: Path, database_url: str | None) -> AsyncIterator[Place]:
    db = Database(parse_database_url(database_url, None, data))
    try:
        yield Place(db, open_store(None, data))  # makes the folder
    finally:
        await db.close()


def rows(backup: Path) -> dict[str, list[list[object]]]:
    """What is in it by table; the epoch is another one in each history."""
    found = {}
    for path in sorted((backup / "tables").iterdir()):
        lines = [orjson.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        found[path.name] = [line for line in lines if line[0] != "epoch"]
    return found


def file_bytes(backup: Path) -> dict[str, bytes]:
    """By key."""
    folder = backup / "files"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def epoch(backup: Path) -> str:
    """Of the history that was backed up."""
    name: str = orjson.loads((backup / "manifest.json").read_bytes())["epoch"]
    return name
