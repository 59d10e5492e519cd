"""The handle of the host that is built with next-auth v4 and Auth.js v5; see `nextauth/server.mjs`."""

from __future__ import annotations

import subprocess
from http.cookiejar import CookieJar, DefaultCookiePolicy
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx

from tests.host.host import PASSWORD, SECRET
from tests.socket.http import NO_TLS
from tests.support.processes import PATH, bound_to_us, free_port, wait_until

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).with_name("nextauth")
#: Where each version answers, and what it calls its session cookie.
LOGINS = {4: "/api/auth", 5: "/v5/auth"}
COOKIES = {4: "next-auth.session-token", 5: "authjs.session-token"}


class NextAuthHost:
    """A running Node process; it ends with us, because its standard input does."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        # No cookie sticks: a request carries what is given to it.
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._http = httpx.Client(base_url=self.url, timeout=20, verify=NO_TLS, cookies=jar)

    def start(self) -> None:
        """Returns once it answers."""
        node = str(ROOT / "scripts" / "node.sh")
        if not (FOLDER / "node_modules" / ".package-lock.json").exists():
            subprocess.run([node, "npm", "ci", "--prefix", str(FOLDER), "--loglevel=error"], cwd=FOLDER, check=True)
        self._process = subprocess.Popen(
            bound_to_us([node, "node", str(FOLDER / "server.mjs"), str(self.port)], signal="KILL"),
            cwd=FOLDER,
            env={"PATH": PATH, "NEXTAUTH_SECRET": SECRET},
            stdin=subprocess.PIPE,
        )
        wait_until(self._answers, seconds=30, what="the host built with next-auth answers")

    def close(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._http.close()

    def add(self, person_id: str, name: str, *, role: str = "MEMBER", bulk: int = 0) -> str:
        """Somebody with an account, and the address; `bulk` characters in the session make its cookie long."""
        email = f"{person_id}@corp.local"
        person = {"id": person_id, "email": email, "name": name, "role": role, "password": PASSWORD, "bulk": bulk}
        self._order(people=[person])
        return email

    def come_back_with(self, what: str) -> None:
        """Whether single sign-on returns with a `token` in the address or with the `cookie` alone."""
        self._order(sso=what)

    def make(
        self, maker: str, claims: dict[str, Any], *, seconds: int = 3600, secret: str = SECRET, **more: str
    ) -> str:
        """A token of the library `next-auth`, `@auth/core` (with `cookie`, its name) or `jsonwebtoken`."""
        order = {"maker": maker, "claims": claims, "secret": secret, "seconds": seconds, **more}
        token: str = self._order(token=order)["token"]
        return token

    def sign_in(
        self, email: str, *, version: int = 4, secure: bool = False, password: str = PASSWORD
    ) -> dict[str, str]:
        """The session cookies after its own sign-in, as a browser would hold them; none when it refused."""
        headers = {"X-Forwarded-Proto": "https"} if secure else {}
        asked = self._http.get(f"{LOGINS[version]}/csrf", headers=headers)
        held = set_cookies(asked)
        fields = {"csrfToken": asked.json()["csrfToken"], "email": email, "password": password, "callbackUrl": self.url}
        cookie = "; ".join(f"{name}={value}" for name, value in held.items())
        answer = self._http.post(
            f"{LOGINS[version]}/callback/credentials", data=fields, headers={**headers, "Cookie": cookie}
        )
        name = ("__Secure-" if secure else "") + COOKIES[version]
        return {key: value for key, value in set_cookies(answer).items() if value and key.startswith(name)}

    def session(self, cookies: dict[str, str]) -> dict[str, Any] | None:
        """What next-auth itself reads from these cookies."""
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        found: dict[str, Any] | None = self._http.get("/", headers={"Cookie": cookie}).json()
        return found

    def _order(self, **order: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._http.post("/control", json=order).raise_for_status().json()
        return answer

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the host built with next-auth ended"
        try:
            return self._http.post("/control", json={}).status_code == 200
        except httpx.TransportError:
            return False


def set_cookies(answer: httpx.Response) -> dict[str, str]:
    """The cookies an answer sets, those for TLS included, which a cookie jar would hold back on this machine."""
    jar = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    return {name: morsel.value for name, morsel in jar.items()}
