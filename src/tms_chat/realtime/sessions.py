"""Who is connected: one session a socket, in this process. Plain data, no I/O."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tms_chat.core.ids import ConversationId, UserId
from tms_chat.identity.caller import Caller
from tms_chat.realtime.engine.connection import Connection
from tms_chat.realtime.order import Line

NOWHERE: Mapping["Session", None] = {}


class Session:
    """One authenticated socket. `address` is what this server is called where it comes from, `peer` whence that is."""

    __slots__ = (
        "address",
        "caller",
        "connection",
        "conversations",
        "left_with",
        "misfits",
        "peer",
        "user_id",
        "warned_about",
    )

    def __init__(self, connection: Connection, caller: Caller, address: str = "", peer: str = "") -> None:
        self.connection = connection
        self.caller = caller
        self.user_id: UserId = caller.id
        self.address = address
        self.peer = peer
        self.conversations: set[ConversationId] = set()
        self.left_with: dict[ConversationId, int] | None = None  # the numbers it was taken out of rooms with
        self.misfits: list[float] | None = None  # when it sent unknown events and refused tokens
        self.warned_about: float | None = None  # the expiry the client was told of

    def may_enter(self, conversation_id: ConversationId, seq: int) -> bool:
        """Whether joining with this number is news: it is outside, and was not taken out with a later one."""
        if conversation_id in self.conversations:
            return False
        return self.left_with is None or self.left_with.get(conversation_id, -1) < seq


class Sessions:
    """The sockets of this process, by person and by the conversation they hear."""

    def __init__(self) -> None:
        self._all: dict[Session, None] = {}
        self._by_user: dict[UserId, list[Session]] = {}
        self._rooms: dict[ConversationId, dict[Session, None]] = defaultdict(dict)
        self._addresses: dict[str, int] = defaultdict(int)
        #: Of each room, how far it is.
        self.lines: dict[ConversationId, Line] = {}
        #: Moves with every change of who hears what.
        self.version = 0

    def add(self, session: Session) -> None:
        """A socket has connected."""
        self._all[session] = None
        self._by_user.setdefault(session.user_id, []).append(session)
        self._addresses[session.address] += 1

    def entered(self, session: Session, conversation_id: ConversationId) -> None:
        """A socket hears a conversation now."""
        session.conversations.add(conversation_id)
        self._rooms[conversation_id][session] = None
        self.version += 1

    def left(self, session: Session, conversation_id: ConversationId) -> None:
        """A socket does not hear a conversation any more."""
        session.conversations.discard(conversation_id)
        self._leave(session, conversation_id)

    def remove(self, session: Session) -> set[ConversationId] | None:
        """A socket is gone; after the person's last one the conversations it heard."""
        if session not in self._all:
            return None
        del self._all[session]
        for conversation_id in session.conversations:
            self._leave(session, conversation_id)
        self._addresses[session.address] -= 1
        if not self._addresses[session.address]:
            del self._addresses[session.address]
        mine = self._by_user[session.user_id]
        mine.remove(session)
        if mine:
            return None
        del self._by_user[session.user_id]
        return session.conversations

    def of(self, user_id: UserId) -> list[Session]:
        """All sockets of a person; a copy."""
        return [*self._by_user.get(user_id, ())]

    def is_online(self, user_id: UserId) -> bool:
        """Whether a person has a socket here."""
        return user_id in self._by_user

    def share(self, one: UserId, other: UserId) -> bool:
        """Whether both are connected and hear one conversation."""
        theirs = [session.conversations for session in self._by_user.get(other, ())]
        return any(not mine.conversations.isdisjoint(heard) for mine in self._by_user.get(one, ()) for heard in theirs)

    def room(self, conversation_id: ConversationId) -> Mapping[Session, None]:
        """The sockets that hear this conversation; nobody may enter or leave while it is walked over."""
        return self._rooms.get(conversation_id, NOWHERE)

    def all(self) -> Iterable[Session]:
        """Every socket, as of now."""
        return list(self._all)

    def users(self) -> list[UserId]:
        """Everybody who is connected."""
        return list(self._by_user)

    def are_all_at(self, address: str) -> bool:
        """Whether every socket reaches this server under this name: with a PUBLIC_URL they do."""
        return len(self._addresses) == 1 and address in self._addresses

    def _leave(self, session: Session, conversation_id: ConversationId) -> None:
        room = self._rooms.get(conversation_id)
        if room is not None:
            self.version += 1
            room.pop(session, None)
            if not room:
                del self._rooms[conversation_id]
                self.lines.pop(conversation_id, None)
            elif (line := self.lines.get(conversation_id)) is not None:
                line.forget(session)

    def __len__(self) -> int:
        return len(self._all)
