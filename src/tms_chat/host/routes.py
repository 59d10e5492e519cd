"""`/host`: for the host product only, with its key; version 1.1 of the contract."""

from fastapi import APIRouter, Depends, Response

from tms_chat.core.ids import UserId
from tms_chat.directory.store import store_update
from tms_chat.host.objects import put_conversation, unread_of
from tms_chat.host.schema import Key, ObjectConversation, ObjectConversationRequest, Unread, UpdatesApplied, UserUpdates
from tms_chat.http.deps import ServicesDep, answer, host_only, host_signed, problems
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1/host", tags=["host"])


@router.post(
    "/users",
    response_model=UpdatesApplied,
    responses=problems(400, 401, 403, 429),
    dependencies=[Depends(host_signed)],
)
async def post_user_updates(services: ServicesDep, body: UserUpdates) -> Response:
    """News of the host's people, effective at once; what is not newer than what is known is ignored."""
    applied = 0
    for news in body.users:
        if services.directory is not None:
            services.directory.api.forget_unknown(UserId(news.id))
        applied += await store_update(services.db, services.settings.rights, news)
    ignored = len(body.users) - applied
    message = f"{applied} applied, {ignored} known already."
    return answer(UpdatesApplied(message=message, applied=applied, ignored=ignored))


@router.put(
    "/conversations/by-key/{key:path}",
    response_model=ObjectConversation,
    responses={201: {"model": ObjectConversation}, **problems(401, 403, 404, 429)},
    dependencies=[Depends(host_only)],
)
async def put_object_conversation(services: ServicesDep, key: Key, body: ObjectConversationRequest) -> Response:
    """The conversation of one of the host's objects, like `task:123`: created (201), or made what the body says."""
    done = await put_conversation(services.db, services.directory, key, body)
    return answer(done, 201 if done.created else 200)


@router.get(
    "/users/{user_id}/unread",
    response_model=Unread,
    responses=problems(401, 403, 429),
    dependencies=[Depends(host_only)],
)
async def get_unread(services: ServicesDep, user_id: Id) -> Response:
    """How many messages wait for one of the host's people: the number on a badge."""
    return answer(await unread_of(services.db, UserId(user_id)))
