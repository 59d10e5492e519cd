"""Where it was measured, with which versions, and how durable a commit was."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import asyncpg

from bench.generator import PROGRAM
from bench.servers.launch import ROOT, Hall
from tms_chat.db.engine import Database
from tms_chat.db.url import parse_database_url

NODE_PACKAGES = ("fastify", "pg", "socket.io", "fast-jwt")
PYTHON_PACKAGES = ("fastapi", "uvicorn", "uvloop", "python-socketio", "asyncpg", "sqlalchemy", "orjson")
PROBES = 200


def describe(hall: Hall) -> dict[str, str]:
    """What a reader has to know, by name."""
    about = {
        "processor": f"{_processor()}, {os.cpu_count()} cores (server and database on one, generator on the other)",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_version()} ({_python_versions()})",
        "fdatasync of 4 kB": f"{_sync_microseconds(hall.folder):.0f} µs, median",
    }
    if "node" in hall.names:
        about["Node"] = f"{_said(str(ROOT / 'scripts/node.sh'), 'node', '--version')} ({_node_versions()})"
    if "ours-sqlite" in hall.names:
        about["SQLite"] = f"{sqlite3.sqlite_version}, {asyncio.run(_sqlite_settings(hall.folder / 'ours-sqlite'))}"
    if hall.databases:
        about["PostgreSQL"] = asyncio.run(_postgresql_settings(next(iter(hall.databases.values()))))
    return about


async def _sqlite_settings(data_dir: Path) -> str:
    """As our own connections have them, not as a connection of ours that nobody else uses would."""
    db = Database(parse_database_url(None, None, data_dir))
    try:
        async with db.writer.connect() as connection:
            journal = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar_one()
            synchronous = (await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one()
    finally:
        await db.close()
    return f"journal_mode={journal}, synchronous={('OFF', 'NORMAL', 'FULL', 'EXTRA')[int(synchronous)]}"


async def _postgresql_settings(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        return ", ".join([f"{name}={await connection.fetchval(f'SHOW {name}')}" for name in names])
    finally:
        await connection.close()


def _sync_microseconds(folder: Path) -> float:
    """How long this disk takes to keep a page: what a commit cannot be faster than."""
    path, times = folder / "probe", []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        for number in range(PROBES):
            os.pwrite(descriptor, bytes(4096), 4096 * number)
            began = time.perf_counter()
            os.fdatasync(descriptor)
            times.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
        path.unlink()
    return median(times) * 1e6


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _python_versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in PYTHON_PACKAGES)


def _node_versions() -> str:
    modules = ROOT / "bench/servers/node/node_modules"
    found = {name: json.loads((modules / name / "package.json").read_text())["version"] for name in NODE_PACKAGES}
    return ", ".join(f"{name} {number}" for name, number in found.items())


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROGRAM.parent).stdout.strip()
