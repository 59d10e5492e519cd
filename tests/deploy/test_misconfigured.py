"""A server behind TLS that nobody told of it: it works for nobody on its own page, and says what is missing."""

from __future__ import annotations

import json

from tests.deploy.conftest import Deploy
from tests.deploy.page import CHAT_ORIGIN, CLIENT_ORIGIN
from tests.deploy.web import HANDSHAKE
from tests.support.people import PASSWORD


def test_a_server_that_is_not_told_of_tls_refuses_its_own_page_and_names_the_setting(deploy: Deploy) -> None:
    site = deploy("nginx")
    assert site.web.get(HANDSHAKE, Origin=CHAT_ORIGIN).status_code == 400
    (line,) = [line for line in map(json.loads, site.server.stderr.splitlines()) if line["event"] == "origin_refused"]
    assert (line["origin"], line["own"]) == (CHAT_ORIGIN, "http://chat.example.com")
    assert f"PUBLIC_URL={CHAT_ORIGIN}" in line["remedy"]
    # The other origin is in the list, and its pages work; but the cookie would travel unencrypted as well.
    account = {"token": site.server.setup_link.partition("#")[2], "email": "ana@corp.local", "name": "Ana"}
    made = site.web.post("/api/v1/auth/setup", account | {"password": PASSWORD}, Origin=CLIENT_ORIGIN)
    assert made.status_code == 201
    assert "secure" not in made.headers["set-cookie"].lower()

    # Without the server the proxy answers by itself.
    assert site.server.stop() == 0
    assert site.web.get("/health").status_code == 502
