"""`tms serve` with times that a test can wait for; they are no settings, so that nobody can set them wrong.

Run as a program: `python brisk.py serve --port …`.
"""

from __future__ import annotations

from functools import partial

from tms_chat import app, protocol
from tms_chat.cli import main
from tms_chat.realtime.server import SocketServer

PING_INTERVAL_SECONDS = 0.5
PING_TIMEOUT_SECONDS = 1.0
HEAD_SECONDS = 3.0
STALLED_SECONDS = 5.0

if __name__ == "__main__":
    vars(app)["SocketServer"] = partial(
        SocketServer, ping_interval=PING_INTERVAL_SECONDS, ping_timeout=PING_TIMEOUT_SECONDS
    )
    vars(protocol).update(HEAD_SECONDS=HEAD_SECONDS, STALLED_SECONDS=STALLED_SECONDS)
    main()
