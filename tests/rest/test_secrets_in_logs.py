"""The log of a whole run, with everything logged, holds no token, no password, no key and no word of a message."""

from __future__ import annotations

import asyncio
import json
import secrets

import httpx
import socketio

from tests.conftest import StartServer
from tests.rest.bad_values import raw
from tests.support.people import PASSWORD, Person, Team, checked, host_token, sign_in
from tests.support.postgres import Postgres
from tests.support.server import TmsServer

WORD = "xylophone-" + secrets.token_hex(8)  # stands in everything people write


def make_a_run(team: Team, server: TmsServer) -> list[str]:
    """Everything a day has: right and wrong requests. Returns what must not be in the log."""
    admin = team.admin
    ana, bob = team.add("Ana"), team.add("Bob")
    invitation = admin.invite()
    chat = ana.direct(bob)
    ana.send(chat, f"hello {WORD}", metadata_json={"note": WORD})
    group = ana.http.post("/conversations/", json={"type": "group", "name": WORD, "member_ids": [bob.id]})
    bob.http.post(f"/conversations/{group.json()['id']}/mark-read")
    bob.http.get("/users/", params={"q": WORD})
    # Refused ones: what is refused is as secret as what is taken.
    ana.http.post("/messages/", json={"conversation_id": WORD, "content": WORD})
    ana.http.post("/messages/", json={"conversation_id": chat, "content": WORD * 2000})
    ana.http.post("/messages/", content=b'{"content": "' + WORD.encode())
    ana.http.get(f"/messages/conversations/{chat}/messages", params={"cursor": WORD})
    body = {"email": ana.email, "password": f"wrong {WORD}"}
    httpx.post(f"{server.base_url}/api/v1/auth/login/credentials", json=body)
    httpx.get(f"{server.base_url}/api/v1/users/me?token={ana.token}", headers={"Authorization": f"Bearer x.{WORD}.y"})
    httpx.get(f"{server.base_url}/ws/socket.io/?token={ana.token}")
    httpx.post(
        f"{server.base_url}/api/v1/auth/session", headers={"cookie": f"tms_session={ana.token}", "origin": "null"}
    )
    raw(server, "GET", "/api/v1/users/me", {"Authorization": f"Basic {WORD}"})
    host = host_token(secrets.token_hex(32), "u1", "u1@corp.local", WORD)
    httpx.get(f"{server.base_url}/api/v1/users/me", headers={"Authorization": f"Bearer {host}"})
    ticket = open_files(ana, bob, chat)
    changed = bob.http.post("/auth/password", json={"current_password": PASSWORD, "new_password": f"new {WORD}"})
    again = sign_in(server, ana.email)
    again.http.post("/auth/logout")
    again.close()
    asyncio.run(talk(server, ana, chat))
    tokens = [admin.token, ana.token, bob.token, again.token, changed.json()["token"], host, invitation, ticket]
    return [WORD, PASSWORD, *tokens, *(token.rpartition(".")[2] for token in tokens)]


def open_files(ana: Person, bob: Person, chat: str) -> str:
    """Every way to send and to open a file, right and wrong; a ticket."""
    place = {"conversation_id": chat}
    sent = ana.http.post("/messages/upload", files={"file": (f"{WORD}.txt", WORD.encode())}, data=place)
    data = checked(sent, 201)["metadata"]
    ana.http.post("/messages/upload", files={"file": ("a.exe", WORD.encode())}, data=place)
    ticket: str = checked(bob.http.post(f"/files/{data['fileId']}/ticket"), 201)["url"].partition("ticket=")[2]
    address = data["fileUrl"]
    for url in (f"{address}?ticket={ticket}", f"{address}?ticket={ticket}x", f"{address}?ticket={WORD}"):
        httpx.get(url)
    for token in (bob.token, f"{bob.token}x"):
        httpx.get(address.replace(data["fileId"], "proxy"), params={"url": address, "token": token})
        httpx.get(address.replace(data["fileId"], "proxy"), params={"url": f"http://{WORD}/", "token": token})
        httpx.get(address, headers={"cookie": f"tms_files={token}", "sec-fetch-site": "same-origin"})
    return ticket


async def talk(server: TmsServer, person: Person, chat: str) -> None:
    async with socketio.AsyncSimpleClient() as socket:
        await socket.connect(server.base_url, auth={"token": person.token}, transports=["websocket"])
        await socket.call("send_message", {"conversation_id": chat, "content": f"live {WORD}"})
        await socket.call("send_message", {"conversation_id": chat, "content": WORD * 2000})
        await socket.call(WORD, {"token": person.token})
    try:
        async with socketio.AsyncSimpleClient() as socket:
            await socket.connect(server.base_url, auth={"token": f"{person.token}x"}, transports=["websocket"])
    except socketio.exceptions.ConnectionError:
        pass


def test_the_log_of_a_whole_run_holds_no_secret(start_server: StartServer, pg: Postgres) -> None:
    jwt_secret = secrets.token_hex(32)
    server = start_server(DEBUG="true", JWT_SECRET=jwt_secret, DATABASE_URL=pg.fresh_database())
    setup_token = server.setup_link.partition("#")[2]
    team = Team(server)
    try:
        forbidden = [*make_a_run(team, server), jwt_secret, setup_token, pg.password]
    finally:
        team.close()
    assert server.stop() == 0
    log = server.stderr
    assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert {"started", "request", "token_refused", "wrong_socket_path"} <= set(events)  # and it did log
    assert not [word for word in forbidden if word in log]
    # What is printed for a person holds the set-up link, which is worth nothing any more, and nothing else.
    assert not [word for word in forbidden if word in server.stdout.replace(setup_token, "")]
