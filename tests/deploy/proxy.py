"""The page's nginx and Caddy, ending TLS on a port of this machine in front of a server and a static client."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Self

from tests.deploy.certificate import Certificate
from tests.deploy.page import CLIENT_FOLDER, UPSTREAM, blocks
from tests.support.processes import PATH, bound_to_us, free_port, wait_until

# Below the configuration of the page stands what a Debian installation brings along, reduced to this folder.
NGINX = """
daemon off;
pid nginx.pid;
error_log stderr;
%(user)s
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    %(sites)s
}
"""
CADDY = """
{
    admin off
    https_port %(port)s
    auto_https disable_redirects
    default_bind 127.0.0.1
}
%(sites)s
"""


class Proxy:
    """`kind` is nginx or caddy. The port is the only thing that the page's names do not tell."""

    def __init__(self, kind: str, folder: Path, certificate: Certificate, upstream: str, client: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        sites = "\n".join(blocks(kind)).replace(UPSTREAM, upstream).replace(CLIENT_FOLDER, str(client))
        self._command = self._nginx(sites, certificate) if kind == "nginx" else self._caddy(sites, certificate)

    def _nginx(self, sites: str, certificate: Certificate) -> list[str]:
        sites = sites.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;")
        sites = re.sub(r"(ssl_certificate) .*;", rf"\1 {certificate.certificate};", sites)
        sites = re.sub(r"(ssl_certificate_key) .*;", rf"\1 {certificate.key};", sites)
        # Its workers would be another user, who may not read our folders.
        user = "user root;" if os.geteuid() == 0 else ""
        (self._folder / "nginx.conf").write_text(NGINX % {"user": user, "sites": sites})
        return [find_server("nginx"), "-p", str(self._folder), "-c", "nginx.conf", "-e", "stderr"]

    def _caddy(self, sites: str, certificate: Certificate) -> list[str]:
        # It fetches certificates by itself, except where it is given one.
        sites = re.sub(r"^(\S+ \{)$", rf"\1\n    tls {certificate.certificate} {certificate.key}", sites, flags=re.M)
        (self._folder / "Caddyfile").write_text(CADDY % {"port": self.port, "sites": sites})
        return [find_server("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]

    def __enter__(self) -> Self:
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                bound_to_us(self._command, signal="TERM"),
                cwd=self._folder,
                env={"PATH": PATH, "HOME": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, seconds=20, what=f"the proxy answers\n{self.log}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"the proxy did not start:\n{self.log}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def find_server(name: str) -> str:
    """Debian keeps server programs off the PATH of ordinary people."""
    path = shutil.which(name, path=f"{PATH}:/usr/sbin")
    if path is None:
        raise RuntimeError(f"{name} is missing: run scripts/system-packages.sh")
    return path
