"""Receipts, under `/messages` and `/conversations` as existing clients know them."""

from fastapi import APIRouter, Response

from tms_chat.core.ids import ConversationId
from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.receipts.actions import mark
from tms_chat.receipts.queries import unread_count, unread_counts
from tms_chat.receipts.schema import Marked, MarkedRead, MarkRequest, ReadRequest, UnreadCount, UnreadCounts
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1", tags=["receipts"])


@router.post("/messages/mark-delivered", response_model=Marked, responses=problems(401, 404))
async def post_mark_delivered(services: ServicesDep, caller: CallerDep, body: MarkRequest) -> Response:
    """A device of the caller has everything up to the newest of these messages, or everything there is."""
    conversation_id = ConversationId(body.conversation_id)
    moved = await mark(services.db, "delivered", caller.id, conversation_id, message_ids=body.message_ids)
    return answer(Marked(updated_count=moved.count, message="Marked as delivered."))


@router.post("/messages/mark-read", response_model=Marked, responses=problems(401, 404))
async def post_mark_messages_read(services: ServicesDep, caller: CallerDep, body: MarkRequest) -> Response:
    """The caller has read everything up to the newest of these messages, or everything there is."""
    conversation_id = ConversationId(body.conversation_id)
    moved = await mark(services.db, "read", caller.id, conversation_id, message_ids=body.message_ids)
    return answer(Marked(updated_count=moved.count, message="Marked as read."))


@router.get("/messages/unread-count", response_model=UnreadCounts, responses=problems(401))
async def get_unread_counts(services: ServicesDep, caller: CallerDep) -> Response:
    """What is unread, in all conversations."""
    counts = await unread_counts(services.db, caller.id)
    return answer(UnreadCounts(total_unread_count=sum(counts.values()), conversations=counts))


@router.get(
    "/messages/conversations/{conversation_id}/unread-count", response_model=UnreadCount, responses=problems(401, 404)
)
async def get_unread_count(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """What is unread, in one conversation."""
    unread = await unread_count(services.db, caller.id, ConversationId(conversation_id))
    return answer(UnreadCount(conversation_id=conversation_id, unread_count=unread))


@router.post("/conversations/{conversation_id}/mark-read", response_model=MarkedRead, responses=problems(401, 404))
async def post_mark_read(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Move the caller's read position to the newest message."""
    moved = await mark(services.db, "read", caller.id, ConversationId(conversation_id))
    return answer(MarkedRead(message="Marked as read.", last_read_at=moved.at))


@router.put("/conversations/{conversation_id}/read", response_model=MarkedRead, responses=problems(401, 404))
async def put_read(services: ServicesDep, caller: CallerDep, conversation_id: Id, body: ReadRequest) -> Response:
    """Move the caller's read position to this number or, where there are fewer messages, to the newest; never back."""
    number = body.sequence_number
    moved = await mark(services.db, "read", caller.id, ConversationId(conversation_id), number=number)
    return answer(MarkedRead(message="Marked as read.", last_read_at=moved.at))
