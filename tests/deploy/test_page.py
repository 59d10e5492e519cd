"""docs/DEPLOY.md is true: its commands are typed here as they stand there, and must give the answers shown there.

`WRITE_DEPLOY_PAGE=1 pytest tests/deploy/test_page.py` puts the answers of today into the page.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.architecture.test_docs import environment_names
from tests.deploy.compose import required
from tests.deploy.conftest import BY_ADDRESS, Deploy, Site
from tests.deploy.page import PAGE, blocks
from tests.support.people import checked, first_account, host_person
from tests.support.postgres import Postgres
from tests.support.processes import PATH
from tests.support.server import TmsServer
from tests.support.static_host import serving

HOST_SECRET = "77ab3c1e95d0426f8b1c0d3e5f7a9b2c"
ANA = {"id": "host-1", "email": "host-1@corp.local", "name": "Ana Reyes", "role": "MEMBER", "isActive": True}
# What differs each time, or with the machine, stands in the page as it once was.
CHANGING = {"epoch", "version", "ms", "requestId", "sid", "active_connections"}
# Read by compose, by the client, or by nobody yet; every other name on the page has to be a setting.
NOT_SETTINGS = {
    "POSTGRES_PASSWORD",
    "PUBLISHED_PORT",
    "NEXT_PUBLIC_API_URL",
    "NEXT_PUBLIC_WS_URL",
    "REDIS_URL",
    "RAILWAY_RUN_UID",
}


@dataclass(frozen=True)
class Shell:
    """A terminal in the folder of a small server on SQLite; curl finds the names of the page on this machine."""

    folder: Path
    env: dict[str, str]
    restored: TmsServer

    def type(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=60
        )
        # curl ends with 28 where the page lets it wait for more than will come; what it showed until then counts.
        assert done.returncode in (0, 28), f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.replace("\r", "").rstrip("\n")


class UserApi(BaseHTTPRequestHandler):
    """The user API of a host product that knows one person."""

    def do_GET(self) -> None:
        known = self.path == f"/api/v1/users/{ANA['id']}"
        body = json.dumps(ANA if known else {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site(deploy: Deploy, pg: Postgres) -> Iterator[Site]:
    api = ThreadingHTTPServer(("127.0.0.1", 0), UserApi)
    with serving(api):
        yield deploy(
            "nginx",
            DATABASE_URL=pg.fresh_database(),
            NEXTAUTH_SECRET=HOST_SECRET,
            USER_MANAGEMENT_API_URL=f"http://127.0.0.1:{api.server_address[1]}",
            USER_MANAGEMENT_API_KEY="the key the two show each other",
            HOST_PUBLIC_URL="https://app.example.com",
            HOST_NAME="Example",
            **BY_ADDRESS,
        )


@pytest.fixture(scope="module")
def shell(site: Site, pg: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    small = TmsServer(tmp_path_factory.mktemp("small"), {})
    restored = TmsServer(tmp_path_factory.mktemp("restored"), {**site.server.env, "DATABASE_URL": pg.fresh_database()})
    try:
        small.start()
        first_account(small).close()
        # To the proxy whatever the name, and to nobody outside.
        curl = f'connect-to = "::127.0.0.1:{site.proxy.port}"\ncacert = "{site.web.certificate.certificate}"\n'
        (small.folder / ".curlrc").write_text(curl)
        names = {"DATABASE_URL": site.server.env["DATABASE_URL"], "NEW_DATABASE_URL": restored.env["DATABASE_URL"]}
        yield Shell(small.folder, {"PATH": PATH, "CURL_HOME": str(small.folder), **names}, restored)
    finally:
        small.close()
        restored.close()


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block and what is shown below it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        command = re.match(r"(?:.*\\\n)*.*\n", part)
        assert command is not None
        found.append((command[0].rstrip("\n"), part[command.end() :].rstrip("\n")))
    return found


def same(shown: str, now: str) -> bool:
    """Line by line; of JSON the keys and values shown must be there, and more may be, as the contract lets it grow."""
    old, new = shown.splitlines(), now.splitlines()
    return len(old) == len(new) and all(same_line(one, other) for one, other in zip(old, new, strict=True))


def same_line(shown: str, now: str) -> bool:
    start = re.compile(r"^\d*(?=\{)")
    if not start.match(shown) or not start.match(now):
        return shown == now
    return holds(json.loads(start.sub("", now)), json.loads(start.sub("", shown)))


def holds(now: object, shown: object, key: str = "") -> bool:
    if key in CHANGING:
        return type(now) is type(shown)
    if isinstance(shown, dict) and isinstance(now, dict):
        return all(name in now and holds(now[name], value, name) for name, value in shown.items())
    return now == shown


def test_every_command_of_the_page_gives_the_answer_shown_there(shell: Shell, site: Site) -> None:
    person = host_person(site.server, HOST_SECRET, str(ANA["id"]), str(ANA["name"]))
    person.close()
    page, wrong = PAGE.read_text(), []
    for block in blocks("console"):
        written = block
        for command, shown in commands(block):
            now = shell.type(command)
            if not same(shown, now):
                wrong.append(f"$ {command}\nthe page:\n{shown}\nnow:\n{now}")
                answer = f"{now}\n" if now else ""
                written = written.replace(f"$ {command}\n{shown}".rstrip("\n") + "\n", f"$ {command}\n{answer}")
        page = page.replace(block, written)
    if os.environ.get("WRITE_DEPLOY_PAGE"):
        PAGE.write_text(page)
    else:
        assert not wrong, "\n\n".join(wrong)

    # The page's backup was restored into a second database: everything is there, under a new epoch.
    shell.restored.start()
    headers = {"Authorization": f"Bearer {person.token}"}
    me = checked(httpx.get(f"{shell.restored.base_url}/api/v1/users/me", headers=headers), 200)
    assert me["id"] == ANA["id"]
    epochs = {httpx.get(f"{server.base_url}/api/v1/config").json()["epoch"] for server in (site.server, shell.restored)}
    assert len(epochs) == 2
    backup = TmsServer(shell.folder / "again", {"DATABASE_URL": "sqlite:///../backup/tms-chat.sqlite3"})
    try:
        backup.start()
        assert "/setup#" not in backup.stdout, "the account is in the backup"
    finally:
        backup.close()


def test_every_variable_of_the_page_exists_and_those_that_compose_insists_on_are_there() -> None:
    named = set(re.findall(r"(?<![\w/])([A-Z][A-Z_]*_[A-Z_]+)(?==|`|:)", PAGE.read_text()))
    settings = set(environment_names())
    assert {"PUBLIC_URL", "ALLOWED_ORIGINS", "TRUSTED_PROXIES", "DATABASE_URL", "NEXTAUTH_SECRET"} <= named & settings
    assert named - settings - NOT_SETTINGS == set()
    assert required() <= named
