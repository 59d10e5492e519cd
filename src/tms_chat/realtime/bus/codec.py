"""Announcements as messages of the bus, and back. A message is JSON: a head, which says whom it concerns, and behind
a line break what is told, which only those whom it concerns parse. Too long, it is packed; longer still, only the
head goes, and who it concerns reads the journal.

Another version, or what nobody of us wrote, raises `Misfit`.
"""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from tms_chat.core.events import Announcement, Event, Personal, SessionsEnded
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.core.notify import Notice
from tms_chat.realtime.bus.port import size
from tms_chat.realtime.engine import socketio
from tms_chat.realtime.order import Change

VERSION: Final = 1
#: Of the head, which is never packed: who joins a conversation of thousands, or has a long name with the host, is
#: read from the database.
MAX_JOINS: Final = 100
MOST_BYTES_OF_JOINS: Final = 4_000
MOST_UNPACKED: Final = 1_000_000
LARGE_NUMBER: Final = re.compile(r"[0-9]{19}")

Kind = Literal["change", "personal", "ended", "beacon", "signs"]


class Misfit(Exception):
    """Not a message that this version understands."""


class TooLong(Exception):
    """For this bus, whatever is left out."""


@dataclass(frozen=True, slots=True)
class Message:
    """`count` numbers the messages of a node. `about` is the head's own part, by kind; `payload` is what is told."""

    node: str
    count: int
    kind: Kind
    about: Mapping[str, Any] = field(default_factory=dict)
    payload: str | None = None


def encode(message: Message, max_bytes: int) -> str:
    """The text for the bus, with as much of the payload as there is room for. Raises TooLong; ValueError for a
    head that says something of its own under a name of ours: it would come from another node, or be another message
    of it."""
    ours = {"v": VERSION, "node": message.node, "n": message.count, "kind": message.kind}
    if not ours.keys().isdisjoint(message.about):
        raise ValueError(f"the head of {message.kind!r} has names of the message's own: {list(message.about)}")
    head = {**ours, **message.about}
    encoded = orjson.dumps(head).decode()
    if not _fits(encoded, max_bytes):
        raise TooLong(f"{size(encoded)} of {max_bytes} bytes: {encoded[:200]}")
    if message.payload is None:
        return encoded
    whole = f"{encoded}\n{message.payload}"
    if _fits(whole, max_bytes):
        return whole
    packed = f"{encoded}\n~{base64.b85encode(zlib.compress(message.payload.encode(), 1)).decode()}"
    return packed if _fits(packed, max_bytes) else encoded


def decode(text: str) -> Message:
    """Raises Misfit."""
    first, _, payload = text.partition("\n")
    try:
        head = orjson.loads(first)
        version, node, count, kind = head.pop("v"), head.pop("node"), head.pop("n"), head.pop("kind")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Misfit("no head") from None
    if version != VERSION or not isinstance(node, str) or not isinstance(count, int) or kind not in KINDS:
        raise Misfit("another version")
    return Message(node, count, kind, head, _unpacked(payload) if payload else None)


def about_change(change: Change) -> tuple[dict[str, Any], str]:
    """Head and payload of a numbered change, or of events without a number."""
    joins = change.joins
    about: dict[str, Any] = {"c": change.conversation_id, "seq": change.seq}
    if joins:
        is_short = len(joins) <= MAX_JOINS and len(orjson.dumps(joins)) <= MOST_BYTES_OF_JOINS
        about["joins"] = list(joins) if is_short else True
    told = {"address": change.address, "events": [_event(event) for event in change.events]}
    try:
        return about, orjson.dumps(told).decode()
    except TypeError:  # a number above 64 bits beside what is encoded already
        told["events"] = [_event(event, parsed=True) for event in change.events]
        return about, socketio.encode(told).decode()


def to_change(message: Message) -> Change:
    """The change whose payload is there. Raises Misfit."""
    try:
        told = _parse(message.payload)
        place = ConversationId(message.about["c"])
        events = [_to_event(place, one) for one in told["events"]]
        return Change(place, message.about["seq"], events, str(told["address"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Misfit("not a change") from None


def about_person(item: Announcement) -> tuple[Kind, dict[str, Any], str | None] | None:
    """The same for what concerns one person; None for what is of no concern to other processes."""
    if isinstance(item, Personal):
        return "personal", {"user": item.user_id, "name": item.name}, socketio.encode(dict(item.body)).decode()
    if isinstance(item, SessionsEnded):
        return "ended", {"user": item.user_id, "token": item.token_hash}, None
    return None


def to_announcement(message: Message) -> Announcement:
    """Raises Misfit."""
    try:
        user_id = UserId(message.about["user"])
        if message.kind == "ended":
            return SessionsEnded(user_id, message.about["token"])
        return Personal(str(message.about["name"]), user_id, _checked(_parse(message.payload), dict))
    except (ValueError, KeyError, TypeError):
        raise Misfit("not an announcement") from None


def _checked(value: Any, kind: type[Any]) -> Any:
    if not isinstance(value, kind):
        raise TypeError
    return value


KINDS: Final = ("change", "personal", "ended", "beacon", "signs")


def _fits(text: str, max_bytes: int) -> bool:
    return len(text) <= max_bytes and size(text) <= max_bytes


def _unpacked(payload: str) -> str:
    if not payload.startswith("~"):
        return payload
    try:
        unpacker = zlib.decompressobj()
        whole = unpacker.decompress(base64.b85decode(payload[1:]), MOST_UNPACKED)
        if not unpacker.eof:
            raise Misfit("not packed by us")
        return whole.decode()
    except (ValueError, zlib.error):
        raise Misfit("not packed by us") from None


def _parse(payload: str | None) -> Any:
    """Numbers above 64 bits, which clients may have put into their metadata, keep their digits."""
    return json.loads(payload or "") if LARGE_NUMBER.search(payload or "") else orjson.loads(payload or "")


def _event(event: Event, *, parsed: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {"name": event.name}
    if event.encoded is not None and not parsed:
        told["body"] = orjson.Fragment(event.encoded)
    elif event.body:
        told["body"] = dict(event.body)
    if event.bodies_by_user:
        views: dict[int, tuple[Any, list[UserId]]] = {}
        for user_id, body in event.bodies_by_user.items():
            views.setdefault(id(body), (dict(body), []))[1].append(user_id)
        told["views"] = list(views.values())
    for key in ("joins", "leaves", "but"):
        if people := getattr(event, key):
            told[key] = list(people)
    if event.companions:
        told["companions"] = [_event(companion, parsed=parsed) for companion in event.companions]
    if event.notice is not None:
        told["notice"] = _notice(event.notice)
    if event.by is not None:
        told["by"] = event.by
    return told


def _to_event(place: ConversationId, told: Mapping[str, Any]) -> Event:
    views = {UserId(user_id): _checked(body, dict) for body, user_ids in told.get("views", ()) for user_id in user_ids}
    return Event(
        str(told["name"]),
        place,
        _checked(told.get("body", {}), dict),
        bodies_by_user=views,
        joins=tuple(told.get("joins", ())),
        leaves=tuple(told.get("leaves", ())),
        but=frozenset(told.get("but", ())),
        companions=tuple(_to_event(place, one) for one in told.get("companions", ())),
        notice=_to_notice(told["notice"]) if "notice" in told else None,
        by=told.get("by"),
    )


def _notice(notice: Notice) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": notice.kind, "actor": notice.actor_id, "message": notice.message_id}
    if notice.mentioned:
        told["mentioned"] = list(notice.mentioned)
    if notice.mentions_all:
        told["all"] = True
    if notice.replied_to is not None:
        told["replied"] = notice.replied_to
    if notice.only is not None:
        told["only"] = notice.only
    return told


def _to_notice(told: Mapping[str, Any]) -> Notice:
    message_id = told["message"]
    return Notice(
        told["kind"],
        UserId(told["actor"]),
        None if message_id is None else MessageId(message_id),
        mentioned=frozenset(told["mentioned"]) if "mentioned" in told else (),
        mentions_all=told.get("all", False),
        replied_to=told.get("replied"),
        only=told.get("only"),
    )
