"""For each route of the application: a request that succeeds, and ones that fail in each way it can fail."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import quote

import httpx

from tests.rest.in_process import App
from tests.rest.routes import METHODS, RATED, ROUTES, concrete, methods_of
from tests.support.media import picture
from tms_chat.core.ids import uuid7
from tms_chat.core.limits import Limits, What
from tms_chat.core.rate import Rate
from tms_chat.host.signature import sign
from tms_chat.http.deps import LoginGuard
from tms_chat.identity.accounts import NewAccount, add_account
from tms_chat.identity.sessions import issue
from tms_chat.people.model import User
from tms_chat.previews.schema import LinkPreview
from tms_chat.previews.store import keep_preview

#: Looked up before, so that nobody is asked.
KNOWN_LINK = LinkPreview(
    url="https://example.org/", title="x", description=None, image=None, favicon=None, domain="example.org"
)
PASSWORD = "correct horse battery staple"
Route = tuple[str, str]
#: Limited by wrong attempts; the routes of RATED by how fast somebody is.
LIMITED = {"/api/v1/auth/" + name for name in (
    "login/credentials", "setup", "signup", "invitations/check", "password", "verify-password",
)}  # fmt: skip
#: For the host alone: a key instead of a token.
HOST = {"/api/v1/host/" + name for name in ("users", "users/{user_id}/unread", "conversations/by-key/{key:path}")}
WITH_TOKEN_BODY = {"/api/v1/auth/" + name for name in ("login", "validate", "validate-gcgc-session", "sso/exchange")}
WITH_BODY = LIMITED | WITH_TOKEN_BODY | {
    "/api/v1/auth/invitations", "/api/v1/conversations/", "/api/v1/messages/", "/api/v1/host/users",
    "/api/v1/messages/{message_id}/reactions", "/api/v1/conversations/{conversation_id}/members", "/api/v1/polls/",
    "/api/v1/polls/{poll_id}/vote", "/api/v1/users/blocks", "/api/v1/sync",
    "/api/v1/messages/search", "/api/v1/messages/mark-read", "/api/v1/messages/mark-delivered",
}  # fmt: skip
#: Here nobody comes from a host, whose tokens are refused therefore.
REFUSED_HERE = {"/api/v1/auth/" + name: status for name, status in (
    ("login/sso", 401), ("login", 401), ("sso/code", 401), ("sso/exchange", 400),
)}  # fmt: skip
#: These ask for no token.
PUBLIC = (LIMITED - {"/api/v1/auth/password", "/api/v1/auth/verify-password"}) | HOST | WITH_TOKEN_BODY | {
    "/api/v1/config", "/api/v1/asyncapi.json", "/api/v1/auth/session", "/api/v1/auth/login/sso",
    "/api/v1/auth/sso/code", "/health", "/health/ready", "/health/websocket",
}  # fmt: skip
FORGIVING = {"/api/v1/users/blocks/{user_id}"}  # whoever is not blocked is unblocked
MOST_ORIGINS = 16  # more than one walk has
HOST_KEY = "the key of the host 0123456789"
WITH_QUERY = {
    "/api/v1/conversations/search",
    "/api/v1/users/",
    "/api/v1/conversations/",
    "/api/v1/messages/conversations/{conversation_id}/messages",
    "/api/v1/conversations/{conversation_id}/events",
}


UPLOAD = ("POST", "/api/v1/messages/upload")
PROXY = "/api/v1/files/proxy"
WITH_FORM = {UPLOAD[1], "/api/v1/conversations/{conversation_id}/avatar"}
FORM = {"content-type": "multipart/form-data; boundary=walk"}
PICTURE = picture("PNG")


@dataclass(frozen=True)
class Asked:
    """A request, and the statuses it may have."""

    route: Route
    statuses: tuple[int, ...]
    address: str = ""
    method: str = ""
    body: Any = None
    chunked: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, app: App, origin: str | None) -> httpx.Response:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = ({} if self.body is None else {"content-type": "application/json"}) | self.headers
        return await app.http.request(
            self.method or self.route[0],
            self.address or concrete(self.route[1]),
            content=None if self.body is None else in_chunks(content) if self.chunked else content,
            headers=headers | ({"origin": origin} if origin is not None else {}),
        )


async def in_chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


@dataclass
class World:
    """An application with everything in it that a successful request needs."""

    app: App
    admin: User
    other: User
    conversation_id: str = ""
    message_id: str = ""
    reacted_to: list[str] = field(default_factory=list)  # one for each time that a reaction is taken back
    group_id: str = ""
    crowd: list[str] = field(default_factory=list)  # its other members: one for each time that somebody is removed
    left: list[str] = field(default_factory=list)  # groups: one for each time that somebody leaves
    poll: dict[str, Any] = field(default_factory=dict)
    polls: list[str] = field(default_factory=list)  # one for each time that somebody closes one
    file_id: str = ""
    invitation: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def make(cls, app: App) -> World:
        db = app.services.db
        admin = await add_account(db, NewAccount("ada@corp.local", PASSWORD, "Ada"), "ADMIN")
        other = await add_account(db, NewAccount("bob@corp.local", PASSWORD, "Bob"), "MEMBER")
        await keep_preview(db, KNOWN_LINK)
        world = cls(app, admin, other)
        for path, body in (("/conversations/", {"type": "dm", "member_ids": [other.id]}),
                           ("/auth/invitations", {"max_uses": 1000})):  # fmt: skip
            answer = await app.http.post(f"/api/v1{path}", json=body, headers=app.bearer(admin))
            if path == "/conversations/":
                world.conversation_id = answer.json()["id"]
            else:
                world.invitation = answer.json()
        world.message_id, *world.reacted_to = [await world._message() for _ in range(1 + MOST_ORIGINS)]
        for message_id in world.reacted_to:
            await world._post(f"/messages/{message_id}/reactions", {"emoji": "❤️"})
        world.crowd = await app.people(1 + MOST_ORIGINS)
        world.group_id, *world.left = [await world._group() for _ in range(1 + MOST_ORIGINS)]
        world.poll, *more = [await world._post("/polls/", world._poll()) for _ in range(1 + MOST_ORIGINS)]
        world.polls = [made["poll"]["id"] for made in more]
        upload = Asked(UPLOAD, (201,), body=world.form("f.txt", b"x"), headers=app.bearer(admin) | FORM)
        world.file_id = (await upload.send(app, None)).json()["metadata"]["fileId"]
        return world

    def form(self, name: str, content: bytes) -> bytes:
        """A file for the conversation, as a form."""
        head = 'Content-Disposition: form-data; name="'
        fields = f'--walk\r\n{head}conversation_id"\r\n\r\n{self.conversation_id}\r\n'
        file = f'--walk\r\n{head}file"; filename="{name}"\r\n\r\n'
        return fields.encode() + file.encode() + content + b"\r\n--walk--\r\n"

    async def _group(self) -> str:
        made = await self._post("/conversations/", {"type": "group", "name": "Walk", "member_ids": self.crowd})
        group_id: str = made["id"]
        return group_id

    def _poll(self) -> Any:
        options = [{"option_text": text, "position": place} for place, text in enumerate(("yes", "no"))]
        return {"conversation_id": self.conversation_id, "question": "When?", "options": options}

    async def _message(self) -> str:
        made = await self._post("/messages/", {"conversation_id": self.conversation_id, "content": "hello"})
        message_id: str = made["id"]
        return message_id

    async def _post(self, path: str, body: Any) -> Any:
        answer = await self.app.http.post(f"/api/v1{path}", json=body, headers=self.app.bearer(self.admin))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def fine(self, route: Route) -> Asked:
        """A request that succeeds; `session` only for a page that may use the cookie."""
        method, path = route
        known = {
            "{key:path}": "task:1",
            "{conversation_id}": self.conversation_id,
            "{user_id}": self.other.id,
            "{invitation_id}": uuid7(),
            "{message_id}": self.message_id,
            "{emoji}": quote("❤️"),
            "{poll_id}": self.poll["poll"]["id"],
            "{file_id}": self.file_id,
        }
        of_a_group = re.fullmatch(r"/api/v1/conversations/\{conversation_id\}(/members.*|/leave)?", path)
        if of_a_group and method != "GET":
            known["{conversation_id}"] = self.left.pop() if path.endswith("/leave") else self.group_id
            known["{user_id}"] = self.crowd.pop() if method == "DELETE" else self.crowd[0]
        if path.endswith("/close"):
            known["{poll_id}"] = self.polls.pop()
        if route == ("DELETE", "/api/v1/messages/{message_id}/reactions/{emoji}"):
            known["{message_id}"] = self.reacted_to.pop()
        if route == ("DELETE", "/api/v1/messages/{message_id}"):  # for oneself, which can be said again
            known["{message_id}"] = self.reacted_to[0]
        address = path
        for name, value in known.items():
            address = address.replace(name, value)
        if path.endswith("/conversations/search"):
            address += "?q=walk"
        # What these do the others must not see: sessions end, messages are hidden.
        person = self.other if path.endswith(("/password", "/clear")) else self.admin
        headers = self.app.bearer(person)
        if path in WITH_FORM:
            headers |= FORM
            address = address.replace(self.conversation_id, self.group_id)
        if path == PROXY:
            address += f"?url=/api/v1/files/{self.file_id}"
        statuses: tuple[int, ...] = (200, 201, 204)
        if path.endswith("/link-preview"):
            address += f"?url={KNOWN_LINK.url}"
        if path.endswith("/session"):
            headers, statuses = {"cookie": f"tms_session={issue(self.app.services.own_key, self.admin.id)}"}, (200, 403)
        if path in HOST:
            headers = host_headers(json.dumps(self._body(method, path)).encode())
        if path in REFUSED_HERE:
            headers, statuses = {"x-gcgc-session-token": "a.b.c"}, (REFUSED_HERE[path],)
        if path.endswith("/invitations/{invitation_id}"):
            address = path.replace("{invitation_id}", self.invitation["id"])
        return Asked(route, statuses, address, body=self._body(method, path), headers=headers)

    def _body(self, method: str, path: str) -> Any:
        if path in WITH_FORM:
            return self.form("walk.png", PICTURE)
        account = {"email": f"{uuid7()}@corp.local", "password": PASSWORD, "name": "New"}
        bodies: dict[str, Any] = {
            "/host/users": {"users": [{"id": "u1", "version": 1, "email": "u1@corp.local"}]},
            "/login": {"token": "a.b.c"},
            "/validate": {"token": "a.b.c"},
            "/validate-gcgc-session": {"gcgc_token": "a.b.c"},
            "sso/exchange": {"code": "nothing"},
            "verify-password": {"email": "ada@corp.local", "password": PASSWORD},
            "login/credentials": {"email": "ada@corp.local", "password": PASSWORD},
            "signup": account | {"token": self.invitation["token"]},
            "setup": account | {"token": "made by the test"},
            "invitations/check": {"token": self.invitation["token"]},
            "auth/invitations": {},
            "auth/password": {"current_password": PASSWORD, "new_password": PASSWORD},
            "conversations/": {"type": "group", "name": "Walk", "member_ids": [self.other.id]},
            "/reactions": {"emoji": uuid7()[-12:]},
            "messages/search": {"query": "hello"},
            "/members": {"user_ids": [self.other.id]},
            "/blocks": {"user_id": self.crowd[0]},
            "/sync": {"epoch": self.app.services.epoch, "positions": {self.conversation_id: 0}},
            "polls/": self._poll(),
            "/vote": {"option_ids": [self.poll["poll"]["options"][0]["id"]]},
            "messages/": {"conversation_id": self.conversation_id, "content": "hello"},
            "/messages/mark-read": {"conversation_id": self.conversation_id},
            "/messages/mark-delivered": {"conversation_id": self.conversation_id, "message_ids": [self.message_id]},
        }
        if method == "PUT":
            puts = {"/by-key/{key:path}": {"title": "Task", "member_ids": [self.other.id]},
                    "/messages/{message_id}": {"content": "hello again"},
                    "/conversations/{conversation_id}": {"name": f"Walk {uuid7()}"},
                    "/members/{user_id}": {"role": "admin"},
                    "/read": {"sequence_number": 1},
                    "/settings": {"is_muted": True},
                    "/preferences": {"sound_volume": 7}}  # fmt: skip
            return next((body for end, body in puts.items() if path.endswith(end)), None)
        if (method, path) == ("DELETE", "/api/v1/users/blocks"):
            return bodies["/blocks"]
        return next((body for end, body in bodies.items() if method == "POST" and path.endswith(end)), None)

    def failing(self, kind: str) -> list[Asked]:
        """The requests that fail with 401, 404, 405, 413 or 422, for every route that can fail like this."""
        return [asked for route in ROUTES for asked in self._failing(kind, route)]

    def _failing(self, kind: str, route: Route) -> list[Asked]:
        path, bearer = route[1], self.app.bearer(self.admin)
        body = self._body(*route)
        form = FORM if path in WITH_FORM else {}
        if kind == "401" and path not in PUBLIC:
            address = f"{PROXY}?url=/api/v1/files/{uuid7()}" if path == PROXY else ""
            return [
                Asked(route, (401,), address, body=body, headers=form),
                Asked(route, (401,), address, body=body, headers={"authorization": "Bearer a.b.c"} | form),
            ]
        if kind == "401" and path in HOST:
            return [Asked(route, (401,), body=body), Asked(route, (401,), body=body, headers={"x-api-key": "wrong"})]
        if kind == "401" and REFUSED_HERE.get(path) == 401:
            return [Asked(route, (401,), body=body)]
        if kind == "401" and path.endswith("/session"):
            return [Asked(route, (401,)), Asked(route, (401, 403), headers={"cookie": "tms_session=a.b.c"})]
        if kind == "401" and path.endswith("/login/credentials"):
            return [Asked(route, (401,), body={"email": "ada@corp.local", "password": "wrong"})]
        if kind == "404" and ":path" not in path:  # where every address is a key
            nothing = Asked(route, (404,), concrete(path).rstrip("/") + "/nothing/here", headers=bearer)
            unknown = Asked(route, (404,), body=body, headers=bearer | form)
            return [nothing, unknown] if "{" in path and path not in HOST | FORGIVING else [nothing]
        if kind == "405":
            wrong = sorted(METHODS - methods_of(concrete(path)))
            return [Asked(route, (405,), method=method, headers=bearer) for method in wrong]
        if kind == "413" and path in WITH_BODY and route[0] == "POST":
            huge = json.dumps((body or {}) | {"filler": "x" * 300_000}).encode()
            return [Asked(route, (413,), body=huge, chunked=chunked, headers=bearer) for chunked in (False, True)]
        if kind == "413" and path in WITH_FORM:
            huge = self.form("huge.txt", b"x" * 100_000)
            declared = bearer | form | {"content-length": str(10**12)}
            return [Asked(route, (413,), self.fine(route).address, body=huge, headers=declared)]
        if kind == "422" and path in WITH_FORM:
            return [Asked(route, (422,), self.fine(route).address, body=b"--walk--", headers=bearer | form)]
        if kind == "422" and path == PROXY:
            return [Asked(route, (422,), headers=bearer)]
        if kind == "422" and path in WITH_BODY and route[0] == "POST":
            return [Asked(route, (422,), body=[], headers=host_headers(b"[]") if path in HOST else bearer)]
        if kind == "422" and path in WITH_QUERY and route[0] == "GET":
            return [Asked(route, (422,), concrete(path) + "?limit=none", headers=bearer)]
        return []

    def limited(self) -> list[Asked]:
        """Requests beyond the limit of the account and the address."""
        guard = LoginGuard(enforced=True)
        for _ in range(30):
            guard.addresses.count("127.0.0.1")
        self.app.services.logins = guard
        every = dict.fromkeys(get_args(What), Rate(1, 3600))
        limits = Limits(every, failed_handshakes=Rate(1, 1), per_address=1, enforced=True)
        for what in every:
            limits.take(what, self.other.id, "127.0.0.1")
        self.app.services.limits = limits
        routes = [route for route in ROUTES if route[1] in LIMITED or route in RATED]
        return [Asked(route, (429,), body=self._body(*route), headers=self.app.bearer(self.other)) for route in routes]

    def broken(self) -> list[Asked]:
        """Requests to a server whose parts are gone: every route fails in a way nobody foresaw."""
        asked = [self.fine(route) for route in ROUTES]
        for name in ("settings", "db", "auth", "own_key", "origins", "logins"):
            setattr(self.app.services, name, None)
        # Some never get so far, and one needs nothing.
        asked = [one for one in asked if one.route[1] not in {*REFUSED_HERE, "/api/v1/asyncapi.json"}]
        # A cookie without an origin is refused before anything is needed.
        statuses = {one.route: (500, 403) if "cookie" in one.headers else (500,) for one in asked}
        return [Asked(one.route, statuses[one.route], one.address, body=one.body, headers=one.headers) for one in asked]


def host_headers(body: bytes) -> dict[str, str]:
    """What the host shows: its key, and for a webhook the signature."""
    timestamp = str(int(time.time()))
    return {"x-api-key": HOST_KEY, "x-tms-timestamp": timestamp, "x-tms-signature": sign(HOST_KEY, timestamp, body)}


KINDS: tuple[str, ...] = ("401", "404", "405", "413", "422")
