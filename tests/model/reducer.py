"""The reference client: a state loaded from REST, and the one way in which events change it.

It is what every client has to do, in the shortest form: numbered events in order and once, positions that only grow,
and everything else (statuses, last message, order of the list) derived from those two. Only the unread are counted, for
what one deleted for oneself counts too, and nobody sees it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class Whatever:
    """Equal to everything: stands for a value that no event tells.

    There is one such value: `messages_read` does not say when. So after somebody marked as read (instead of writing,
    which says when) their `last_read_at`, and the `timestamp` of what they read, are known after the next fetch only.
    """

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "(no event tells)"


UNTOLD = Whatever()


@dataclass
class Position:
    """How far a member has read, and since when."""

    number: int = 0
    at: Any = None


@dataclass
class Chat:
    """One conversation as its viewer holds it."""

    conversation: Json
    seq: int = 0
    unread: int = 0
    newest: int = 0  # the highest message number that was seen
    used_at: str | None = None  # when the newest message was written, whether one sees it or not
    messages: list[Json] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)


class Reducer:
    """The state of one person's client."""

    def __init__(self, me: str) -> None:
        self.me = me
        self.chats: dict[str, Chat] = {}

    def load(self, conversation: Json, messages: list[Json], seq: int) -> None:
        """From a fetch, in the casing of events; messages are oldest first."""
        chat = Chat(conversation, seq, conversation["unread_count"], messages=messages)
        chat.newest = max((message["sequence_number"] for message in messages), default=0)
        if messages or conversation["updated_at"] != conversation["created_at"]:
            chat.used_at = conversation["updated_at"]
        for member in conversation["members"]:
            user_id = member["user_id"]
            covered = [
                message["sequence_number"]
                for message in messages
                if message["sender_id"] == user_id or _has_read(message, user_id, self.me)
            ]
            chat.positions[user_id] = Position(max(covered, default=0), member["last_read_at"])
        self.chats[conversation["id"]] = chat

    def apply(self, name: str, body: Json) -> None:
        """One event. What has `compat` is for older clients; typing, presence and answers change no state."""
        assert name != "error", body
        if body.get("compat"):
            return
        if name == "conversation_created":
            self._created(body)
        elif "seq" in body:
            self._numbered(name, self.chats[body["conversation_id"]], body)
        elif name == "messages_read":
            self._read(self.chats[body["conversation_id"]], body["user_id"], body["sequence_number"])
        elif name == "message_hidden":
            self._keep(body["conversation_id"], lambda message: message["id"] != body["message_id"])
        elif name == "conversation_cleared":
            self._keep(body["conversation_id"], lambda message: message["sequence_number"] > body["sequence_number"])

    def view(self) -> Json:
        """Everything a person can see, as a fetch shows it."""
        shown = {chat_id: self._shown(chat) for chat_id, chat in self.chats.items()}
        return {"order": sorted(shown, key=lambda chat_id: _place(self.chats[chat_id])), "chats": shown}

    def _created(self, body: Json) -> None:
        conversation = {key: value for key, value in body.items() if key not in ("conversation_id", "seq")}
        assert conversation["id"] == body["conversation_id"]
        if conversation["id"] not in self.chats:  # it may be older than the fetch
            self.load(conversation, [], 0)

    def _numbered(self, name: str, chat: Chat, body: Json) -> None:
        """Once and in order; an event that this reducer does not know is only a number to it."""
        if body["seq"] <= chat.seq:
            return
        assert body["seq"] == chat.seq + 1, f"a gap: {body['seq']} after {chat.seq}"
        chat.seq = body["seq"]
        if name == "new_message":
            self._message(chat, {key: value for key, value in body.items() if key != "seq"})
        elif name in CHANGES:
            for message in chat.messages:
                if message["id"] == body["message_id"]:
                    CHANGES[name](message, body)
                elif message["reply_to_id"] == body["message_id"] and message["reply_to"] is not None:
                    QUOTED[name](message["reply_to"], body)

    def _message(self, chat: Chat, message: Json) -> None:
        chat.messages.append(message)
        chat.newest, chat.used_at = message["sequence_number"], message["created_at"]
        chat.unread = 0 if message["sender_id"] == self.me else chat.unread + 1
        self._advance(chat, message["sender_id"], message["sequence_number"], message["created_at"])

    def _read(self, chat: Chat, user_id: str, number: int) -> None:
        self._advance(chat, user_id, number, UNTOLD)
        if user_id == self.me:
            chat.newest = max(chat.newest, number)
            chat.unread = min(chat.unread, chat.newest - number)

    def _keep(self, conversation_id: str, wanted: Callable[[Json], bool]) -> None:
        chat = self.chats[conversation_id]
        chat.messages = [message for message in chat.messages if wanted(message)]

    def _advance(self, chat: Chat, user_id: str, number: int, at: Any) -> None:
        if number > chat.positions[user_id].number:
            chat.positions[user_id] = Position(number, at)

    def _shown(self, chat: Chat) -> Json:
        last = chat.messages[-1] if chat.messages else None
        conversation = chat.conversation | {
            "last_message": last and _summary(last),
            "updated_at": chat.used_at or chat.conversation["created_at"],
            "unread_count": chat.unread,
            "members": [
                {**member, "last_read_at": chat.positions[member["user_id"]].at}
                for member in chat.conversation["members"]
            ],
        }
        return {"conversation": conversation, "messages": [self._with_status(chat, m) for m in chat.messages]}

    def _with_status(self, chat: Chat, message: Json) -> Json:
        number, sender = message["sequence_number"], message["sender_id"]
        others = {user_id: chat.positions[user_id] for user_id in chat.positions if user_id != sender}
        statuses = [
            {
                "message_id": message["id"],
                "user_id": member["user_id"],
                "status": "read" if number <= others[member["user_id"]].number else "sent",
                "timestamp": others[member["user_id"]].at
                if number <= others[member["user_id"]].number
                else message["created_at"],
            }
            for member in chat.conversation["members"]
            if member["user_id"] != sender
        ]
        counted = others.values() if sender == self.me else [chat.positions[self.me]]
        read = all(number <= position.number for position in counted)
        return message | {"statuses": statuses, "status": "read" if read else "sent"}


def _edited(message: Json, body: Json) -> None:
    told = ("content", "metadata_json", "is_edited", "updated_at", "deleted_at")
    message.update({key: body[key] for key in told})
    if body["deleted_at"] is not None:
        message.update(reactions=[], poll=None)


def _reacted(message: Json, body: Json) -> None:
    said = body["reaction"]
    others = [reaction for reaction in message["reactions"] if reaction["user_id"] != said["user_id"]]
    message["reactions"] = [*others, said]


def _took_back(message: Json, body: Json) -> None:
    message["reactions"] = [reaction for reaction in message["reactions"] if reaction["user_id"] != body["user_id"]]


def _unchanged(message: Json, body: Json) -> None:
    """A quote shows no reactions."""


# What an event does to the message it is about, and to the quotes of it.
CHANGES = {"message_edited": _edited, "reaction_added": _reacted, "reaction_removed": _took_back}
QUOTED = {"message_edited": _edited, "reaction_added": _unchanged, "reaction_removed": _unchanged}


def _has_read(message: Json, user_id: str, me: str) -> bool:
    if user_id == me:
        return bool(message["status"] == "read" and message["sender_id"] != me)
    return any(status["user_id"] == user_id and status["status"] == "read" for status in message["statuses"])


def _summary(message: Json) -> Json:
    same = {key: message[key] for key in ("id", "content", "type", "sender_id", "encrypted")}
    return same | {"senderId": message["sender_id"], "timestamp": message["created_at"]}


def _place(chat: Chat) -> tuple[Any, ...]:
    """Last activity first, never-used ones last; the texts sort as the times do, so each letter is turned round."""
    used = _turned(chat.used_at) if chat.used_at else ()
    created_at, chat_id = chat.conversation["created_at"], chat.conversation["id"]
    return (chat.used_at is None, used, _turned(created_at), _turned(chat_id))


def _turned(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)
