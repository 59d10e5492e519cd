"""The commands and their options."""

from typing import Annotated

from cyclopts import App, Parameter

from tms_chat import __version__
from tms_chat.cli.auth import auth
from tms_chat.cli.backup import backup, restore
from tms_chat.cli.user import user
from tms_chat.cli.verify import verify
from tms_chat.settings import load_settings
from tms_chat.workers.parent import serve_many

app = App(name="tms", help="TMS Chat: team chat that lives inside somebody else's login.", version=__version__)
app.command(auth)
app.command(user)
app.command(backup)
app.command(restore)
app.command(verify)


@app.command
def serve(
    *,
    host: Annotated[str | None, Parameter(help="The address to listen on (HOST).")] = None,
    port: Annotated[int | None, Parameter(help="The port to listen on (PORT).")] = None,
    workers: Annotated[int | None, Parameter(help="Processes that serve together (WORKERS).")] = None,
) -> None:
    """Serve REST, Socket.IO and the web client on one port."""
    overrides = {"host": host, "port": port, "workers": workers}
    settings = load_settings(**overrides)
    if settings.workers > 1:
        serve_many(settings, overrides, _say)
    else:
        # What a server is made of is large, and a parent needs none of it.
        from tms_chat.serve import serve as serve_alone

        serve_alone(settings, _say)


def _say(line: str) -> None:
    print(line, flush=True)
