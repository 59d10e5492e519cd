"""Where a client asks for what it missed."""

from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response

from tms_chat.catchup.queries import Asked, events_steps, shown_steps, sync_steps
from tms_chat.catchup.schema import MAX_EVENTS, MAX_NUMBER, EventsAnswer, SyncAnswer, SyncRequest
from tms_chat.core.ids import ConversationId
from tms_chat.http.deps import SEQ_HEADER, CallerDep, ServicesDep, problems, rendered
from tms_chat.http.hot import HotAnswer, HotRequest, HotRoute, NotHere
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1", tags=["sync"])

DEFAULT_LIMIT = 100


@router.post("/sync", response_model=SyncAnswer, responses=problems(401))
async def post_sync(services: ServicesDep, caller: CallerDep, body: SyncRequest) -> Response:
    """What happened in the caller's conversations since these positions: at most 500 numbered events or 1 MB
    (version 1.1). A conversation that is more than 1,000 events behind, or of another epoch, is `too_far`."""
    return rendered(await services.db.ask(sync_steps, caller.id, services.epoch, _asked(body)))


async def hot_sync(request: HotRequest) -> HotAnswer:
    """The same by the hot door."""
    claims = request.claims()
    try:
        wanted = SyncRequest.model_validate(orjson.loads(await request.body()))
    except ValueError:
        raise NotHere from None
    counts = partial(request.services.auth.counts, claims)
    body = await request.services.db.ask(
        shown_steps, claims.user_id, claims.token_hash, counts, request.services.epoch, _asked(wanted)
    )
    if body is None:
        raise NotHere
    return HotAnswer(body)


HOT = (HotRoute("POST", "/api/v1/sync", hot_sync),)


@router.get("/conversations/{conversation_id}/events", response_model=EventsAnswer, responses=problems(401, 404))
async def get_events(
    services: ServicesDep,
    caller: CallerDep,
    conversation_id: Id,
    after: Annotated[int, Query(ge=0, le=MAX_NUMBER)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = DEFAULT_LIMIT,
) -> Response:
    """The numbered events of one conversation after a number, as they are told now (version 1.1); at most 1 MB of
    them. The header `X-Conversation-Seq` tells up to which number this is everything."""
    page = await services.db.ask(events_steps, caller.id, services.epoch, ConversationId(conversation_id), after, limit)
    return rendered(page.body, headers={SEQ_HEADER: str(page.seq)})


def _asked(body: SyncRequest) -> Asked:
    return Asked(body.epoch, body.by_id, body.since)
