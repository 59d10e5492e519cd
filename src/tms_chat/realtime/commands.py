"""What a client may ask over the socket: a name, a schema, a function; refusals become acknowledgements."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import Field, ValidationError

from tms_chat.conversations.queries import check_member
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId
from tms_chat.core.limits import Limits, What
from tms_chat.db.engine import Database
from tms_chat.identity.caller import Authenticator
from tms_chat.identity.tokens import MAX_TOKEN_LENGTH
from tms_chat.messages.actions import send
from tms_chat.messages.schema import MessageRequest
from tms_chat.realtime.presence import Presence
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Session
from tms_chat.receipts.actions import mark
from tms_chat.receipts.positions import Receipt
from tms_chat.receipts.schema import PositionCommand
from tms_chat.schema import Id, Request, refusal

log = structlog.get_logger(__name__)

MAX_MISFITS_A_MINUTE = 20  # unknown events and refused tokens, together

Ack = dict[str, Any]


class ConversationCommand(Request):
    """A command about one conversation."""

    conversation_id: Id


class AuthCommand(Request):
    """A fresh token for a live socket."""

    token: str = Field(max_length=4 * MAX_TOKEN_LENGTH)


class EmptyCommand(Request):
    """A command without a payload."""


@dataclass(frozen=True, slots=True)
class Command:
    """How one inbound event is parsed and what it calls."""

    schema: type[Request]
    run: Callable[["Commands", Session, Any], Awaitable[Ack]]
    limit: What | None = None


class Commands:
    """The inbound side of every socket."""

    def __init__(
        self, db: Database, auth: Authenticator, limits: Limits, publisher: Publisher, presence: Presence
    ) -> None:
        self._limits = limits
        self._db = db
        self._auth = auth
        self._publisher = publisher
        self._presence = presence

    async def handle(self, session: Session, event: str, arguments: tuple[Any, ...]) -> Ack:
        """Run one command: `{ok: true, …}` or `{ok: false, code, detail}`, and `retry_after` in seconds where waiting
        helps; existing clients, which pass no callback, get the refusal as an `error` event as well."""
        try:
            command = TABLE.get(event)
            if command is None:
                self._count(session, "unknown_event", "Too many unknown events: this client does not fit the server.")
                raise ChatError("unknown_event", f"The server does not know the event {event[:64]!r}.")
            parsed = self._parse(command.schema, arguments)
            if command.limit is not None:
                self._limits.take(command.limit, session.user_id, session.peer)
            return {"ok": True} | await command.run(self, session, parsed)
        except ChatError as error:
            refused = error
            if event == "auth" and error.status < 500:  # not the token's fault when the database is away
                self._count(session, "token_invalid", "Too many refused tokens: sign in again.")
        except Exception:
            log.exception("command_failed", command=event[:64], user_id=session.user_id)
            refused = ChatError("internal")
        self._publisher.to_socket(session, "error", {"code": refused.code, "detail": refused.detail})
        wait = {} if refused.retry_after is None else {"retry_after": refused.retry_after}
        return {"ok": False, "code": refused.code, "detail": refused.detail} | wait

    def _parse(self, schema: type[Request], arguments: tuple[Any, ...]) -> Request:
        payload = arguments[0] if arguments and arguments[0] is not None else {}
        try:
            return schema.model_validate(payload)
        except ValidationError as error:
            raise refusal(error.errors(include_url=False, include_input=False)) from None

    def _count(self, session: Session, code: str, detail: str) -> None:
        """Close a socket that goes on with what cannot work: each refusal costs an answer and a line of the log."""
        now = time.monotonic()
        session.misfits = [at for at in session.misfits or () if now - at < 60] + [now]
        if len(session.misfits) > MAX_MISFITS_A_MINUTE:
            self._publisher.close(session, code, detail)

    async def join_conversation(self, session: Session, command: ConversationCommand) -> Ack:
        """The client looks at the conversation: checked, marked read. Delivery does not depend on it."""
        conversation_id = ConversationId(command.conversation_id)
        await mark(self._db, "read", session.user_id, conversation_id)
        self._publisher.to_socket(session, "joined_conversation", {"conversation_id": conversation_id})
        return {"conversation_id": conversation_id}

    async def leave_conversation(self, session: Session, command: ConversationCommand) -> Ack:
        """The client looks elsewhere; its socket keeps receiving."""
        conversation_id = ConversationId(command.conversation_id)
        await check_member(self._db, session.user_id, conversation_id)
        self._presence.stopped_typing(conversation_id, session.user_id)
        self._publisher.to_socket(session, "left_conversation", {"conversation_id": conversation_id})
        return {"conversation_id": conversation_id}

    async def typing_start(self, session: Session, command: ConversationCommand) -> Ack:
        """The others see that the caller types; what is too much of it is dropped."""
        conversation_id = self._joined(session, command)
        if self._limits.allows("typing", session.user_id, session.peer):
            self._presence.typing(conversation_id, session.user_id)
        return {}

    async def typing_stop(self, session: Session, command: ConversationCommand) -> Ack:
        """The others see that the caller stopped."""
        self._presence.stopped_typing(self._joined(session, command), session.user_id)
        return {}

    async def auth(self, session: Session, command: AuthCommand) -> Ack:
        """The same person's next token; a refused one changes nothing, the socket goes on with the one it has."""
        caller = await self._auth.caller(command.token)
        if caller.id != session.user_id:
            raise ChatError("token_invalid", "This token belongs to somebody else: connect anew to change the person.")
        session.caller = caller
        return {"expires_in": max(0, round(caller.claims.expires_at - time.time()))}

    async def keepalive(self, session: Session, command: EmptyCommand) -> Ack:
        """Proof that the way to the server and back works."""
        self._publisher.to_socket(session, "keepalive_ack", {})
        return {}

    async def send_message(self, session: Session, command: MessageRequest) -> Ack:
        """The same as POST /messages/; the acknowledgement carries the message."""
        sent = await send(self._db, session.caller.user, command)
        return {"message": sent.acknowledgement()}

    async def message_read(self, session: Session, command: PositionCommand) -> Ack:
        """The caller has read everything up to this number."""
        return await self._mark("read", session, command)

    async def message_delivered(self, session: Session, command: PositionCommand) -> Ack:
        """This device has everything up to this number."""
        return await self._mark("delivered", session, command)

    async def _mark(self, receipt: Receipt, session: Session, command: PositionCommand) -> Ack:
        conversation_id = ConversationId(command.conversation_id)
        moved = await mark(self._db, receipt, session.user_id, conversation_id, number=command.sequence_number)
        return {"updated_count": moved.count}

    def _joined(self, session: Session, command: ConversationCommand) -> ConversationId:
        # Rooms are the server's word on membership, so typing costs no SQL.
        conversation_id = ConversationId(command.conversation_id)
        if conversation_id not in session.conversations:
            raise ChatError("conversation_not_found")
        return conversation_id


TABLE: dict[str, Command] = {
    "join_conversation": Command(ConversationCommand, Commands.join_conversation),
    "leave_conversation": Command(ConversationCommand, Commands.leave_conversation),
    "typing_start": Command(ConversationCommand, Commands.typing_start),
    "typing_stop": Command(ConversationCommand, Commands.typing_stop),
    "auth": Command(AuthCommand, Commands.auth),
    "keepalive": Command(EmptyCommand, Commands.keepalive),
    "send_message": Command(MessageRequest, Commands.send_message, "sends"),
    "message_read": Command(PositionCommand, Commands.message_read),
    "message_delivered": Command(PositionCommand, Commands.message_delivered),
}
