"""The only place that emits: what a committed unit of work announced, and what has no number (typing, presence).

Rooms follow membership: a member's sockets enter the room here, before the event that tells of it, and never by a
client's word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import socketio
import structlog

from tms_chat.core.addresses import names_files, own_address, readdressed
from tms_chat.core.clock import iso, now
from tms_chat.core.events import ATTENTION, Announcement, Body, Event, FilesGone, Personal, SessionsEnded
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.realtime.notifier import notifications
from tms_chat.realtime.people import People
from tms_chat.realtime.sessions import Session, Sessions

log = structlog.get_logger(__name__)


def conversation_room(conversation_id: ConversationId) -> str:
    """The room of a conversation's members, as existing clients know it."""
    return f"conversation:{conversation_id}"


class Sids(list[str]):
    """The sockets that an event is not for. The library takes a list and looks for each socket of the room in it: most
    of a thousand members to be left out by each of a hundred events would be a second and a half."""

    def __init__(self, sids: Iterable[str]) -> None:
        super().__init__(sids)
        self._known = frozenset(self)

    def __contains__(self, sid: object) -> bool:
        return sid in self._known


class Publisher:
    """Sends to the sockets of this process."""

    def __init__(self, sio: socketio.AsyncServer, sessions: Sessions, people: People) -> None:
        self._sio = sio
        self._sessions = sessions
        self._people = people

    async def publish(self, announced: Sequence[Announcement]) -> None:
        """Everything one unit announced, in its order. Called after its commit."""
        for item in announced:
            try:
                if isinstance(item, SessionsEnded):
                    await self._end_sessions(item)
                elif isinstance(item, Personal):
                    await self._publish_personal(item)
                elif isinstance(item, FilesGone):
                    continue  # nobody is told: the file store hears of it
                else:
                    await self._publish_event(item)
            except Exception:
                # The journal has it; what comes after it may be what takes somebody out of a room.
                log.exception("publish_failed", announced=repr(item)[:120])

    async def to_conversations(
        self,
        name: str,
        body: dict[str, Any],
        conversation_ids: Iterable[ConversationId],
        *,
        but: UserId,
        hidden_from: Iterable[UserId] = (),
    ) -> None:
        """An event without a number about one person, once to each socket in these rooms: not to their own, not to
        those of people who blocked them, and not to those of `hidden_from`."""
        rooms = [conversation_room(conversation_id) for conversation_id in conversation_ids]
        if rooms:
            left_out = [session.sid for user_id in (but, *hidden_from) for session in self._sessions.of(user_id)]
            await self._sio.emit(name, body, room=rooms, skip_sid=Sids(left_out + self._deaf_to(but)))

    async def to_socket(self, sid: str, name: str, body: dict[str, Any]) -> None:
        """To one socket; nothing happens when it is gone."""
        await self._sio.emit(name, body, room=sid)

    async def enter(self, session: Session, conversation_ids: Iterable[ConversationId]) -> None:
        """Let a socket hear these conversations; nothing happens when it is gone."""
        for conversation_id in conversation_ids:
            if self._sessions.get(session.sid) is not session:
                return
            if conversation_id in session.left:
                continue
            await self._sio.enter_room(session.sid, conversation_room(conversation_id))
            self._sessions.entered(session, conversation_id)

    async def leave(self, session: Session, conversation_id: ConversationId) -> None:
        """Let a socket not hear this conversation any more."""
        self._sessions.left(session, conversation_id)
        await self._sio.leave_room(session.sid, conversation_room(conversation_id))

    async def close(self, session: Session, code: str, detail: str) -> None:
        """Tell a socket why, and close it."""
        await self.to_socket(session.sid, "error", {"code": code, "detail": detail})
        await self._sio.disconnect(session.sid)
        if session.connection is not None:
            session.connection.end_soon()

    async def _publish_event(self, event: Event) -> None:
        for user_id in event.joins:
            for session in self._sessions.of(user_id):
                session.left.discard(event.conversation_id)
                await self.enter(session, [event.conversation_id])
        leaving = await self._take_out(event)
        await self._emit(event)
        for session in leaving:
            await self._show(session, event.name, event.body)
        for companion in event.companions:
            await self._publish_event(replace(companion, but=companion.but | event.but))
        if event.notice is not None:
            for notification, sids in notifications(self._sessions, self._people, event.conversation_id, event.notice):
                await self._sio.emit("notification", notification.event(), room=sids)

    async def _take_out(self, event: Event) -> list[Session]:
        """Those who leave are out of the room before the others hear of it: what somebody else sends them meanwhile
        (a receipt, which waits for nobody) must not come after their own removal. The sockets that are to hear of it.
        """
        leaving = []
        for user_id in event.leaves:
            self._people.left(user_id, event.conversation_id)
            for session in self._sessions.of(user_id):
                if event.conversation_id in session.conversations:
                    leaving.append(session)
                await self.leave(session, event.conversation_id)
        return leaving

    async def _emit(self, event: Event) -> None:
        if not event.bodies_by_user:
            left_out, elsewhere = Sids(self._left_out(event)), self._elsewhere(event)
            skipped = Sids([*left_out, *(session.sid for session in elsewhere)])
            room = conversation_room(event.conversation_id)
            await self._sio.emit(event.name, dict(event.body), room=room, skip_sid=skipped)
            for session in elsewhere:
                if session.sid not in left_out:
                    await self._show(session, event.name, event.body)
            return
        for user_id, body in event.bodies_by_user.items():
            for session in self._sessions.of(user_id):
                # A socket that is still arriving hears what its person's rooms hear once it is in them.
                if event.conversation_id in session.conversations:
                    await self._show(session, event.name, body)

    async def _show(self, session: Session, name: str, body: Body) -> None:
        """To one socket, with the addresses of files as it reaches this server: mostly as they stand there already."""
        is_same = session.address == own_address.get()
        await self.to_socket(session.sid, name, dict(body if is_same else readdressed(body, session.address)))

    async def _publish_personal(self, item: Personal) -> None:
        if item.name in ATTENTION:
            await self._people.changed(item.user_id)
        for session in self._sessions.of(item.user_id):
            await self.to_socket(session.sid, item.name, dict(item.body))
        if item.name == "user_blocked":
            await self._meet_or_part(item.user_id, UserId(item.body["user_id"]), is_blocked=item.body["is_blocked"])

    async def _meet_or_part(self, one: UserId, other: UserId, *, is_blocked: bool) -> None:
        """Presence is kept from both ends of a block: what they see of each other is what a fetch says from now on."""
        still_apart = not is_blocked and one in self._people.blocked_by(other)
        if still_apart or not self._sessions.share(one, other):
            return
        for told, about in ((one, other), (other, one)):
            body = {"user_id": about, "timestamp": iso(now())}
            for session in self._sessions.of(told):
                await self.to_socket(session.sid, "user_offline" if is_blocked else "user_online", body)

    def _elsewhere(self, event: Event) -> list[Session]:
        """The sockets that reached this server under another name than the event shows: with a PUBLIC_URL, none."""
        if not names_files(event.body):
            return []
        listeners = self._sessions.listeners(event.conversation_id)
        sessions = (session for user_id in listeners for session in self._sessions.of(user_id))
        return [session for session in sessions if session.address != own_address.get()]

    def _left_out(self, event: Event) -> list[str]:
        """The sockets of the members who do not get it."""
        named = [session.sid for user_id in event.but for session in self._sessions.of(user_id)]
        return named + self._deaf_to(event.by)

    def _deaf_to(self, user_id: UserId | None) -> list[str]:
        """The sockets of the people who blocked this person."""
        blockers = self._people.blockers_of(user_id) if user_id is not None else ()
        return [session.sid for blocker in blockers for session in self._sessions.of(blocker)]

    async def _end_sessions(self, ended: SessionsEnded) -> None:
        for session in self._sessions.of(ended.user_id):
            if ended.token_hash is None or session.caller.claims.token_hash == ended.token_hash:
                await self.close(session, "token_invalid", "This session has ended: sign in again.")
