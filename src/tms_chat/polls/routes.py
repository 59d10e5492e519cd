"""`/polls`."""

from fastapi import APIRouter, Response

from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.http.limits import limited
from tms_chat.polls.actions import close, create_poll, vote
from tms_chat.polls.events import PollCreated
from tms_chat.polls.queries import get_poll
from tms_chat.polls.schema import Poll, PollRequest, Voted, VoteRequest
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1/polls", tags=["polls"])


@router.post(
    "/",
    response_model=PollCreated,
    status_code=201,
    dependencies=[limited("sends")],
    responses=problems(401, 403, 404, 429),
)
async def post_poll(services: ServicesDep, caller: CallerDep, body: PollRequest) -> Response:
    """Ask a conversation; the poll is a message of its own."""
    return answer(await create_poll(services.db, caller.user, body), 201)


@router.get("/{poll_id}", response_model=Poll, responses=problems(401, 404))
async def get_one_poll(services: ServicesDep, caller: CallerDep, poll_id: Id) -> Response:
    """A poll with its results."""
    return answer(await get_poll(services.db, caller.id, poll_id))


@router.post(
    "/{poll_id}/vote",
    response_model=Voted,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 409, 429),
)
async def post_vote(services: ServicesDep, caller: CallerDep, poll_id: Id, body: VoteRequest) -> Response:
    """Vote, or vote anew: it replaces the caller's earlier choice. Closed or expired: a conflict."""
    return answer(Voted(poll=await vote(services.db, caller.id, poll_id, body.option_ids), message="Your vote counts."))


@router.put(
    "/{poll_id}/close",
    response_model=Poll,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 409, 429),
)
async def put_close(services: ServicesDep, caller: CallerDep, poll_id: Id) -> Response:
    """End a poll; who made it only."""
    return answer(await close(services.db, caller.id, poll_id))
