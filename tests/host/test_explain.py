"""`tms auth explain`: one line that says what is wrong with a token or a cookie, and that holds neither."""

from __future__ import annotations

import json
import re
import sqlite3
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
from tests.support.postgres import Postgres
from tests.support.processes import PATH, bound_to_us
from tests.support.server import TMS, TmsServer
from tests.unit.signing import sign
from tms_chat.identity.tokens import OWN_TYPE

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
    "bearer in lower case": (True, r"explained"),
    "a header with bearer": (True, r"explained"),
    "a header of the host": (True, r"explained"),
    "cookie in lower case": (True, r"explained"),
    "cookie without a value": (False, r"token_missing.*no session cookie"),
    "forged lines in the id": (True, r"evil\\nAccepted: x\\x1b\[2J\\u202e, until"),
    "forged lines in a name": (False, r"in the cookie x\\x1b\[2J\\x07: this server"),
    "a long name": (False, r"in the cookie n{64}…: this server"),
    "a megabyte": (False, r"longer than 65536 characters"),
    "a megabyte of cookies": (False, r"longer than 65536 characters"),
    "many cookies": (False, r"no session cookie"),
    "no text": (False, r"token_invalid"),
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
        "bearer in lower case": f"bearer {v4}",
        "a header with bearer": f"Authorization:  Bearer {v4}\n",
        "a header of the host": f"x-gcgc-session-token: {v4}",
        "cookie in lower case": f"cookie: {V4}={v4}",
        "cookie without a value": "Cookie: nothing",
        "forged lines in the id": host_token(SECRET, "evil\nAccepted: x\x1b[2J\u202e", "e@corp.local", "E"),
        "forged lines in a name": f"x\x1b[2J\x07={v4}",
        "a long name": f"{'n' * 3000}={v4}",
        "a megabyte": "a" * 1_000_000,
        "a megabyte of cookies": "a=b;" * 250_000,
        "many cookies": "a=b.c.d;" * 8_000,
        "no text": "\x00\udcff\ufffd",
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
    pieces = [piece for piece in re.split(r"[.;= ]+", found.given) if len(piece) > 30 and piece.strip("n")]
    assert not [piece for piece in pieces if piece[:30] in found.output]


@pytest.mark.parametrize("name", CASES)
def test_the_line_is_printable(explained: dict[str, Explained], name: str) -> None:
    assert explained[name].output.removesuffix("\n").isprintable()


def test_explaining_makes_no_folder_no_key_and_no_schema(tmp_path: Path, pg: Postgres) -> None:
    token = host_token(SECRET, "explained", "e@corp.local", "E")
    ours = sign({"alg": "HS256", "typ": OWN_TYPE}, {"sub": "explained"}, JWT_SECRET)
    env = {"NEXTAUTH_SECRET": SECRET}
    not_ours = tmp_path / "other.sqlite3"
    with sqlite3.connect(not_ours) as other:
        other.execute("CREATE TABLE other (a)")
    bytes_before = not_ours.read_bytes()
    cases: list[tuple[str, dict[str, str], int, str]] = [
        (token, {}, 0, r"Accepted.*the database was not asked \(data/tms-chat.sqlite3 is not there yet\)\.$"),
        (ours, {}, 1, r"no key is here: JWT_SECRET is not set, and there is no data/jwt-secret\.$"),
        (token, {"DATABASE_URL": f"sqlite:///{not_ours}"}, 0, r"Accepted.*not asked \(.*none of this server yet\)\.$"),
        (token, {"DATABASE_URL": pg.fresh_database()}, 0, r"Accepted.*not asked \(it has no tables.*\)\.$"),
        (token, {"DATABASE_URL": f"postgresql://u:{OTHER}@127.0.0.1:1/x"}, 1, r"Refused: .*right.*cannot be asked"),
    ]
    for given, more, code, words in cases:
        done = run([str(TMS), "auth", "explain", "-"], f"{given}\n", tmp_path, env | more)
        assert (done.returncode, done.stderr) == (code, ""), done.stderr
        assert re.search(words, done.stdout.strip()), done.stdout
        assert done.stdout.count("\n") == 1
        assert OTHER not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["other.sqlite3"]
    assert not_ours.read_bytes() == bytes_before
    # Nothing was made in the empty database either: a second look finds it as empty.
    assert "no tables" in run([str(TMS), "auth", "explain", token], "", tmp_path, env | cases[3][1]).stdout


def test_a_schema_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as old:
        old.execute("PRAGMA journal_mode=WAL")
        old.execute("CREATE TABLE alembic_version (version_num)")
        old.execute("INSERT INTO alembic_version VALUES ('0001')")
    old.close()
    env = {"NEXTAUTH_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{path}"}
    done = run([str(TMS), "auth", "explain", host_token(SECRET, "explained", "e@corp.local", "E")], "", tmp_path, env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "was not asked (its schema 0001 is of another version" in done.stdout
    assert [found.name for found in tmp_path.iterdir()] == ["old.sqlite3"]
    with sqlite3.connect(path) as old:
        assert old.execute("SELECT name FROM sqlite_master").fetchall() == [("alembic_version",)]


def test_megabytes_that_are_no_text_get_one_line(tmp_path: Path) -> None:
    command = [str(TMS), "auth", "explain", "-"]
    garbage = b"\xff\xfe\x00" * 5_000_000
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": PATH}, input=garbage, capture_output=True, timeout=30)
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (1, b"", 1)


def test_the_command_itself_where_nothing_is_configured(tmp_path: Path) -> None:
    # Read from standard input, where no list of processes and no history of a shell shows the token.
    token = host_token(SECRET, "explained", "e@corp.local", "E")
    done = run([str(TMS), "auth", "explain"], f"{token}\n", tmp_path, {})
    assert done.returncode == 1
    assert "NEXTAUTH_SECRET" in done.stdout
    assert token[:40] not in done.stdout + done.stderr
