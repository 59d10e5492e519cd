"""`tms auth explain`: one line that says what is wrong with a token or a cookie, and that holds neither."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.host.host import SECRET, Host
from tests.host.nextauth_host import NextAuthHost
from tests.host.office import JWT_SECRET, Office, cookie_header
from tests.support.people import host_token
from tests.support.processes import PATH, bound_to_us
from tests.support.server import TMS, TmsServer

OTHER = "a secret of somebody else, as long as it has to be"
CLAIMS: dict[str, Any] = {"id": "explained", "sub": "explained", "email": "e@corp.local", "name": "E"}
V4, V5 = "next-auth.session-token", "authjs.session-token"

# What is explained, whether it is accepted, and the words that must be in the line.
CASES = {
    "host token": (True, r"explained.*until \d{4}-"),
    "session v4": (True, r"explained.*until \d{4}-"),
    "session v5": (True, r"explained.*until \d{4}-"),
    "cookie v4": (True, r"explained"),
    "cookie v5 secure": (True, r"explained"),
    "chunked cookie": (True, r"until \d{4}-"),
    "own session": (True, r"session of this server"),
    "expired": (False, r"token_expired.*expired since \d{4}-\d\d-\d\d"),
    "other secret": (False, r"another secret"),
    "other secret v4": (False, r"another secret"),
    "other secret v5": (False, r"another secret"),
    "v5 under another name": (False, rf"__Secure-{V5}.*{V5}"),
    "v4 in a v5 cookie": (False, r"NextAuth v4"),
    "unknown cookie name": (False, rf"my-session.*{V4}"),
    "a chunk is missing": (False, r"chunks"),
    "no exp": (False, r"iat and exp"),
    "admin session": (False, r"isAdmin"),
    "nonsense": (False, r"three parts"),
    "nothing": (False, r"token_missing"),
    "signed out": (False, r"sign|revoked"),
    "deactivated": (False, r"deactivated"),
}


ALL_OF_THEM = """
import contextlib, io, json, sys
from tms_chat.cli.auth import explain
outcomes = {}
for name, given in json.load(sys.stdin).items():
    sys.stdin = io.StringIO(given)
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        code = explain()
    outcomes[name] = code, said.getvalue()
print(json.dumps(outcomes))
"""


@dataclass(frozen=True)
class Explained:
    given: str
    code: int
    output: str


def things(office: Office, host: Host, nextauth: NextAuthHost, own: str) -> dict[str, str]:
    """What is explained, by the names of CASES."""
    v4, v5 = nextauth.make("next-auth", CLAIMS), nextauth.make("@auth/core", CLAIMS, cookie=V5)
    secure = nextauth.make("@auth/core", CLAIMS, cookie=f"__Secure-{V5}")
    chunks = nextauth.sign_in(nextauth.add("chunky", "Chunky", bulk=9000))
    missing = {name: value for name, value in chunks.items() if not name.endswith(".1")}
    leaver, gone = office.add("Leaver Reyes"), host.add("Gone Reyes")
    leaver.http.post("/auth/logout")
    office.enter(gone)
    host.change(gone.id, isActive=False)
    office.sso(host.token(gone))
    admin = {"sub": "adm", "username": "root", "isAdmin": True}
    return {
        "host token": host_token(SECRET, "explained", "e@corp.local", "E"),
        "session v4": v4,
        "session v5": f"Bearer {v5}",
        "cookie v4": f"{V4}={v4}",
        "cookie v5 secure": f"Cookie: theme=dark; __Secure-{V5}={secure}",
        "chunked cookie": cookie_header(chunks),
        "own session": own,
        "expired": host_token(SECRET, "explained", "e@corp.local", "E", seconds=-3600),
        "other secret": host_token(OTHER, "explained", "e@corp.local", "E"),
        "other secret v4": nextauth.make("next-auth", CLAIMS, secret=OTHER),
        "other secret v5": nextauth.make("@auth/core", CLAIMS, secret=OTHER, cookie=V5),
        "v5 under another name": f"{V5}={secure}",
        "v4 in a v5 cookie": f"{V5}={v4}",
        "unknown cookie name": f"my-session={v4}",
        "a chunk is missing": cookie_header(missing),
        "no exp": host_token(SECRET, "explained", "e@corp.local", "E", exp=None),
        "admin session": nextauth.make("jsonwebtoken", admin),
        "nonsense": "a.b",
        "nothing": "",
        "signed out": leaver.token,
        "deactivated": host.token(gone),
    }


@pytest.fixture(scope="module")
def explained(office: Office, tms: TmsServer, host: Host, nextauth: NextAuthHost) -> dict[str, Explained]:
    """All in one process, which takes a second to begin; the last test runs the command itself."""
    given = things(office, host, nextauth, office.add("Own Reyes").token)
    done = run([sys.executable, "-c", ALL_OF_THEM], json.dumps(given), tms.folder, tms.env)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {name: Explained(given[name], *found[name]) for name in given}


def run(command: list[str], text: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        bound_to_us(command, signal="KILL"),
        cwd=folder, env={"PATH": PATH, **env}, input=text, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_line_says_it(explained: dict[str, Explained], name: str) -> None:
    accepted, words = CASES[name]
    found = explained[name]
    assert found.output.count("\n") == 1, found.output
    assert found.output.startswith("Accepted" if accepted else "Refused"), found.output
    assert re.search(words, found.output), found.output
    assert found.code == (0 if accepted else 1)


@pytest.mark.parametrize("name", CASES)
def test_the_line_holds_no_secret_and_no_token(explained: dict[str, Explained], name: str) -> None:
    found = explained[name]
    for secret in (SECRET, JWT_SECRET, OTHER):
        assert secret not in found.output
    pieces = [piece for piece in re.split(r"[.;= ]+", found.given) if len(piece) > 30]
    assert not [piece for piece in pieces if piece[:30] in found.output]


def test_the_command_itself_where_nothing_is_configured(tmp_path: Path) -> None:
    # Read from standard input, where no list of processes and no history of a shell shows the token.
    token = host_token(SECRET, "explained", "e@corp.local", "E")
    done = run([str(TMS), "auth", "explain"], f"{token}\n", tmp_path, {})
    assert done.returncode == 1
    assert "NEXTAUTH_SECRET" in done.stdout
    assert token[:40] not in done.stdout + done.stderr
