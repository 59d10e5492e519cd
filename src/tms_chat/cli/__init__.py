"""The `tms` command: each command is short; the work lives elsewhere."""

import os
import sys

from tms_chat.cli.app import app
from tms_chat.core.errors import ChatError, StartError


def main() -> None:
    """Run a command; a failure is one sentence on stderr and exit code 1."""
    os.umask(0o077)  # the database and the keys are for the account that runs this only
    try:
        app()
    except StartError as error:
        sys.exit(f"tms: {error}")
    except ChatError as error:
        sys.exit(f"tms: {error.detail}")
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
