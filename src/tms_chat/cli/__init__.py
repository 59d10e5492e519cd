"""The `tms` command: each command is short; the work lives elsewhere."""

import gc
import os
import signal
import sys
from collections.abc import Callable

from tms_chat.core.errors import ChatError, StartError

#: About as many objects as a server is made of.
START_THRESHOLD = 300_000


def main() -> None:
    """Run a command; a failure is one sentence on stderr and exit code 1."""
    if sys.argv[1:2] == ["serve"]:
        survive_the_start()
    run(_command)


def survive_the_start() -> None:
    """First of all: process 1 of a container gets no SIGTERM that it has not asked for, and loading what the server is
    made of takes a second. Nothing is served yet, and whatever is cut off, a migration too, survives a crash."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def run(work: Callable[[], None]) -> None:
    """What every process of ours does around its work.

    What is loaded at the start stays: looking through it for garbage meanwhile takes a fifth of the time. A server
    chooses its own thresholds when it is ready; a command ends before it would matter.
    """
    gc.set_threshold(START_THRESHOLD)
    os.umask(0o077)  # the database and the keys are for the account that runs this only
    try:
        work()
    except StartError as error:
        sys.exit(f"tms: {error}")
    except ChatError as error:
        sys.exit(f"tms: {error.detail}")
    except KeyboardInterrupt:
        sys.exit(130)


def _command() -> None:
    from tms_chat.cli.app import app

    app()


__all__ = ["main", "run", "survive_the_start"]
