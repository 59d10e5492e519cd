"""Waiting for something, without holding up the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

PAUSE_SECONDS = 0.02


async def until(condition: Callable[[], bool | Awaitable[bool]], *, seconds: float, what: str) -> None:
    """Returns as soon as the condition holds; after the seconds it fails and names what did not happen."""
    deadline = time.monotonic() + seconds
    while True:
        holds = condition()
        if await holds if isinstance(holds, Awaitable) else holds:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(PAUSE_SECONDS)
