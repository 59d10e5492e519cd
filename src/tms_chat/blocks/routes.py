"""`/users/blocks`; version 1.1 of the contract."""

from fastapi import APIRouter, Response

from tms_chat.blocks.actions import block, unblock
from tms_chat.blocks.queries import blocks_of
from tms_chat.blocks.schema import Block, BlockRequest, Blocks
from tms_chat.core.ids import UserId
from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.http.limits import limited
from tms_chat.schema import Done, Id

router = APIRouter(prefix="/api/v1/users/blocks", tags=["users"])


@router.get("", response_model=Blocks, responses=problems(401))
async def get_blocks(services: ServicesDep, caller: CallerDep) -> Response:
    """Everybody the caller blocked."""
    return answer(await blocks_of(services.db, caller.id))


@router.post(
    "", response_model=Block, status_code=201, dependencies=[limited("changes")], responses=problems(401, 404, 429)
)
async def post_block(services: ServicesDep, caller: CallerDep, body: BlockRequest) -> Response:
    """Do not hear from somebody any more: their direct messages are refused, nothing of theirs is pushed."""
    if services.directory is not None:
        await services.directory.ensure([UserId(body.user_id)])
    return answer(await block(services.db, services.settings.rights, caller.user, UserId(body.user_id)), 201)


@router.delete("", response_model=Done, responses=problems(401))
async def delete_block(services: ServicesDep, caller: CallerDep, body: BlockRequest) -> Response:
    """Hear from somebody again."""
    return await _unblocked(services, caller, body.user_id)


@router.delete("/{user_id}", response_model=Done, responses=problems(401))
async def delete_block_of(services: ServicesDep, caller: CallerDep, user_id: Id) -> Response:
    """The same, with the person in the address."""
    return await _unblocked(services, caller, user_id)


async def _unblocked(services: ServicesDep, caller: CallerDep, user_id: str) -> Response:
    await unblock(services.db, caller.id, UserId(user_id))
    return answer(Done(message="You hear from this person again."))
