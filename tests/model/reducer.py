"""The reference client: a state loaded from REST, and the one way in which events change it.

It is what every client has to do, in the shortest form: numbered events in order and once, positions that only grow,
and everything else (unread, statuses, last message, order of the list) derived from those two.
"""

from __future__ import annotations

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
    messages: list[Json] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)


class Reducer:
    """The state of one person's client."""

    def __init__(self, me: str) -> None:
        self.me = me
        self.chats: dict[str, Chat] = {}

    def load(self, conversation: Json, messages: list[Json], seq: int) -> None:
        """From a fetch, in the casing of events; messages are oldest first."""
        chat = Chat(conversation, seq, messages)
        for member in conversation["members"]:
            user_id = member["user_id"]
            covered = [
                message["sequence_number"]
                for message in messages
                if message["sender_id"] == user_id or _status_of(message, user_id) == "read"
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
        elif name == "new_message":
            self._message(self.chats[body["conversation_id"]], body)
        elif name == "messages_read":
            self._advance(self.chats[body["conversation_id"]], body["user_id"], body["sequence_number"], UNTOLD)

    def view(self) -> Json:
        """Everything a person can see, as a fetch shows it."""
        shown = {chat_id: self._shown(chat) for chat_id, chat in self.chats.items()}
        return {"order": sorted(shown, key=lambda chat_id: _place(shown[chat_id]["conversation"])), "chats": shown}

    def _created(self, body: Json) -> None:
        conversation = {key: value for key, value in body.items() if key not in ("conversation_id", "seq")}
        assert conversation["id"] == body["conversation_id"]
        if conversation["id"] not in self.chats:  # it may be older than the fetch
            self.load(conversation, [], 0)

    def _message(self, chat: Chat, body: Json) -> None:
        if body["seq"] <= chat.seq:
            return
        assert body["seq"] == chat.seq + 1, f"a gap: {body['seq']} after {chat.seq}"
        chat.seq = body["seq"]
        message = {key: value for key, value in body.items() if key != "seq"}
        chat.messages.append(message)
        self._advance(chat, message["sender_id"], message["sequence_number"], message["created_at"])

    def _advance(self, chat: Chat, user_id: str, number: int, at: Any) -> None:
        if number > chat.positions[user_id].number:
            chat.positions[user_id] = Position(number, at)

    def _shown(self, chat: Chat) -> Json:
        last = chat.messages[-1] if chat.messages else None
        conversation = chat.conversation | {
            "last_message": last and _summary(last),
            "updated_at": last["created_at"] if last else chat.conversation["created_at"],
            "unread_count": len(chat.messages) - chat.positions[self.me].number,
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


def _status_of(message: Json, user_id: str) -> str | None:
    return next((status["status"] for status in message["statuses"] if status["user_id"] == user_id), None)


def _summary(message: Json) -> Json:
    same = {key: message[key] for key in ("id", "content", "type", "sender_id", "encrypted")}
    return same | {"senderId": message["sender_id"], "timestamp": message["created_at"]}


def _place(conversation: Json) -> tuple[Any, ...]:
    """Last activity first, never-used ones last; the texts sort as the times do, so each letter is turned round."""
    last = conversation["last_message"]
    used = _turned(last["timestamp"]) if last else ()
    return (last is None, used, _turned(conversation["created_at"]), _turned(conversation["id"]))


def _turned(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)
