"""The reference client: a state loaded from REST, and the one way in which events change it.

It is what every client has to do, in the shortest form: numbered events in order and once, positions that only grow,
and everything else (statuses, last message, order of the list) derived from those two. Only the unread are counted, for
what one deleted for oneself counts too, and nobody sees it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.model.changes import CHANGES, ENDS, GROUP, POLL, QUOTED, REFUSALS, own_votes, with_members, without_member

Json = dict[str, Any]


class Whatever:
    """Equal to everything: stands for a value that no event tells.

    `messages_read` does not say when: after somebody marked as read (instead of writing, which says when) their
    `last_read_at`, and the `timestamp` of what they read, are known after the next fetch only. And nothing says how far
    somebody read whom one blocked.
    """

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "(no event tells)"


UNTOLD = Whatever()
WORST = ("sent", "delivered", "read")


@dataclass
class Position:
    """How far a member has read or received, and since when."""

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
    positions: dict[str, Position] = field(default_factory=dict)  # how far each has read
    delivered: dict[str, Position] = field(default_factory=dict)


class Reducer:
    """The state of one person's client."""

    def __init__(self, me: str) -> None:
        self.me = me
        self.chats: dict[str, Chat] = {}
        self.unheard: set[str] = set()  # whom one blocked at some time since the fetch
        self.ended: set[str] = set()  # heard of the own end: nothing with a number may come after it

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
                if _is_own(message, user_id) or _has_read(message, user_id, self.me)
            ]
            chat.positions[user_id] = Position(max(covered, default=0), member["last_read_at"])
            chat.delivered[user_id] = _received(messages, user_id)
        self.chats[conversation["id"]] = chat
        self.ended.discard(conversation["id"])

    def is_level(self, heads: dict[str, int], unread: dict[str, int], history_after: dict[str, int]) -> None:
        """Everything missed was applied: what is said beside it stands for these numbers, where nothing came since."""
        for chat_id, chat in self.chats.items():
            if chat.seq == heads.get(chat_id):
                begins = history_after.get(chat_id, 0)
                chat.messages = [message for message in chat.messages if message["sequence_number"] > begins]
                chat.unread = unread.get(chat_id, 0)

    def apply(self, name: str, body: Json) -> None:
        """One event. What has `compat` is for older clients; typing, presence and answers change no state."""
        assert name != "error" or body["code"] in REFUSALS, body
        if name == "user_blocked" and body["is_blocked"]:
            self.unheard.add(body["user_id"])
        if name == "conversation_created":
            self._created(body)
        if body.get("compat") or body.get("conversation_id") not in self.chats:
            assert "seq" not in body or body["conversation_id"] not in self.ended, f"{name} after the own end"
            return  # the fetch did not show it any more
        if "seq" in body:
            self._numbered(name, self.chats[body["conversation_id"]], body)
        elif name == "messages_read":
            self._read(self.chats[body["conversation_id"]], body["user_id"], body["sequence_number"])
        elif name == "messages_delivered":
            self._receive(self.chats[body["conversation_id"]], body["user_id"], body["sequence_number"])
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
            self.load(conversation, [], body["seq"])

    def _numbered(self, name: str, chat: Chat, body: Json) -> None:
        """Once and in order; an event that this reducer does not know is only a number to it."""
        if body["seq"] <= chat.seq:
            return
        assert body["seq"] == chat.seq + 1, f"a gap: {body['seq']} after {chat.seq}"
        chat.seq = body["seq"]
        if name == "unseen_change" and body["sequence_number"] is not None:
            chat.newest, chat.used_at = body["sequence_number"], body["timestamp"]
        elif name == "new_message":
            self._message(chat, {key: value for key, value in body.items() if key != "seq"})
        elif name in ENDS and self.me == body[ENDS[name]]:
            del self.chats[body["conversation_id"]]
            self.ended.add(body["conversation_id"])
        elif name in ENDS:
            chat.positions.pop(body[ENDS[name]], None)  # who was added and is gone again was never shown
            chat.delivered.pop(body[ENDS[name]], None)
            chat.conversation = without_member(chat.conversation, body, body[ENDS[name]])
        elif name == "member_added":
            for added in body["added_members"]:
                chat.positions.setdefault(added["user_id"], Position(chat.newest))
                chat.delivered.setdefault(added["user_id"], Position(chat.newest))
            chat.conversation = with_members(chat.conversation, body)
        elif name in GROUP:
            chat.conversation = GROUP[name](chat.conversation, body)
        elif name in POLL:
            for message in chat.messages:
                if message["id"] == body["poll"]["messageId"]:
                    message["poll"] = own_votes(body["poll"], self.me)
        elif name in CHANGES:
            for message in chat.messages:
                if message["id"] == body["message_id"]:
                    CHANGES[name](message, body)
                elif message["reply_to_id"] == body["message_id"] and message["reply_to"] is not None:
                    QUOTED[name](message["reply_to"], body)

    def _message(self, chat: Chat, message: Json) -> None:
        chat.messages.append(message)
        chat.newest, chat.used_at = message["sequence_number"], message["created_at"]
        chat.unread = 0 if _is_own(message, self.me) else chat.unread + 1
        if _is_own(message, message["sender_id"]):
            self._advance(chat, message["sender_id"], message["sequence_number"], message["created_at"])

    def _read(self, chat: Chat, user_id: str, number: int) -> None:
        self._advance(chat, user_id, number, UNTOLD)
        if user_id == self.me:
            chat.newest = max(chat.newest, number)
            chat.unread = min(chat.unread, chat.newest - number)

    def _receive(self, chat: Chat, user_id: str, number: int) -> None:
        if user_id in chat.delivered and number > chat.delivered[user_id].number:
            chat.delivered[user_id] = Position(number, UNTOLD)

    def _keep(self, conversation_id: str, wanted: Callable[[Json], bool]) -> None:
        chat = self.chats[conversation_id]
        chat.messages = [message for message in chat.messages if wanted(message)]

    def _advance(self, chat: Chat, user_id: str, number: int, at: Any) -> None:
        if user_id in chat.positions and number > chat.positions[user_id].number:
            chat.positions[user_id] = Position(number, at)

    def _shown(self, chat: Chat) -> Json:
        last = chat.messages[-1] if chat.messages else None
        conversation = chat.conversation | {
            "last_message": last and _summary(last),
            "updated_at": chat.used_at or chat.conversation["created_at"],
            "unread_count": chat.unread,
            "members": [
                {**member, "last_read_at": self._told(member["user_id"], chat.positions[member["user_id"]].at)}
                for member in chat.conversation["members"]
            ],
        }
        return {"conversation": conversation, "messages": [self._with_status(chat, m) for m in chat.messages]}

    def _with_status(self, chat: Chat, message: Json) -> Json:
        number, sender = message["sequence_number"], message["sender_id"]
        others = [  # who came later is no recipient of it
            member
            for member in chat.conversation["members"]
            if member["user_id"] != sender and member["joined_at"] <= message["created_at"]
        ]
        statuses = []
        for member in others:
            status, at = self._reached(chat, member["user_id"], number)
            told = {"status": status, "timestamp": at or message["created_at"]}
            told = {key: self._told(member["user_id"], value) for key, value in told.items()}
            statuses.append({"message_id": message["id"], "user_id": member["user_id"], **told})
        counted = [member["user_id"] for member in others] if sender == self.me else [self.me]
        reached = [self._reached(chat, user_id, number)[0] for user_id in counted]
        status = min(reached, key=WORST.index, default="sent")
        if any(user_id in self.unheard for user_id in counted):
            status = UNTOLD
        return message | {"statuses": statuses, "status": status}

    def _reached(self, chat: Chat, user_id: str, number: int) -> tuple[Any, Any]:
        """How far a message got with somebody, and since when."""
        read, delivered = chat.positions[user_id], chat.delivered[user_id]
        if number <= read.number:
            return "read", read.at
        return ("delivered", delivered.at) if number <= delivered.number else ("sent", None)

    def _told(self, user_id: str, value: Any) -> Any:
        return UNTOLD if user_id in self.unheard else value


def _is_own(message: Json, user_id: str) -> bool:
    """A notice is nobody's own, whoever it is about."""
    return bool(message["sender_id"] == user_id and message["type"] != "SYSTEM")


def _received(messages: list[Json], user_id: str) -> Position:
    """Up to where the statuses of a fetch say `delivered`, and since when: where somebody read, that says more."""
    found = [
        (message["sequence_number"], status["timestamp"])
        for message in messages
        for status in message["statuses"]
        if status["user_id"] == user_id and status["status"] == "delivered"
    ]
    return Position(*max(found, default=(0, None)))


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
