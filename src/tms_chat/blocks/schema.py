"""Requests and answers about blocks."""

from tms_chat.people.schema import PublicProfile
from tms_chat.schema import Id, Instant, Request, SnakeAnswer


class BlockRequest(Request):
    """Whom."""

    user_id: Id


class Block(SnakeAnswer):
    """Somebody the caller does not want to hear from."""

    user_id: str
    user: PublicProfile
    created_at: Instant


class Blocks(SnakeAnswer):
    """Everybody the caller blocked, the newest first."""

    blocks: list[Block]
    total: int


class BlockedEvent(SnakeAnswer):
    """To the caller's own devices: somebody was blocked or unblocked."""

    user_id: str
    is_blocked: bool
