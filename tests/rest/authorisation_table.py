"""Who may do what: a row for each route, a status for each role. A route without a row fails the test.

Not being a member looks like not existing (404); 403 is for those who see a thing but may not do this to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.rest.scene import PNG, Scene

Body = Callable[[Scene], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """The statuses of each role, and what beside the address makes the request a whole one."""

    admin: int
    member: int
    #: Ex-members, strangers and the operator of the server, who is a member of nothing, look the same.
    outsider: int
    anonymous: int = 401
    deactivated: int = 401
    operator: int | None = None
    request: Body = lambda scene: {}
    address: str = ""

    def status(self, role: str) -> int:
        if role in ("ex-member", "stranger", "operator"):
            return self.operator if role == "operator" and self.operator is not None else self.outsider
        status: int = getattr(self, role)
        return status


def json(**fields: Any) -> Body:
    """The body; a value that is a function is asked with the scene."""
    return lambda scene: {"json": {name: f(scene) if callable(f) else f for name, f in fields.items()}}


def here(scene: Scene) -> str:
    return scene.names["{conversation_id}"]


def message(scene: Scene) -> list[str]:
    return [scene.names["{message_id}"]]


def upload(scene: Scene) -> dict[str, Any]:
    return {"data": {"conversation_id": here(scene)}, "files": {"file": ("b.png", PNG, "image/png")}}


def picture(scene: Scene) -> dict[str, Any]:
    return {"files": {"file": ("b.png", PNG, "image/png")}}


def by_address(scene: Scene) -> dict[str, Any]:
    return {"params": {"url": f"http://chat.test/api/v1/files/{scene.names['{file_id}']}"}}


def everybody(status: int = 200, **more: Any) -> Row:
    """Also without a token, and with one that does not count any more."""
    return Row(status, status, status, status, status, **more)


def signed_in(status: int = 200, **more: Any) -> Row:
    return Row(status, status, status, **more)


def members(status: int = 200, **more: Any) -> Row:
    return Row(status, status, 404, **more)


def group_admins(status: int = 200, **more: Any) -> Row:
    return Row(status, 403, 404, **more)


OPTIONS = [{"option_text": "a", "position": 0}, {"option_text": "b", "position": 1}]
A, C, M, P = "/api/v1/auth/", "/api/v1/conversations/", "/api/v1/messages/", "/api/v1/polls/"
G, MSG = C + "{conversation_id}", M + "{message_id}"

TABLE: dict[tuple[str, str], Row] = {
    # Ways in: what counts is what they show, not who they are.
    ("GET", "/health"): everybody(),
    ("GET", "/health/ready"): everybody(),
    ("GET", "/health/websocket"): everybody(),
    ("GET", "/api/v1/config"): everybody(),
    ("GET", "/api/v1/asyncapi.json"): everybody(),
    ("POST", A + "login/credentials"): everybody(401, request=json(email="a@b.example", password="wrong")),
    ("POST", A + "login/sso"): everybody(401),
    ("POST", A + "login"): everybody(401, request=json(token="a.b.c")),
    ("POST", A + "validate"): everybody(request=json(token="a.b.c")),
    ("POST", A + "validate-gcgc-session"): everybody(request=json(gcgc_token="a.b.c")),
    ("POST", A + "sso/code"): everybody(401),
    ("POST", A + "sso/exchange"): everybody(400, request=json(code="nothing")),
    ("POST", A + "setup"): everybody(400, request=json(token="x", email="a@b.example", password="p" * 12, name="A")),
    ("POST", A + "signup"): everybody(400, request=json(token="x", email="a@b.example", password="p" * 12, name="A")),
    ("POST", A + "invitations/check"): everybody(200, request=json(token="x")),
    # By the cookie of a session, or what it is given in the body: nothing was shown.
    ("POST", A + "session"): everybody(401),
    ("POST", A + "logout"): signed_in(),
    ("POST", A + "password"): signed_in(403, request=json(current_password="wrong", new_password="p" * 12)),
    ("POST", A + "verify-password"): signed_in(401, request=json(email="a@b.example", password="wrong")),
    # Invitations belong to the server, not to a group.
    ("GET", A + "invitations"): Row(403, 403, 403, operator=200),
    ("POST", A + "invitations"): Row(403, 403, 403, operator=201, request=json()),
    ("DELETE", A + "invitations/{invitation_id}"): Row(403, 403, 403, operator=404),
    # For the host, with its key, which this server has none of; a person's token does not help.
    ("POST", "/api/v1/host/users"): everybody(403, request=json(users=[])),
    ("GET", "/api/v1/host/users/{user_id}/unread"): everybody(403),
    ("PUT", "/api/v1/host/conversations/by-key/{key:path}"): everybody(403, request=json(title="T", member_ids=[])),
    # People.
    ("GET", "/api/v1/users/me"): signed_in(),
    ("GET", "/api/v1/users/"): signed_in(),
    ("GET", "/api/v1/users/presence/online"): signed_in(),
    ("GET", "/api/v1/users/{user_id}"): signed_in(),
    ("GET", "/api/v1/users/blocks"): signed_in(),
    ("POST", "/api/v1/users/blocks"): signed_in(201, request=json(user_id=lambda s: s.newcomer)),
    ("DELETE", "/api/v1/users/blocks"): signed_in(request=json(user_id=lambda s: s.newcomer)),
    ("DELETE", "/api/v1/users/blocks/{user_id}"): signed_in(),
    # Conversations.
    ("GET", C): signed_in(),
    ("POST", C): signed_in(201, request=json(type="dm", member_ids=lambda s: [s.newcomer])),
    ("GET", C + "search"): signed_in(address="?q=g"),
    ("GET", G): members(),
    ("PUT", G): group_admins(request=json(name="Renamed")),
    ("POST", G + "/members"): group_admins(request=json(user_ids=lambda s: [s.newcomer])),
    ("DELETE", G + "/members/{user_id}"): group_admins(),
    ("PUT", G + "/members/{user_id}"): group_admins(request=json(role="admin")),
    ("POST", G + "/leave"): members(),
    ("GET", G + "/settings"): members(),
    ("PUT", G + "/settings"): members(request=json(is_muted=True)),
    ("POST", G + "/avatar"): group_admins(request=picture),
    ("POST", G + "/mark-read"): members(),
    ("PUT", G + "/read"): members(request=json(sequence_number=1)),
    # Catching up.
    ("POST", "/api/v1/sync"): signed_in(request=json(epoch="another", positions=lambda s: {here(s): 1})),
    ("GET", G + "/events"): members(),
    # Messages.
    ("POST", M): members(201, request=json(conversation_id=here, content="hello")),
    ("GET", M + "conversations/{conversation_id}/messages"): members(),
    ("DELETE", M + "conversations/{conversation_id}/clear"): members(),
    ("GET", M + "conversations/{conversation_id}/unread-count"): members(),
    ("GET", M + "unread-count"): signed_in(),
    ("GET", MSG): members(),
    ("PUT", MSG): Row(403, 200, 404, request=json(content="edited")),
    ("DELETE", MSG): Row(403, 200, 404, request=json(delete_for_everyone=True)),
    ("POST", MSG + "/reactions"): members(201, request=json(emoji="🎉")),
    # The admin has no reaction there to take back.
    ("DELETE", MSG + "/reactions/{emoji}"): Row(404, 200, 404),
    ("POST", M + "mark-delivered"): members(request=json(conversation_id=here, message_ids=message)),
    ("POST", M + "mark-read"): members(request=json(conversation_id=here, message_ids=message)),
    ("POST", M + "search"): members(request=json(query="hello", conversation_id=here)),
    ("POST", M + "upload"): members(201, request=upload),
    # An address that is refused whoever asks: nothing outside is asked by a test.
    ("GET", M + "link-preview"): signed_in(422, address="?url=http://127.0.0.1/"),
    # Polls.
    ("POST", P): members(201, request=json(conversation_id=here, question="?", options=OPTIONS)),
    ("GET", P + "{poll_id}"): members(),
    ("POST", P + "{poll_id}/vote"): members(request=json(option_ids=lambda s: [s.option_id])),
    ("PUT", P + "{poll_id}/close"): Row(200, 403, 404),
    # Files.
    ("GET", "/api/v1/files/{file_id}"): members(),
    ("GET", "/api/v1/files/proxy"): members(request=by_address),
    ("POST", "/api/v1/files/{file_id}/ticket"): members(201),
    # Notifications.
    ("GET", "/api/v1/notifications/preferences"): signed_in(),
    ("PUT", "/api/v1/notifications/preferences"): signed_in(request=json(sound_volume=10)),
    ("GET", "/api/v1/notifications/muted-conversations"): signed_in(),
    ("POST", "/api/v1/notifications/conversations/{conversation_id}/mute"): members(201),
    ("DELETE", "/api/v1/notifications/conversations/{conversation_id}/mute"): members(204),
}
