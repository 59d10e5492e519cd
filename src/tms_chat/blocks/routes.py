"""`/users/blocks`; version 1.1 of the contract."""

from fastapi import APIRouter, Response

from tms_chat.blocks.schema import Block, BlockRequest, Blocks
from tms_chat.http.deps import CallerDep, ServicesDep, problems
from tms_chat.schema import Done, Id

router = APIRouter(prefix="/api/v1/users/blocks", tags=["users"])


@router.get("", response_model=Blocks, responses=problems(401))
async def get_blocks(services: ServicesDep, caller: CallerDep) -> Response:
    """Everybody the caller blocked."""
    raise NotImplementedError


@router.post("", response_model=Block, status_code=201, responses=problems(401, 404))
async def post_block(services: ServicesDep, caller: CallerDep, body: BlockRequest) -> Response:
    """Do not hear from somebody any more: their direct messages are refused, nothing of theirs is pushed."""
    raise NotImplementedError


@router.delete("", response_model=Done, responses=problems(401))
async def delete_block(services: ServicesDep, caller: CallerDep, body: BlockRequest) -> Response:
    """Hear from somebody again."""
    raise NotImplementedError


@router.delete("/{user_id}", response_model=Done, responses=problems(401))
async def delete_block_of(services: ServicesDep, caller: CallerDep, user_id: Id) -> Response:
    """The same, with the person in the address."""
    raise NotImplementedError
