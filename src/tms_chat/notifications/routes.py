"""`/notifications`: preferences and mutes."""

from fastapi import APIRouter, Response

from tms_chat.core.ids import ConversationId
from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.notifications import queries
from tms_chat.notifications.actions import set_preferences
from tms_chat.notifications.mutes import set_mute
from tms_chat.notifications.schema import MutedConversation, MutedConversations, Preferences, PreferencesRequest
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])


@router.get("/preferences", response_model=Preferences, responses=problems(401))
async def get_preferences(services: ServicesDep, caller: CallerDep) -> Response:
    """What the caller wants to be told of."""
    return answer(await queries.get_preferences(services.db, caller.user))


@router.put("/preferences", response_model=Preferences, responses=problems(401))
async def put_preferences(services: ServicesDep, caller: CallerDep, body: PreferencesRequest) -> Response:
    """Change some of it; what is left out stays."""
    return answer(await set_preferences(services.db, caller.user, body))


@router.get("/muted-conversations", response_model=MutedConversations, responses=problems(401))
async def get_muted(services: ServicesDep, caller: CallerDep) -> Response:
    """The conversations the caller muted, but for those whose time is over."""
    return answer(await queries.muted_conversations(services.db, caller.id))


@router.post(
    "/conversations/{conversation_id}/mute",
    response_model=MutedConversation,
    status_code=201,
    responses=problems(401, 404),
)
async def post_mute(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Mute a conversation until it is unmuted; the same again is no error."""
    mute = await set_mute(services.db, caller.id, ConversationId(conversation_id), True, None)
    assert mute.since is not None
    return answer(queries.muted_conversation(caller.id, conversation_id, mute.since), 201)


@router.delete("/conversations/{conversation_id}/mute", status_code=204, responses=problems(401, 404))
async def delete_mute(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Hear a conversation again; no error either where it is heard."""
    await set_mute(services.db, caller.id, ConversationId(conversation_id), False, None)
    return Response(status_code=204)
