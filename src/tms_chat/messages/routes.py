"""`/messages`."""

import re
from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response

from tms_chat.core.ids import ConversationId, MessageId
from tms_chat.http.deps import SEQ_HEADER, CallerDep, ServicesDep, answer, problems, rendered
from tms_chat.http.hot import HotAnswer, HotRequest, HotRoute, NotHere, of_journal
from tms_chat.http.limits import limited
from tms_chat.messages.actions import send, send_shown
from tms_chat.messages.deleting import delete_for_everyone
from tms_chat.messages.editing import edit
from tms_chat.messages.hiding import clear, delete_for_me
from tms_chat.messages.pages import page_steps
from tms_chat.messages.queries import get_message as find_message
from tms_chat.messages.queries import history
from tms_chat.messages.reactions import react, take_back
from tms_chat.messages.schema import (
    Cleared,
    Deleted,
    DeleteRequest,
    EditRequest,
    Message,
    MessagePage,
    MessageRequest,
    Reaction,
    ReactionRequest,
)
from tms_chat.messages.sending.plain import plain_text
from tms_chat.messages.sending.post import Shown, Unproven
from tms_chat.schema import CleanText, Done, Id

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])

DEFAULT_LIMIT, MAX_LIMIT = 50, 100
#: What clients ask for: a limit, a cursor that we gave them, or both.
USUAL_QUERY = re.compile(rb"(?:limit=([0-9]{1,3}))?(?:(?:^|(?<!^)&)cursor=seq(?::|%3A)([0-9]{1,18}))?")


@router.post(
    "/",
    response_model=Message,
    status_code=201,
    dependencies=[limited("sends")],
    responses={200: {"model": Message}, **problems(401, 403, 404, 409, 429)},
)
async def post_message(services: ServicesDep, caller: CallerDep, body: MessageRequest) -> Response:
    """Send a message; 200 with the message that is there when the `client_id` was used for the same request before."""
    sent = await send(services.db, caller.user, body)
    headers = {SEQ_HEADER: str(sent.seq)} if sent.seq is not None else None
    return rendered(sent.rest, 201 if sent.is_new else 200, headers)


async def hot_send(request: HotRequest) -> HotAnswer:
    """The same by the hot door."""
    claims = request.claims()
    try:
        body = orjson.loads(await request.body())
        wanted = plain_text(body) or MessageRequest.model_validate(body)
    except ValueError:
        raise NotHere from None
    request.take("sends", claims.user_id)
    services = request.services
    try:
        sent = await send_shown(services.db, Shown(claims, services.auth.counts), wanted)
    except Unproven:
        raise NotHere from None
    headers = of_journal(sent.seq) if sent.seq is not None else ()
    return HotAnswer(sent.rest, 201 if sent.is_new else 200, headers)


@router.get("/conversations/{conversation_id}/messages", response_model=MessagePage, responses=problems(401, 404))
async def get_history(
    services: ServicesDep,
    caller: CallerDep,
    conversation_id: Id,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[CleanText | None, Query(max_length=100)] = None,
) -> Response:
    """A page of messages, newest first; the header `X-Conversation-Seq` tells which state of the journal it shows."""
    page, seq = await history(services.db, caller.id, ConversationId(conversation_id), limit, cursor)
    return answer(page, headers={SEQ_HEADER: str(seq)})


async def hot_history(request: HotRequest) -> HotAnswer:
    """The same by the hot door."""
    query, claims, auth = USUAL_QUERY.fullmatch(request.query), request.claims(), request.services.auth
    limit = int(query[1] or DEFAULT_LIMIT) if query is not None else 0
    if query is None or not 1 <= limit <= MAX_LIMIT:
        raise NotHere
    before = int(query[2]) if query[2] is not None else None
    page = await request.services.db.ask(
        page_steps,
        claims.user_id,
        claims.token_hash,
        ConversationId(request.id),
        limit,
        before,
        partial(auth.counts, claims),
        request.services.views,
    )
    if page is None:
        raise NotHere
    return HotAnswer(page.body, headers=of_journal(page.seq))


HOT = (
    HotRoute("POST", "/api/v1/messages/", hot_send),
    HotRoute("GET", "/api/v1/messages/conversations/{}/messages", hot_history),
)


@router.delete(
    "/conversations/{conversation_id}/clear",
    response_model=Cleared,
    dependencies=[limited("changes")],
    responses=problems(401, 404, 429),
)
async def delete_history(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Hide everything there is in a conversation for the caller; the others keep it."""
    count = await clear(services.db, caller.id, ConversationId(conversation_id))
    return answer(Cleared(message="Cleared for you.", deleted_count=count))


@router.get("/{message_id}", response_model=Message, responses=problems(401, 404))
async def get_message(services: ServicesDep, caller: CallerDep, message_id: Id) -> Response:
    """One message."""
    return answer(await find_message(services.db, caller.id, MessageId(message_id)))


@router.put(
    "/{message_id}",
    response_model=Message,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 409, 429),
)
async def put_message(services: ServicesDep, caller: CallerDep, message_id: Id, body: EditRequest) -> Response:
    """Give a message another text; its sender only."""
    return answer(await edit(services.db, caller.id, MessageId(message_id), body.content))


@router.delete(
    "/{message_id}", response_model=Deleted, dependencies=[limited("changes")], responses=problems(401, 403, 404, 429)
)
async def delete_message(
    services: ServicesDep, caller: CallerDep, message_id: Id, body: DeleteRequest | None = None
) -> Response:
    """Delete a message for everyone, which erases its text and is its sender's right, or for the caller only."""
    for_everyone = body is not None and body.delete_for_everyone
    delete = delete_for_everyone if for_everyone else delete_for_me
    at = await delete(services.db, caller.id, MessageId(message_id))
    sentence = "Deleted for everyone." if for_everyone else "Deleted for you."
    return answer(Deleted(message=sentence, deleted_at=at, deleted_for_everyone=for_everyone))


@router.post(
    "/{message_id}/reactions",
    response_model=Reaction,
    status_code=201,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 409, 429),
)
async def post_reaction(services: ServicesDep, caller: CallerDep, message_id: Id, body: ReactionRequest) -> Response:
    """React with an emoji; another one replaces it, the same again is a conflict."""
    return answer(await react(services.db, caller.id, MessageId(message_id), body.emoji), 201)


@router.delete(
    "/{message_id}/reactions/{emoji}",
    response_model=Done,
    dependencies=[limited("changes")],
    responses=problems(401, 404, 429),
)
async def delete_reaction(services: ServicesDep, caller: CallerDep, message_id: Id, emoji: CleanText) -> Response:
    """Take one's own reaction back."""
    await take_back(services.db, caller.id, MessageId(message_id), emoji)
    return answer(Done(message="Reaction removed."))
