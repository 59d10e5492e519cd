"""The built client on a web server that is not ours, like a customer's CDN: another site than the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Self

CLIENT = Path(__file__).parents[2] / "src" / "tms_chat" / "client"


class StaticHost:
    """Serves the folder on http://localhost:<port>; unknown paths get index.html, /config.json is generated.

    `localhost` and `127.0.0.1` are different *sites* to a browser, so cookies of the chat server are
    third-party cookies on this page. `config` may be replaced at any time; what is `gone` is answered with 410.
    """

    def __init__(self, config: dict[str, str], folder: Path = CLIENT) -> None:
        self.config = config
        self.gone: set[str] = set()
        self._silent_about = ""
        self.answers = Event()
        self.answers.set()
        handler = partial(_Handler, self, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.origin = f"http://localhost:{self._server.server_address[1]}"

    @contextmanager
    def silent(self, about: str = "") -> Iterator[None]:
        """Takes requests, or those to addresses that begin so, and answers them only when the block is left."""
        self._silent_about = about
        self.answers.clear()
        try:
            yield
        finally:
            self.answers.set()

    def wait_for_answers(self, path: str) -> None:
        if path.startswith(self._silent_about):
            self.answers.wait(30)

    def __enter__(self) -> Self:
        self._serving = serving(self._server)
        self._serving.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.__exit__(None, None, None)


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    """The server answers, from a thread, until the block is left."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, host: StaticHost, *args: object, directory: str) -> None:
        self._host = host
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        if not self._is_gone():
            super().do_HEAD()

    def do_GET(self) -> None:
        if self._is_gone():
            return
        path = self.path.partition("?")[0]
        if path == "/config.json":
            self._send_config()
            return
        if not Path(self.translate_path(path)).is_file():
            self.path = "/index.html"
        super().do_GET()

    def _is_gone(self) -> bool:
        self._host.wait_for_answers(self.path)
        gone = self.path in self._host.gone
        if gone:
            self.send_error(410)
        return gone

    def _send_config(self) -> None:
        body = json.dumps(self._host.config).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: what matters is what the browser saw."""
