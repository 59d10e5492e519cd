"""What is said over sockets, as an AsyncAPI 3 document: made from the tables that the server itself works with."""

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tms_chat import __version__
from tms_chat.core.errors import CODES
from tms_chat.http.examples import example_of
from tms_chat.realtime.commands import TABLE
from tms_chat.realtime.schema import EVENTS

ABOUT = """Socket.IO (Engine.IO 4) on the default namespace. The CONNECT packet carries `{"token": "…"}`; browsers of
the host's own site may show its cookie instead. The server puts a socket into the rooms of its person's conversations,
and says `rooms_joined` and `hello`.

Every event about a conversation carries `conversation_id`; those with `seq` are the conversation's journal, 1, 2, 3 …
without a gap: apply `seq` when it is the next one, drop older ones, ask `GET /api/v1/conversations/{id}/events` when
one is missing, and `POST /api/v1/sync` after each connect. What carries `compat: true` repeats, under the same `seq`,
for older clients. Everything is snake_case.
"""
REFUSED = "Refused"
NAMES = "#/components/messages/"
SCHEMAS = "#/components/schemas/"


@cache
def describe_events() -> dict[str, Any]:
    """The document. The server receives commands, each of which it acknowledges, and sends events."""
    schemas = _schemas()
    commands = {name: _command(name, schemas) for name in TABLE}
    acks = {f"{name}.ack": _ack(name) for name in TABLE}
    events = {name: _event(name, schemas) for name in EVENTS}
    named = {**{f"{name}.command": message for name, message in commands.items()}, **acks, **events}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "TMS Chat: events", "version": __version__, "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": "{host}",
                "pathname": "/socket.io/",
                "protocol": "socket.io",
                "protocolVersion": "5",
                "description": "The server that gave out this document; websocket, with long-polling as a fallback.",
                "variables": {"host": {"default": "localhost:8000"}},
                "security": [{"type": "http", "scheme": "bearer"}],
            }
        },
        "channels": {
            "socket": {
                "address": "/",
                "title": "The default namespace",
                "messages": {name: {"$ref": f"{NAMES}{name}"} for name in named},
            }
        },
        "operations": {
            **{name: _receive(name) for name in TABLE},
            **{f"on_{name}": _operation("send", name) for name in EVENTS},
        },
        "components": {"schemas": schemas, "messages": named},
    }


def _schemas() -> dict[str, Any]:
    """Of events as they are sent, of commands as they are understood, and of a refusal."""
    sent: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in sorted_models(EVENTS.values())]
    heard: list[tuple[type[BaseModel], Any]] = [
        (model, "validation") for model in sorted_models(command.schema for command in TABLE.values())
    ]
    _, made = models_json_schema([*sent, *heard], by_alias=False, ref_template=SCHEMAS + "{model}")
    refused = {
        "type": "object",
        "description": "Why a command was not carried out.",
        "properties": {
            "ok": {"const": False},
            "code": {"type": "string", "enum": list(CODES)},
            "detail": {"type": "string"},
            "retry_after": {"type": "integer", "minimum": 1, "description": "Whole seconds, where waiting helps."},
        },
        "required": ["ok", "code", "detail"],
        "additionalProperties": False,
    }
    return {**made["$defs"], REFUSED: refused}


def sorted_models(models: Any) -> list[type[BaseModel]]:
    """Each once, by name."""
    return sorted(set(models), key=lambda model: str(model.__name__))


def _event(name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    model = EVENTS[name]
    payload = {"$ref": f"{SCHEMAS}{model.__name__}"}
    return _message(name, _line(model.__doc__), payload, example_of(payload, schemas))


def _command(name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    payload = {"$ref": f"{SCHEMAS}{TABLE[name].schema.__name__}"}
    return _message(name, _line(TABLE[name].run.__doc__), payload, example_of(payload, schemas))


def _ack(name: str) -> dict[str, Any]:
    done = {
        "type": "object",
        "description": "Carried out; what else is in it depends on the command.",
        "properties": {"ok": {"const": True}},
        "required": ["ok"],
    }
    refusal = {"ok": False, "code": "conversation_not_found", "detail": CODES["conversation_not_found"][1]}
    message = _message(name, "The acknowledgement.", {"oneOf": [done, {"$ref": f"{SCHEMAS}{REFUSED}"}]}, {"ok": True})
    message["examples"].append({"name": "refused", "payload": refusal})
    return message


def _message(name: str, summary: str, payload: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"name": name, "summary": summary, "payload": payload, "examples": [{"name": "usual", "payload": example}]}


def _operation(action: str, name: str, message: str | None = None) -> dict[str, Any]:
    channel = {"$ref": "#/channels/socket"}
    messages = [{"$ref": f"#/channels/socket/messages/{message or name}"}]
    return {"action": action, "channel": channel, "messages": messages}


def _receive(name: str) -> dict[str, Any]:
    reply = {
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{name}.ack"}],
    }
    return {**_operation("receive", name, f"{name}.command"), "reply": reply}


def _line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()
