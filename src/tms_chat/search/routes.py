"""`/messages/search` and `/conversations/search`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tms_chat.conversations.queries import find_conversations
from tms_chat.conversations.schema import ConversationPage
from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.http.limits import limited
from tms_chat.schema import CleanText
from tms_chat.search.queries import search_messages
from tms_chat.search.schema import SearchPage, SearchRequest

router = APIRouter(prefix="/api/v1", tags=["search"])


@router.post(
    "/messages/search", response_model=SearchPage, dependencies=[limited("searches")], responses=problems(401, 404, 429)
)
async def post_search(services: ServicesDep, caller: CallerDep, body: SearchRequest) -> Response:
    """Messages the caller may read that contain every word of the query, newest first.

    A page can have fewer than `limit` hits, even none, and a `next_cursor`: words of one or two characters are looked
    for in so many messages at a time.
    """
    return answer(await search_messages(services.db, caller.id, body))


@router.get(
    "/conversations/search",
    response_model=ConversationPage,
    dependencies=[limited("searches")],
    responses=problems(401, 429),
)
async def get_conversation_search(
    services: ServicesDep,
    caller: CallerDep,
    q: Annotated[CleanText, Query(min_length=1, max_length=100)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> Response:
    """The caller's groups by title and direct conversations by the other person's name or e-mail, by every word."""
    return answer(await find_conversations(services.db, caller.id, q, limit))
