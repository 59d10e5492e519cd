"""The one place where a port is taken."""

import socket

from tms_chat.core.errors import StartError
from tms_chat.settings import Settings

BACKLOG = 2048


def bind(settings: Settings) -> socket.socket:
    """Listens from here on: a client waits in the queue instead of being refused. Raises StartError."""
    host, port = settings.listen_host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise StartError(
            f"The address {host}:{port} cannot be used ({error.strerror}): stop what uses it, or set HOST and PORT."
        ) from None
    listener.setblocking(False)
    return listener
