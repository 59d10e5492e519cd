"""`/notifications`: preferences and mutes."""

from fastapi import APIRouter, Response

from tms_chat.http.deps import CallerDep, ServicesDep, problems
from tms_chat.notifications.schema import MutedConversation, MutedConversations, Preferences, PreferencesRequest
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])


@router.get("/preferences", response_model=Preferences, responses=problems(401))
async def get_preferences(services: ServicesDep, caller: CallerDep) -> Response:
    """What the caller wants to be told of."""
    raise NotImplementedError


@router.put("/preferences", response_model=Preferences, responses=problems(401))
async def put_preferences(services: ServicesDep, caller: CallerDep, body: PreferencesRequest) -> Response:
    """Change some of it; what is left out stays."""
    raise NotImplementedError


@router.get("/muted-conversations", response_model=MutedConversations, responses=problems(401))
async def get_muted(services: ServicesDep, caller: CallerDep) -> Response:
    """The conversations the caller muted."""
    raise NotImplementedError


@router.post(
    "/conversations/{conversation_id}/mute",
    response_model=MutedConversation,
    status_code=201,
    responses=problems(401, 404),
)
async def post_mute(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Mute a conversation until it is unmuted."""
    raise NotImplementedError


@router.delete("/conversations/{conversation_id}/mute", status_code=204, responses=problems(401, 404))
async def delete_mute(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Hear a conversation again."""
    raise NotImplementedError
