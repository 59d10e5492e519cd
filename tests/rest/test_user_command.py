"""`tms user`: accounts from the machine the server runs on, while it runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx

from tests.conftest import StartServer
from tests.rest.shapes import refused
from tests.support.people import checked
from tests.support.processes import PATH
from tests.support.server import TMS, TmsServer

PASSWORD = "correct horse battery staple"


def tms_user(folder: Path, env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TMS, "user", *args],
        cwd=folder,
        env={"PATH": PATH, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def done(server: TmsServer, *args: str) -> str:
    finished = tms_user(server.folder, server.env, *args)
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def sign_in(server: TmsServer, email: str, password: str) -> httpx.Response:
    body = {"email": email, "password": password}
    return httpx.post(f"{server.base_url}/api/v1/auth/login/credentials", json=body, timeout=10)


def me(server: TmsServer, token: str) -> httpx.Response:
    return httpx.get(f"{server.base_url}/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})


def test_add_list_reset_and_deactivate_while_the_server_runs(
    start_server: StartServer, database_url: str | None
) -> None:
    server = start_server(DATABASE_URL=database_url)
    added = done(server, "add", "ada@corp.local", "--name", "Ada Admin", "--password", PASSWORD, "--admin")
    assert added == "Added ada@corp.local (admin).\n"
    assert PASSWORD not in added
    ada = checked(sign_in(server, "ada@corp.local", PASSWORD), 200)
    assert (ada["user"]["role"], ada["user"]["displayName"]) == ("ADMIN", "Ada Admin")

    again = tms_user(server.folder, server.env, "add", "ADA@CORP.LOCAL", "--password", PASSWORD)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == "tms: There is already an account with this e-mail address: sign in instead.\n"

    # Without a password and nobody to ask, one is made and shown once.
    made = done(server, "add", "bob@corp.local").splitlines()
    password = made[0].removeprefix("Password: ")
    assert made[1] == "Added bob@corp.local (member)."
    bob = checked(sign_in(server, "bob@corp.local", password), 200)
    assert (bob["user"]["role"], bob["user"]["displayName"]) == ("MEMBER", "bob")

    done(server, "reset-password", "BOB@corp.local", "--password", "another password")
    refused(me(server, bob["token"]), 401, code="token_invalid")
    refused(sign_in(server, "bob@corp.local", password), 401, code="credentials_invalid")
    bob = checked(sign_in(server, "bob@corp.local", "another password"), 200)

    done(server, "deactivate", "bob@corp.local")
    refused(me(server, bob["token"]), 401, code="token_invalid")
    refused(sign_in(server, "bob@corp.local", "another password"), 403, code="account_deactivated")
    assert me(server, ada["token"]).status_code == 200

    rows = [line.split() for line in done(server, "list").splitlines()]
    assert rows[0] == ["E-mail", "Name", "Role", "State", "Since"]
    assert ["ada@corp.local", "Ada", "Admin", "ADMIN", "active"] in [row[:5] for row in rows]
    assert ["bob@corp.local", "bob", "MEMBER", "deactivated"] in [row[:4] for row in rows]


def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    refusals = {
        ("deactivate", "unknown@corp.local"): "There is no account with the address unknown@corp.local.",
        ("add", "nobody", "--password", PASSWORD): "email: is not an e-mail address.",
    }
    for args, sentence in refusals.items():
        finished = tms_user(tmp_path, {}, *args)
        assert (finished.returncode, finished.stderr, finished.stdout) == (1, f"tms: {sentence}\n", "")
