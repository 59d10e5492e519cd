"""The only place that emits: what a committed unit of work announced, and what has no number (typing, presence).

Rooms follow membership: a member's sockets enter the room here, before the event that tells of it, and never by a
client's word. An event is encoded and framed once for all its recipients, once per distinct view of it. Events leave
in the order of their numbers, whichever process they come from (`order`), and nothing here waits between taking
somebody out of a room and writing to it, so nothing numbered after a removal reaches the removed.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
from tms_chat.realtime.order import NOBODY, Change, Line, changes
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
        #: Tells the other processes, if there are any.
        self.tell: Callable[[Change | Announcement], None] | None = None
        #: The conversations in which something happened lately, and when last; the latest one is the last.
        self.news: dict[ConversationId, float] = {}
        #: Whether somebody is connected at another process.
        self.is_elsewhere: Callable[[UserId], bool] = lambda _user_id: False
        #: Tells somebody here of somebody there, if they may see each other.
        self.meets: Callable[[UserId, UserId], None] = lambda _told, _about: None
        #: Hears of a conversation of which something is missing.
        self.missing: Callable[[ConversationId], None] | None = None

    async def publish(self, announced: Sequence[Announcement]) -> None:
        """Everything one unit announced, in its order. Called after its commit."""
        for item in changes(announced, own_address.get()):
            if self.tell is not None:
                self.tell(item)
            if isinstance(item, Change):
                self.let_through(item)
            else:
                await self.take(item)

    async def take(self, item: Announcement) -> None:
        """What was announced, here or in another process, and has no place in a conversation."""
        self._missed.note(item)
        try:
            if isinstance(item, Personal):
                await self._publish_personal(item)
            elif isinstance(item, SessionsEnded):
                self._end_sessions(item)
            else:
                assert isinstance(item, FilesGone)  # nobody is told: the file store hears of it
        except Exception:
            log.exception("publish_failed", announced=repr(item)[:120])

    def let_through(self, change: Change) -> None:
        """To its room: now, or once what comes before it has left; not at all when it has left already."""
        conversation_id, seq = change.conversation_id, change.seq
        line = self._sessions.lines.get(conversation_id)
        if seq is None or line is None or seq == line.last + 1:
            self._out(change, line)
        elif seq > line.last:
            line.hold(change)
        elif seq <= line.since and self._waits_outside(change):
            line.rewind(seq - 1, self._sessions.room(conversation_id))
            self._out(change, line)
        elif (rest := change.rest) is not None:  # it has left as the journal told it, which knows less
            self._out(rest, line)
        if line is not None and line.last < line.goal:
            self._go_on(conversation_id, line)

    def replayed(self, conversation_id: ConversationId, after: int, read: Sequence[Change], until: int) -> None:
        """What the journal says of the numbers after this one, up to that one. Nothing, when the room went back before
        this one while it was read: it would jump over what is between."""
        line = self._sessions.lines.get(conversation_id)
        if line is None or line.last < after:
            return
        for change in read:
            line = self._sessions.lines.get(conversation_id)
            if line is None:
                return
            if change.seq is not None and change.seq > line.last:
                # What was announced says more than the journal does: whom to notify, and what older clients need.
                held = line.held.pop(change.seq, None) if line.held is not None else None
                self._out(held or change, line)
        line = self._sessions.lines.get(conversation_id)
        if line is not None:
            line.passed(until)
            self._go_on(conversation_id, line)

    def no_more(self, conversation_id: ConversationId, goal: int) -> None:
        """The journal ends before this number, which somebody told of."""
        line = self._sessions.lines.get(conversation_id)
        if line is not None and line.goal <= goal:
            line.goal, line.held = line.last, None

    def welcome(self, user_id: UserId, conversation_id: ConversationId, seq: int, body: dict[str, Any]) -> None:
        """Somebody belongs to a conversation since this number and was not told: they are, and what came since follows,
        a removal too."""
        for session in self._sessions.of(user_id):
            if not session.may_enter(conversation_id, seq):
                continue
            line = self._sessions.lines.get(conversation_id)
            if line is not None and seq < line.last:
                line.rewind(seq, self._sessions.room(conversation_id))
            self.enter(session, {conversation_id: seq})
            self._show(session, "conversation_created", body)
            line = self._sessions.lines[conversation_id]
            if line.last < line.goal and self.missing is not None:
                self.missing(conversation_id)

    def committed(self, conversation_id: ConversationId, seq: int) -> None:
        """Somebody read that a conversation is this far."""
        line = self._sessions.lines.get(conversation_id)
        if line is not None and seq > line.goal:
            line.goal = seq

    def to_conversations(
        self,
        name: str,
        body: dict[str, Any],
        conversation_ids: Iterable[ConversationId],
        *,
        but: UserId,
        hidden_from: Iterable[UserId] = (),
        only: UserId | None = None,
    ) -> None:
        """An event without a number about one person, once to each socket in these rooms, or those of `only` one: not
        to their own, not to those of people who blocked them, and not to those of `hidden_from`. It may be lost."""
        listeners: dict[Session, None] = {}
        for conversation_id in conversation_ids:
            listeners |= self._sessions.room(conversation_id)
        if only is not None:
            listeners = {session: None for session in self._sessions.of(only) if session in listeners}
        if not listeners:
            return
        prepared = _prepare(name, body, is_volatile=True)
        left_out = {but, *hidden_from, *self._people.blockers_of(but)}
        for session in listeners:
            if session.user_id not in left_out:
                session.connection.send(prepared)

    def to_socket(self, session: Session, name: str, body: dict[str, Any], *, is_volatile: bool = False) -> None:
        """An event for one socket; nothing happens when it is gone. `is_volatile`: it may be lost."""
        session.connection.send(_prepare(name, body, is_volatile=is_volatile))

    def enter(self, session: Session, heads: Mapping[ConversationId, int]) -> None:
        """Let a socket hear these conversations, from after these numbers on."""
        lines = self._sessions.lines
        for conversation_id, head in heads.items():
            self._sessions.entered(session, conversation_id)
            line = lines.get(conversation_id)
            if line is None:
                lines[conversation_id] = Line(head, head)
            elif head > line.last:
                line.raise_floor(session, head)

    def close(self, session: Session, code: str, detail: str) -> None:
        """Tell a socket why, and close it."""
        self.to_socket(session, "error", {"code": code, "detail": detail})
        session.connection.disconnect()

    def _out(self, change: Change, line: Line | None) -> None:
        seq = change.seq
        here = own_address.set(change.address) if change.address != own_address.get() else None
        for event in change.events:
            self._missed.note(event)
            try:
                self._publish_event(event, seq, line)
            except Exception:
                # The journal has it; what comes after it may be what takes somebody out of a room.
                log.exception("publish_failed", announced=repr(event)[:120])
        if here is not None:
            own_address.reset(here)
        if line is None:  # it may have opened the room
            line = self._sessions.lines.get(change.conversation_id)
        if seq is not None and line is not None:
            line.passed(seq)
            self.news.pop(change.conversation_id, None)
            self.news[change.conversation_id] = time.monotonic()

    def forget_news(self, before: float) -> None:
        """What happened before this moment of the monotonic clock."""
        while self.news:
            conversation_id = next(iter(self.news))
            if self.news[conversation_id] >= before:
                return
            del self.news[conversation_id]

    def _go_on(self, conversation_id: ConversationId, line: Line) -> None:
        """With what waited, and with looking for what is missing."""
        lines = self._sessions.lines
        while lines.get(conversation_id) is line and (change := line.take_next()) is not None:
            self._out(change, line)
        if lines.get(conversation_id) is line and line.last < line.goal and self.missing is not None:
            self.missing(conversation_id)

    def _waits_outside(self, change: Change) -> bool:
        """Whether somebody who joins with it has a socket here that is not in the room."""
        return any(
            session.may_enter(change.conversation_id, change.seq or 0)
            for user_id in change.joins
            for session in self._sessions.of(user_id)
        )

    def _publish_event(self, event: Event, seq: int | None, line: Line | None) -> None:
        conversation_id = event.conversation_id
        for user_id in event.joins:
            for session in self._sessions.of(user_id):
                self._join(session, conversation_id, seq or 0)
        beyond = NOBODY if line is None or line.floors is None else line.beyond(seq)
        leaving = self._take_out(event, seq or 0, beyond) if event.leaves else ()
        self._emit(event, beyond)
        for session in leaving:
            self._show(session, event.name, event.body)
        for companion in event.companions:
            self._publish_event(replace(companion, but=companion.but | event.but), seq, line)
        if event.notice is not None:
            self._notifier.tell(conversation_id, event.notice, beyond)

    def _join(self, session: Session, conversation_id: ConversationId, seq: int) -> None:
        if session.may_enter(conversation_id, seq):
            self._sessions.entered(session, conversation_id)
            if conversation_id not in self._sessions.lines:
                self._sessions.lines[conversation_id] = Line(seq - 1, seq - 1)

    def _take_out(self, event: Event, seq: int, beyond: Collection[Session]) -> list[Session]:
        """Those who leave are out of the room before the others hear of it: what somebody else sends them meanwhile
        (a receipt, which waits for nobody) must not come after their own removal. The sockets that are to hear of it.
        """
        leaving = []
        for user_id in event.leaves:
            self._people.left(user_id, event.conversation_id)
            for session in self._sessions.of(user_id):
                if session in beyond:
                    continue  # it came after they were back
                if event.conversation_id in session.conversations:
                    leaving.append(session)
                    session.left_with = (session.left_with or {}) | {event.conversation_id: seq}
                self._sessions.left(session, event.conversation_id)
        return leaving

    def _emit(self, event: Event, beyond: Collection[Session]) -> None:
        if event.bodies_by_user:
            self._emit_views(event, beyond)
            return
        room = self._sessions.room(event.conversation_id)
        if not room:
            return
        prepared = _prepare(event.name, event.body, event.encoded)
        left_out = self._left_out(event)
        address = self._differing_address(event)
        if not left_out and not beyond and address is None:
            for session in room:
                session.connection.send(prepared)
            return
        for session in room:
            if session.user_id in left_out or session in beyond:
                continue
            if address is None or session.address == address:
                session.connection.send(prepared)
            else:
                self._show(session, event.name, event.body)

    def _emit_views(self, event: Event, beyond: Collection[Session]) -> None:
        """Once per distinct view: of a thousand members without a quote all get the same packet."""
        prepared: dict[int, Prepared] = {}
        for user_id, body in event.bodies_by_user.items():
            for session in self._sessions.of(user_id):
                if event.conversation_id not in session.conversations or session in beyond:
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
        if still_apart:
            return
        for told, about in ((one, other), (other, one)):
            # Whether they share a conversation with who is connected elsewhere is not known here: to see somebody go
            # who was not seen changes nothing.
            if not self._sessions.share(one, other) and not (is_blocked and self.is_elsewhere(about)):
                if self._sessions.is_online(told) and self.is_elsewhere(about):
                    self.meets(told, about)
                continue
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
