"""Run by Python itself in a server process whose bus is to be disturbed: the file BUS_FAULT says how, at any moment.

`deaf` drops what comes, `mute` what goes, `lossy` some of what comes; `shuffled` repeats and delays what comes;
any other word drops the messages it occurs in. No file: nothing happens.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

from tms_chat.realtime.bus.lasting import LastingBus

FAULT = Path(os.environ["BUS_FAULT"])
_heard, _send = LastingBus.heard, LastingBus.send


def fault() -> str:
    return FAULT.read_text() if FAULT.exists() else ""


def heard(bus: LastingBus, message: str) -> None:
    what = fault()
    if what == "shuffled":
        for _ in range(random.choice((1, 1, 2, 3))):
            asyncio.get_running_loop().call_later(random.uniform(0, 0.4), _heard, bus, message)
    elif (what == "lossy" and random.random() < 0.3) or what == "deaf" or (what and what in message):
        pass
    else:
        _heard(bus, message)


def send(bus: LastingBus, message: str) -> None:
    if fault() != "mute":
        _send(bus, message)


setattr(LastingBus, "heard", heard)  # noqa: B010  (a type checker would rather have it the other way)
setattr(LastingBus, "send", send)  # noqa: B010
