"""Who is connected: one session a socket, in this process. Plain data, no I/O."""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from tms_chat.core.ids import ConversationId, UserId
from tms_chat.identity.caller import Caller
from tms_chat.realtime.guard import Connection


@dataclass(eq=False, slots=True)
class Session:
    """One authenticated socket."""

    sid: str
    caller: Caller
    connection: Connection | None = None  # None on long-polling
    address: str = ""  # what this server is called where the socket comes from
    peer: str = ""  # the address it comes from, behind TRUSTED_PROXIES
    conversations: set[ConversationId] = field(default_factory=set)
    # Left while the socket was arriving: what its welcome read before that must not bring it back in.
    left: set[ConversationId] = field(default_factory=set)
    misfits: list[float] = field(default_factory=list)  # when it sent unknown events and refused tokens
    warned_about: float | None = None  # the expiry the client was told of

    @property
    def user_id(self) -> UserId:
        """Whose socket it is."""
        return self.caller.id


class Sessions:
    """The sockets of this process, by id and by person."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Session] = {}
        self._by_user: dict[UserId, dict[str, Session]] = defaultdict(dict)
        self._rooms: dict[UserId, set[ConversationId]] = defaultdict(set)
        self._listeners: dict[ConversationId, set[UserId]] = defaultdict(set)

    def add(self, session: Session) -> None:
        """A socket has connected."""
        self._by_sid[session.sid] = session
        self._by_user[session.user_id][session.sid] = session

    def entered(self, session: Session, conversation_id: ConversationId) -> None:
        """A socket hears a conversation now."""
        session.conversations.add(conversation_id)
        self._rooms[session.user_id].add(conversation_id)
        self._listeners[conversation_id].add(session.user_id)

    def left(self, session: Session, conversation_id: ConversationId) -> None:
        """A socket does not hear a conversation any more, and neither does its person."""
        session.left.add(conversation_id)
        session.conversations.discard(conversation_id)
        self._rooms[session.user_id].discard(conversation_id)
        self._silent(session.user_id, conversation_id)

    def remove(self, sid: str) -> tuple[Session | None, set[ConversationId] | None]:
        """The session that was there, and after the person's last one the conversations all of theirs heard."""
        session = self._by_sid.pop(sid, None)
        if session is None:
            return None, None
        mine = self._by_user[session.user_id]
        mine.pop(sid, None)
        if mine:
            return session, None
        del self._by_user[session.user_id]
        rooms = self._rooms.pop(session.user_id, set())
        for conversation_id in rooms:
            self._silent(session.user_id, conversation_id)
        return session, rooms

    def get(self, sid: str) -> Session | None:
        """The session of a socket, None once it is gone."""
        return self._by_sid.get(sid)

    def of(self, user_id: UserId) -> list[Session]:
        """All sockets of a person."""
        return list(self._by_user.get(user_id, {}).values())

    def share(self, one: UserId, other: UserId) -> bool:
        """Whether both are connected and hear one conversation."""
        return not self._rooms.get(one, set()).isdisjoint(self._rooms.get(other, ()))

    def listeners(self, conversation_id: ConversationId) -> Set[UserId]:
        """Everybody with a socket that hears this conversation."""
        return self._listeners.get(conversation_id, frozenset())

    def all(self) -> Iterable[Session]:
        """Every socket, as of now."""
        return list(self._by_sid.values())

    def users(self) -> list[UserId]:
        """Everybody who is connected."""
        return list(self._by_user)

    def _silent(self, user_id: UserId, conversation_id: ConversationId) -> None:
        listeners = self._listeners.get(conversation_id)
        if listeners is not None:
            listeners.discard(user_id)
            if not listeners:
                del self._listeners[conversation_id]

    def __len__(self) -> int:
        return len(self._by_sid)
