"""What a poll's members are told, and the answer that carries poll and message."""

from tms_chat.messages.schema import Message
from tms_chat.polls.schema import Poll
from tms_chat.schema import Answer, SnakeAnswer


class PollCreated(Answer):
    """The poll and the message that shows it."""

    poll: Poll
    message: Message


class NewPollEvent(Answer):
    """For older clients, beside `new_message`, with the same number."""

    conversation_id: str
    seq: int
    poll: Poll
    message: Message
    compat: bool = True


class PollVoteEvent(SnakeAnswer):
    """Somebody voted, or voted anew; the poll as it is now."""

    conversation_id: str
    seq: int
    poll_id: str
    user_id: str
    poll: Poll


class PollClosedEvent(SnakeAnswer):
    """Nobody can vote any more."""

    conversation_id: str
    seq: int
    poll_id: str
    poll: Poll
