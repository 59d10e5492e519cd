"""The two browsers of this folder differ as their names say; the cross-site tests rely on it."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from tests.support.static_host import serving

ASK = "async (url) => (await (await fetch(url, {credentials: 'include'})).text())"


class CookieSite(BaseHTTPRequestHandler):
    """Sets a cookie that may travel to other sites, and answers with the cookies it was sent."""

    def do_GET(self) -> None:
        body = self.headers.get("Cookie", "none").encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "visitor=1; SameSite=None; Secure")
        self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))
        self.send_header("Access-Control-Allow-Credentials", "true")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.mark.parametrize(
    ("which", "third_party"), [("browser", "visitor=1"), ("third_party_cookies_blocked_browser", "none")]
)
def test_cookies_of_another_site(request: pytest.FixtureRequest, which: str, third_party: str) -> None:
    browser: Browser = request.getfixturevalue(which)
    server = ThreadingHTTPServer(("127.0.0.1", 0), CookieSite)
    port = server.server_address[1]
    with serving(server), browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://localhost:{port}/")
        assert page.evaluate(ASK, f"http://localhost:{port}/") == "visitor=1"
        page.evaluate(ASK, f"http://127.0.0.1:{port}/")
        assert page.evaluate(ASK, f"http://127.0.0.1:{port}/") == third_party
