"""The only place that emits: what a committed unit of work announced, and what has no number (typing, presence).

Rooms follow membership: a member's sockets enter the room here, before the event that tells of it, and never by a
client's word. An event is encoded and framed once for all its recipients, once per distinct view of it. Events are
published in the order of their numbers, and nothing here waits between taking somebody out of a room and writing to
it, so nothing numbered after a removal reaches the removed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import structlog

from tms_chat.core.addresses import FILES_PATH, names_files, own_address, readdressed
from tms_chat.core.clock import iso, now
from tms_chat.core.events import ATTENTION, Announcement, Body, Encoded, Event, FilesGone, Personal, SessionsEnded
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.realtime.engine import socketio
from tms_chat.realtime.engine.outbox import Prepared
from tms_chat.realtime.missed import Missed
from tms_chat.realtime.notifier import Notifier
from tms_chat.realtime.people import People
from tms_chat.realtime.sessions import Session, Sessions

log = structlog.get_logger(__name__)


class Publisher:
    """Sends to the sockets of this process."""

    def __init__(self, sessions: Sessions, people: People, missed: Missed) -> None:
        self._missed = missed
        self._sessions = sessions
        self._people = people
        self._notifier = Notifier(sessions, people)

    async def publish(self, announced: Sequence[Announcement]) -> None:
        """Everything one unit announced, in its order. Called after its commit."""
        for item in announced:
            self._missed.note(item)
            try:
                if isinstance(item, Event):
                    self._publish_event(item)
                elif isinstance(item, Personal):
                    await self._publish_personal(item)
                elif isinstance(item, SessionsEnded):
                    self._end_sessions(item)
                else:
                    assert isinstance(item, FilesGone)  # nobody is told: the file store hears of it
            except Exception:
                # The journal has it; what comes after it may be what takes somebody out of a room.
                log.exception("publish_failed", announced=repr(item)[:120])

    def to_conversations(
        self,
        name: str,
        body: dict[str, Any],
        conversation_ids: Iterable[ConversationId],
        *,
        but: UserId,
        hidden_from: Iterable[UserId] = (),
    ) -> None:
        """An event without a number about one person, once to each socket in these rooms: not to their own, not to
        those of people who blocked them, and not to those of `hidden_from`. It may be lost."""
        listeners: dict[Session, None] = {}
        for conversation_id in conversation_ids:
            listeners |= self._sessions.room(conversation_id)
        if not listeners:
            return
        prepared = _prepare(name, body, is_volatile=True)
        left_out = {but, *hidden_from, *self._people.blockers_of(but)}
        for session in listeners:
            if session.user_id not in left_out:
                session.connection.send(prepared)

    def to_socket(self, session: Session, name: str, body: dict[str, Any]) -> None:
        """An event for one socket; nothing happens when it is gone."""
        session.connection.emit(name, body)

    def enter(self, session: Session, conversation_ids: Iterable[ConversationId]) -> None:
        """Let a socket hear these conversations."""
        for conversation_id in conversation_ids:
            self._sessions.entered(session, conversation_id)

    def close(self, session: Session, code: str, detail: str) -> None:
        """Tell a socket why, and close it."""
        self.to_socket(session, "error", {"code": code, "detail": detail})
        session.connection.disconnect()

    def _publish_event(self, event: Event) -> None:
        for user_id in event.joins:
            for session in self._sessions.of(user_id):
                self.enter(session, [event.conversation_id])
        leaving = self._take_out(event)
        self._emit(event)
        for session in leaving:
            self._show(session, event.name, event.body)
        for companion in event.companions:
            self._publish_event(replace(companion, but=companion.but | event.but))
        if event.notice is not None:
            self._notifier.tell(event.conversation_id, event.notice)

    def _take_out(self, event: Event) -> list[Session]:
        """Those who leave are out of the room before the others hear of it: what somebody else sends them meanwhile
        (a receipt, which waits for nobody) must not come after their own removal. The sockets that are to hear of it.
        """
        leaving = []
        for user_id in event.leaves:
            self._people.left(user_id, event.conversation_id)
            for session in self._sessions.of(user_id):
                if event.conversation_id in session.conversations:
                    leaving.append(session)
                self._sessions.left(session, event.conversation_id)
        return leaving

    def _emit(self, event: Event) -> None:
        if event.bodies_by_user:
            self._emit_views(event)
            return
        room = self._sessions.room(event.conversation_id)
        if not room:
            return
        prepared = _prepare(event.name, event.body, event.encoded)
        left_out = self._left_out(event)
        address = self._differing_address(event)
        if not left_out and address is None:
            for session in room:
                session.connection.send(prepared)
            return
        for session in room:
            if session.user_id in left_out:
                continue
            if address is None or session.address == address:
                session.connection.send(prepared)
            else:
                self._show(session, event.name, event.body)

    def _emit_views(self, event: Event) -> None:
        """Once per distinct view: of a thousand members without a quote all get the same packet."""
        prepared: dict[int, Prepared] = {}
        for user_id, body in event.bodies_by_user.items():
            for session in self._sessions.of(user_id):
                if event.conversation_id not in session.conversations:
                    continue
                if session.address != own_address.get():
                    self._show(session, event.name, body)
                    continue
                if id(body) not in prepared:
                    prepared[id(body)] = _prepare(event.name, body, body.json if isinstance(body, Encoded) else None)
                session.connection.send(prepared[id(body)])

    def _show(self, session: Session, name: str, body: Body) -> None:
        """To one socket, with the addresses of files as it reaches this server: mostly as they stand there already."""
        is_same = session.address == own_address.get()
        self.to_socket(session, name, dict(body if is_same else readdressed(body, session.address)))

    async def _publish_personal(self, item: Personal) -> None:
        if item.name in ATTENTION:
            await self._people.changed(item.user_id)
        prepared = _prepare(item.name, item.body)
        for session in self._sessions.of(item.user_id):
            session.connection.send(prepared)
        if item.name == "user_blocked":
            self._meet_or_part(item.user_id, UserId(item.body["user_id"]), is_blocked=item.body["is_blocked"])

    def _meet_or_part(self, one: UserId, other: UserId, *, is_blocked: bool) -> None:
        """Presence is kept from both ends of a block: what they see of each other is what a fetch says from now on."""
        still_apart = not is_blocked and one in self._people.blocked_by(other)
        if still_apart or not self._sessions.share(one, other):
            return
        for told, about in ((one, other), (other, one)):
            body = {"user_id": about, "timestamp": iso(now())}
            for session in self._sessions.of(told):
                self.to_socket(session, "user_offline" if is_blocked else "user_online", body)

    def _differing_address(self, event: Event) -> str | None:
        """The name of this server that the event shows, when some socket reached it under another one."""
        address = own_address.get()
        if self._sessions.are_all_at(address):
            return None
        if event.encoded is not None and FILES_PATH.encode() not in event.encoded:
            return None  # without looking into it
        if not names_files(event.body):
            return None
        return address

    def _left_out(self, event: Event) -> Collection[UserId]:
        """The members who do not get it."""
        deaf = self._people.blockers_of(event.by) if event.by is not None else ()
        return {*event.but, *deaf} if deaf else event.but

    def _end_sessions(self, ended: SessionsEnded) -> None:
        for session in self._sessions.of(ended.user_id):
            if ended.token_hash is None or session.caller.claims.token_hash == ended.token_hash:
                self.close(session, "token_invalid", "This session has ended: sign in again.")


def _prepare(name: str, body: Body, encoded: bytes | None = None, *, is_volatile: bool = False) -> Prepared:
    packet = socketio.event(name, encoded if encoded is not None else socketio.encode(dict(body)))
    return Prepared(packet, is_volatile=is_volatile)
