"""A whole answer in one write. uvicorn takes an answer in two steps and looks at every header of it with two regular
expressions, which costs a hot answer a third of its time; the headers given here are known to be right.

Everything the steps do besides is done here too. What is not as usual (a client that does not read, a connection that
closes after this answer, a line in the access log, another server) takes the steps.
"""

from collections.abc import Iterable

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle


def write_whole(send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
    """Whether it was written. The headers have lower-case names and say how long the body is."""
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.response_started:
        return False
    if cycle.disconnected or cycle.flow.write_paused or cycle.access_log or not cycle.keep_alive:
        return False
    parts = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        parts += (name, b": ", value, b"\r\n")
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    parts += (b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(parts))
    cycle.message_event.set()
    cycle.on_response()
    return True
