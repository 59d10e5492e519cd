"""An S3-compatible service on loopback: moto's server, in a thread of this process."""

from __future__ import annotations

import logging
from uuid import uuid4

import httpx
from moto.server import ThreadedMotoServer

KEY = {"FILES_S3_ACCESS_KEY_ID": "the-key-id", "FILES_S3_SECRET_ACCESS_KEY": "the secret of the bucket"}


class S3:
    """`fresh_bucket()` gives the settings of a new, empty bucket: all services of a process share what is in them."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    @property
    def endpoint(self) -> str:
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    def fresh_bucket(self) -> dict[str, str]:
        """The settings, as an operator writes them."""
        name = f"bucket-{uuid4().hex}"
        httpx.put(f"{self.endpoint}/{name}").raise_for_status()
        return {"FILES_URL": f"s3://{name}/chat/files", "FILES_S3_ENDPOINT": self.endpoint, **KEY}
