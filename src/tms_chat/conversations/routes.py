"""`/conversations`."""

import re
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Response

from tms_chat.conversations.actions import create_conversation
from tms_chat.conversations.pages import detail_steps, list_steps
from tms_chat.conversations.queries import get_conversation, list_conversations
from tms_chat.conversations.schema import Conversation, ConversationPage, ConversationRequest
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.prepared import Plan
from tms_chat.http.deps import SEQ_HEADER, CallerDep, ServicesDep, answer, problems
from tms_chat.http.hot import HotAnswer, HotRequest, HotRoute, NotHere, of_journal
from tms_chat.http.limits import limited
from tms_chat.identity.tokens import Claims
from tms_chat.schema import CleanText, Id

Found = TypeVar("Found")
router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])

DEFAULT_LIMIT, MAX_LIMIT = 50, 100
#: What clients ask for most: a limit, an offset, or both.
USUAL_QUERY = re.compile(rb"(?:limit=([0-9]{1,3}))?(?:(?:^|(?<!^)&)offset=([0-9]{1,6}))?")


@router.get("/", response_model=ConversationPage, responses=problems(401))
async def get_conversations(
    services: ServicesDep,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[CleanText | None, Query(max_length=400)] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    type: Annotated[Literal["dm", "group"] | None, Query()] = None,
) -> Response:
    """The caller's conversations, last activity first, never-used ones last; `cursor` wins over `offset`."""
    page = await list_conversations(services.db, caller.id, limit=limit, cursor=cursor, offset=offset, type_=type)
    return answer(page)


async def hot_list(request: HotRequest) -> HotAnswer:
    """The same by the hot door."""
    query, claims = USUAL_QUERY.fullmatch(request.query), request.claims()
    limit = int(query[1] or DEFAULT_LIMIT) if query is not None else 0
    if query is None or not 1 <= limit <= MAX_LIMIT:
        raise NotHere
    return HotAnswer(await _ask(request, list_steps, claims, limit, int(query[2] or 0)))


async def hot_detail(request: HotRequest) -> HotAnswer:
    """The same by the hot door."""
    if request.query:
        raise NotHere
    detail = await _ask(request, detail_steps, request.claims(), ConversationId(request.id))
    return HotAnswer(detail.pieces, headers=of_journal(detail.seq))


async def _ask(request: HotRequest, plan: Plan[..., Found | None], claims: Claims, *wanted: Any) -> Found:
    counts = partial(request.services.auth.counts, claims)
    found = await request.services.db.ask(
        plan, claims.user_id, claims.token_hash, *wanted, counts, request.services.member_lists
    )
    if found is None:
        raise NotHere
    return found


HOT = (
    HotRoute("GET", "/api/v1/conversations/", hot_list),
    HotRoute("GET", "/api/v1/conversations/{}", hot_detail),
)


@router.post(
    "/",
    response_model=Conversation,
    status_code=201,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 409, 429),
)
async def post_conversation(services: ServicesDep, caller: CallerDep, body: ConversationRequest) -> Response:
    """Create a conversation; for a pair that has a direct one, that one is returned (201 as well)."""
    if services.directory is not None:
        await services.directory.ensure([UserId(user_id) for user_id in body.member_ids])
    return answer(await create_conversation(services.db, services.settings.rights, caller.user, body), 201)


@router.get("/{conversation_id}", response_model=Conversation, responses=problems(401, 404))
async def get_one_conversation(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """One conversation with all its members; 404 when unknown or not a member (indistinguishable). The header
    `X-Conversation-Seq` tells which state of the journal it shows."""
    found, seq = await get_conversation(services.db, caller.id, ConversationId(conversation_id))
    return answer(found, headers={SEQ_HEADER: str(seq)})
