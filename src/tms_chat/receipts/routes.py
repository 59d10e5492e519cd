"""Receipts, under `/messages` and `/conversations` as existing clients know them."""

from fastapi import APIRouter, Response

from tms_chat.core.ids import ConversationId
from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.receipts.positions import mark_read
from tms_chat.receipts.schema import Marked, MarkedRead, MarkRequest, ReadRequest, UnreadCount, UnreadCounts
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1", tags=["receipts"])


@router.post("/messages/mark-delivered", response_model=Marked, responses=problems(401, 404))
async def post_mark_delivered(services: ServicesDep, caller: CallerDep, body: MarkRequest) -> Response:
    """A device of the caller has these messages, or all of them."""
    raise NotImplementedError


@router.post("/messages/mark-read", response_model=Marked, responses=problems(401, 404))
async def post_mark_messages_read(services: ServicesDep, caller: CallerDep, body: MarkRequest) -> Response:
    """The caller has read these messages, or all of them."""
    raise NotImplementedError


@router.get("/messages/unread-count", response_model=UnreadCounts, responses=problems(401))
async def get_unread_counts(services: ServicesDep, caller: CallerDep) -> Response:
    """What is unread, in all conversations."""
    raise NotImplementedError


@router.get(
    "/messages/conversations/{conversation_id}/unread-count", response_model=UnreadCount, responses=problems(401, 404)
)
async def get_unread_count(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """What is unread, in one conversation."""
    raise NotImplementedError


@router.post("/conversations/{conversation_id}/mark-read", response_model=MarkedRead, responses=problems(401, 404))
async def post_mark_read(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Move the caller's read position to the newest message."""
    at = await mark_read(services.db, caller.id, ConversationId(conversation_id))
    return answer(MarkedRead(message="Marked as read.", last_read_at=at))


@router.put("/conversations/{conversation_id}/read", response_model=MarkedRead, responses=problems(401, 404))
async def put_read(services: ServicesDep, caller: CallerDep, conversation_id: Id, body: ReadRequest) -> Response:
    """Move the caller's read position to this number, never back."""
    raise NotImplementedError
