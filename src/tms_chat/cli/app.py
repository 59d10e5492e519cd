"""The commands and their options."""

from typing import Annotated

from cyclopts import App, Parameter

from tms_chat import __version__
from tms_chat.cli.auth import auth
from tms_chat.cli.backup import backup, restore
from tms_chat.cli.user import user
from tms_chat.cli.verify import verify
from tms_chat.core.errors import StartError
from tms_chat.serve import serve as run_server
from tms_chat.settings import load_settings

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
    workers: Annotated[int, Parameter(help="Processes; this version serves from one.")] = 1,
) -> None:
    """Serve REST, Socket.IO and the web client on one port."""
    if workers != 1:
        raise StartError("This version serves from one process: leave out --workers.")
    run_server(load_settings(host=host, port=port), lambda line: print(line, flush=True))
