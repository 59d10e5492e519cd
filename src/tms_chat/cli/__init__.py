"""The `tms` command: each command is short; the work lives elsewhere."""

import os
import signal
import sys

from tms_chat.core.errors import ChatError, StartError


def main() -> None:
    """Run a command; a failure is one sentence on stderr and exit code 1."""
    if sys.argv[1:2] == ["serve"]:
        # First of all: process 1 of a container gets no SIGTERM that it has not asked for, and loading what the server
        # is made of takes a second. Nothing is served yet, and whatever is cut off, a migration too, survives a crash.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.umask(0o077)  # the database and the keys are for the account that runs this only
    try:
        from tms_chat.cli.app import app

        app()
    except StartError as error:
        sys.exit(f"tms: {error}")
    except ChatError as error:
        sys.exit(f"tms: {error.detail}")
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
