"""The process of the slow and the hostile: `python -m bench.soak.trouble PORT SLOW HOSTILE`, two files of tokens.

A line on its input is a word, and the answer a line of JSON, the counts so far: `storm` lets it begin, `calm` ends it.
At the end of the input everybody leaves.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx

from bench.processes import give_way
from bench.soak.hostile import Hostile
from bench.soak.slow import Slow


async def main(port: int, slow: list[str], hostile: list[str]) -> None:
    """Until the input ends."""
    storm, counts = asyncio.Event(), Counter[str]()
    # None is kept: the server's open files are counted when they have gone.
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=0)
    # Two, so that polls that hang take no place from those who catch up.
    address = f"http://127.0.0.1:{port}"
    async with (
        httpx.AsyncClient(base_url=address, limits=limits, timeout=30) as http,
        httpx.AsyncClient(base_url=address, limits=limits, timeout=5) as polling,
        asyncio.TaskGroup() as group,
    ):
        everybody: list[Coroutine[Any, Any, None]] = [
            Slow(port, token, http, storm, counts, drips=bool(at % 2)).live() for at, token in enumerate(slow)
        ]
        everybody += [Hostile(port, token, polling, storm, counts).live() for token in hostile]
        tasks = [group.create_task(life) for life in everybody]
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if word == "storm":
                storm.set()
            elif word == "calm":
                storm.clear()
            print(json.dumps(counts), flush=True)
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    give_way()  # the generator beside it takes the times, and the kernel stores what the server sends to the disk
    asyncio.run(main(int(sys.argv[1]), *(Path(name).read_text().split() for name in sys.argv[2:4])))
