"""Searching: messages by their words, conversations by their title or the other person's name."""

from tms_chat.conversations.access import access_conversation
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.schema import Pagination
from tms_chat.search.hits import render_hits
from tms_chat.search.matching import match
from tms_chat.search.schema import SearchPage, SearchRequest

CURSOR = "hit:"


async def search_messages(db: Database, viewer_id: UserId, request: SearchRequest) -> SearchPage:
    """One page of what the viewer may read, newest first. Raises ChatError `conversation_not_found`.

    A page may have less than `limit` and still say that there is more: see `search.matching`.
    """
    before = _before(request.cursor)
    async with db.read() as connection:
        if request.conversation_id is not None:
            await access_conversation(connection, viewer_id, ConversationId(request.conversation_id))
        matches = await match(connection, viewer_id, request, before, indexed=db.has_trigrams)
        hits = await render_hits(connection, viewer_id, matches.ids)
    following = None if matches.next_id is None else f"{CURSOR}{matches.next_id}"
    return SearchPage(
        data=hits,
        pagination=Pagination(next_cursor=following, has_more=following is not None, limit=request.limit),
    )


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    digits = cursor.removeprefix(CURSOR)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise ChatError("invalid", "cursor: is not one this server gave out.")
    return int(digits)
