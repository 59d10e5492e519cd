"""Examples for the descriptions of the API, made from its schemas: what each field may hold is said once, by its name.

A schema that has examples of its own, a default or a choice speaks for itself; a name that is not known here gets what
its type allows. Tests hold every example against the schema it is made from.
"""

from collections.abc import Mapping
from typing import Any

ANA, BOB = "cm5zw1a2b0001qwertyuiopas", "cm5zw1a2b0002qwertyuiopas"
CONVERSATION = "01952f6e-4b1a-7c3d-9e2f-0a1b2c3d4e5f"
MESSAGE = "01952f6e-5d2c-7a1b-8c3d-1b2c3d4e5f60"
OTHER = "01952f6e-6e3d-7b2c-9d4e-2c3d4e5f6071"
POLL, OPTION = "01952f6e-7f4e-7c3d-8e5f-3d4e5f607182", "01952f6e-8f5f-7d4e-9f60-4e5f60718293"
REQUEST = "01952f6e-9a60-7e5f-8071-5f6071829304"
PAGE = "https://example.org/lunch"
MAX_DEPTH = 12

_PEOPLE = {
    "id": ANA,
    "email": "ana@corp.local",
    "username": "ana",
    "name": "Ana Reyes",
    "image": "https://app.example.com/ana.png",
    "role": "MEMBER",
}
_MESSAGE = {"id": MESSAGE, "is_edited": False, "updated_at": None}
#: What fields of these schemas hold that are called alike elsewhere.
_OF_SCHEMA: Mapping[str, Mapping[str, Any]] = {
    "User": _PEOPLE,
    "PublicProfile": _PEOPLE,
    "ValidatedUser": _PEOPLE,
    "ProfileUpdate": _PEOPLE,
    "HostUser": _PEOPLE,
    "Member": {"role": "admin"},
    "RoleRequest": {"role": "admin"},
    "Conversation": {"id": CONVERSATION, "name": "Lunch", "type": "group"},
    "ConversationEvent": {"id": CONVERSATION, "name": "Lunch", "type": "group"},
    "ConversationRequest": {"type": "group", "name": "Lunch", "member_ids": [BOB]},
    "ConversationUpdate": {"name": "Lunch on Friday"},
    "LastMessage": {"type": "TEXT"},
    "HostLogin": {"name": "Example"},
    "Poll": {"id": POLL},
    "PollOption": {"id": OPTION},
    "PollRequest": {
        "options": [{"option_text": "Pasta", "position": 0}, {"option_text": "Curry", "position": 1}],
        "expires_at": None,
    },
    "Problem": {"code": "conversation_not_found", "errors": None},
    "ErrorEvent": {"code": "conversation_not_found"},
    "SearchRequest": {"type": "TEXT", "cursor": None},
    "Message": _MESSAGE,
    "MessageEvent": _MESSAGE,
    "SearchHit": _MESSAGE,
    "MessagesReadEvent": {"count": 3},
    "MessagesDeliveredEvent": {"count": 3},
    "PreferencesRequest": {"dnd_start": "22:00", "dnd_end": "07:00"},
    "InvitationRequest": {"email": None},
    "LinkPreview": {"title": "Lunch", "description": "What there is this week."},
    "ObjectConversationRequest": {"title": "Task 123", "admin_ids": [BOB]},
    "SsoCode": {"code": "one-time-code"},
    "CodeRequest": {"code": "one-time-code"},
}
_NAMES: Mapping[str, Any] = {
    **dict.fromkeys(("tms_user_id", "user_id", "sender_id", "created_by", "blocker_id", "uploaded_by"), ANA),
    **dict.fromkeys(("updated_by", "updated_by_id", "added_by", "removed_by", "actor_id"), ANA),
    **dict.fromkeys(("target_user_id", "removed_user_id", "blocked_id"), BOB),
    **dict.fromkeys(("conversation_id",), CONVERSATION),
    **dict.fromkeys(("message_id", "last_message_id"), MESSAGE),
    **dict.fromkeys(("reply_to_id", "id"), OTHER),
    "message_ids": [MESSAGE],
    "member_ids": [BOB],
    "user_ids": [BOB],
    "conversation_ids": [CONVERSATION],
    "option_ids": [OPTION],
    "user_votes": [OPTION],
    "voters": [ANA],
    "heads": {CONVERSATION: 12},
    "conversations": {CONVERSATION: 12},
    **dict.fromkeys(("display_name", "full_name", "sender_name", "user_name", "updated_by_name"), "Ana Reyes"),
    **dict.fromkeys(("title", "conversation_name"), "Lunch"),
    **dict.fromkeys(("avatar_url", "image", "thumbnail_url"), "https://chat.example.com/api/v1/files/picture"),
    **dict.fromkeys(("detail", "message"), "Done."),
    "errors": [{"field": "limit", "problem": "must be 1 or more"}],
    "metadata": {"mentions": [BOB]},
    "metadata_json": {"mentions": [BOB]},
    "settings": {},
    **dict.fromkeys(("reply_to", "poll", "encryption_version", "sender_key_id", "deleted_at"), None),
    **dict.fromkeys(("mute_until", "dnd_start", "dnd_end", "expires_at"), None),
    **dict.fromkeys(("password", "current_password", "new_password"), "correct horse battery staple"),
    **dict.fromkeys(("token", "gcgc_token", "ticket"), "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEifQ.c2lnbmF0dXJl"),
    "poll_id": POLL, "email": "ana@corp.local", "first_name": "Ana", "last_name": "Reyes", "content": "Lunch at noon?",
    "emoji": "\N{THUMBS UP SIGN}", "query": "lunch noon", "question": "What shall we eat?", "option_text": "Pasta",
    "position": 0, "url": PAGE, "favicon": None, "domain": "example.org", "epoch": "3f2a9c1e5b7d4f60a1b2c3d4e5f60718",
    "cursor": None, "next_cursor": None, "has_more": False, "limit": 50,
    "seq": 42, "sequence_number": 17, "count": 3, "unread_count": 3, "total_unread_count": 3, "member_count": 2,
    "timezone": "Europe/Berlin", "sound_volume": 60, "in": 120, "version": "0.1.0", "position_title": "Cook",
    "from_date": "2026-01-01T00:00:00Z", "to_date": "2026-01-31T00:00:00Z", "client_id": REQUEST,
    "department": "Kitchen", "division": "House",
    "key": "task:123", "middle_name": "Lucia", "section": "Evening", "custom_team": "Friday", "host_name": "Example",
    "requestId": REQUEST, "hint": "Sign in again.", "error": "invalid_jwt_token",
}  # fmt: skip


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value this schema allows; `schemas` are those it refers to by name."""
    return _Maker(schemas).make(schema, "", "", 0)


class _Maker:
    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas

    def make(self, schema: Mapping[str, Any], field: str, owner: str, depth: int) -> Any:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.make(self._schemas[name], field, name, depth + 1)
        if "properties" in schema:
            return self._object(schema, owner or schema.get("title", ""), depth)
        known = _known(field, owner)
        if known is not _NOTHING and _fits(known, schema):
            return known
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        if "const" in schema:
            return schema["const"]
        if "default" in schema:
            return schema["default"]
        for combined in ("anyOf", "oneOf", "allOf"):
            if combined in schema:
                return self._choice(schema[combined], field, owner, depth)
        return self._plain(schema, field, owner, depth)

    def _object(self, schema: Mapping[str, Any], owner: str, depth: int) -> dict[str, Any]:
        return {name: self.make(inner, name, owner, depth + 1) for name, inner in schema["properties"].items()}

    def _choice(self, choices: list[Mapping[str, Any]], field: str, owner: str, depth: int) -> Any:
        real = [choice for choice in choices if choice.get("type") != "null"]
        if depth > MAX_DEPTH and len(real) < len(choices):
            return None
        return self.make(real[0], field, owner, depth)

    def _plain(self, schema: Mapping[str, Any], field: str, owner: str, depth: int) -> Any:
        kind = schema.get("type")
        if kind == "array":
            return [] if depth > MAX_DEPTH else [self.make(schema["items"], _singular(field), owner, depth + 1)]
        if kind == "object":
            return {}
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return max(schema.get("minimum", 1), 1)
        if schema.get("format") == "date-time":
            return "2026-01-31T09:05:00.000000Z"
        if schema.get("format") in ("uuid", "uuid4"):
            return OTHER
        return ("example " + "x" * schema.get("minLength", 0))[: schema.get("maxLength", 255)].strip()


class _Nothing:
    """For `no word on it`: None is a word."""


_NOTHING = _Nothing()


def _known(field: str, owner: str) -> Any:
    name = _snake(field)
    of_owner = _OF_SCHEMA.get(owner, {})
    return of_owner.get(name, _NAMES.get(name, _NOTHING))


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether this type of value may stand here at all."""
    options = schema.get("anyOf", [schema])
    if any("enum" in option and value not in option["enum"] for option in options if value is not None):
        return False
    kinds = {option.get("type", "object" if "$ref" in option else None) for option in options}
    return None in kinds or _kind(value) in kinds or (_kind(value) == "integer" and "number" in kinds)


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else names[type(value)]


def _snake(name: str) -> str:
    return (
        "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        if name != "requestId"
        else name
    )


def _singular(name: str) -> str:
    return name.removesuffix("s")
