"""`tms serve` with times that a test can wait for; they are no settings, so that nobody can set them wrong.

Run as a program: `python brisk.py serve --port …`.
"""

from __future__ import annotations

from functools import partial

from tms_chat import app, protocol
from tms_chat.cli import main
from tms_chat.realtime.engine import server
from tms_chat.realtime.server import SocketServer

# Equally long: the server asks whenever the longer of the two has passed, and its client hangs up when both have, so
# the server may be late by one of them. The ticks are as short beside them as the product's are beside its own.
PING_INTERVAL_SECONDS = 2.0
PING_TIMEOUT_SECONDS = 2.0
TICK_SECONDS = 0.1
HEAD_SECONDS = 3.0
STALLED_SECONDS = 5.0

if __name__ == "__main__":
    vars(app)["SocketServer"] = partial(
        SocketServer, ping_interval=PING_INTERVAL_SECONDS, ping_timeout=PING_TIMEOUT_SECONDS
    )
    vars(server).update(TICK_SECONDS=TICK_SECONDS)
    vars(protocol).update(HEAD_SECONDS=HEAD_SECONDS, STALLED_SECONDS=STALLED_SECONDS)
    main()
