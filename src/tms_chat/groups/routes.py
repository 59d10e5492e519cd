"""`/conversations/{id}` and its members, for those who look after it; the caller's own settings."""

from fastapi import APIRouter, Request, Response

from tms_chat.conversations.schema import Conversation
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.files.avatars import MAX_AVATAR_BYTES, check_may_picture, set_picture
from tms_chat.groups.actions import add_people, change_role, leave_group, remove_person, update_group
from tms_chat.groups.queries import conversation_settings
from tms_chat.groups.schema import (
    ConversationSettings,
    ConversationUpdate,
    MembersChanged,
    MembersRequest,
    RoleRequest,
    SettingsChanged,
    SettingsRequest,
)
from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.http.forms import COUNTED_HERE, FILE_FIELD, form_body, received_form
from tms_chat.http.limits import limited
from tms_chat.notifications.mutes import set_mute
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])


@router.put(
    "/{conversation_id}",
    response_model=Conversation,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 429),
)
async def put_conversation(
    services: ServicesDep, caller: CallerDep, conversation_id: Id, body: ConversationUpdate
) -> Response:
    """Change a group's title, picture, or what people who are added may read; its administrators only."""
    return answer(await update_group(services.db, caller.user, ConversationId(conversation_id), body))


@router.post(
    "/{conversation_id}/members",
    response_model=MembersChanged,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 409, 429),
)
async def post_members(services: ServicesDep, caller: CallerDep, conversation_id: Id, body: MembersRequest) -> Response:
    """Add people to a group; its administrators only. Who is a member already counts nothing."""
    user_ids = [UserId(user_id) for user_id in body.user_ids]
    if services.directory is not None:
        await services.directory.ensure(user_ids)
    rights = services.settings.rights
    count = await add_people(services.db, rights, caller.user, ConversationId(conversation_id), user_ids)
    return _changed("They are members already." if count == 0 else "Added to the group.", count)


@router.delete(
    "/{conversation_id}/members/{user_id}",
    response_model=MembersChanged,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 429),
)
async def delete_member(services: ServicesDep, caller: CallerDep, conversation_id: Id, user_id: Id) -> Response:
    """Take somebody out of a group: its administrators, or oneself, which is leaving."""
    await remove_person(services.db, caller.user, ConversationId(conversation_id), UserId(user_id))
    return _changed("Removed from the group.", 1)


@router.put(
    "/{conversation_id}/members/{user_id}",
    response_model=MembersChanged,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 409, 429),
)
async def put_member(
    services: ServicesDep, caller: CallerDep, conversation_id: Id, user_id: Id, body: RoleRequest
) -> Response:
    """Make a member an administrator of the group, or an ordinary member again; its administrators only."""
    is_changed = await change_role(
        services.db, caller.user, ConversationId(conversation_id), UserId(user_id), body.role
    )
    return _changed("The role has changed." if is_changed else "They have this role already.", int(is_changed))


@router.post(
    "/{conversation_id}/leave",
    response_model=MembersChanged,
    dependencies=[limited("changes")],
    responses=problems(401, 403, 404, 429),
)
async def post_leave(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """Leave a group; where the last administrator goes, the oldest member becomes one."""
    await leave_group(services.db, caller.user, ConversationId(conversation_id))
    return _changed("You left the group.", 1)


@router.get("/{conversation_id}/settings", response_model=ConversationSettings, responses=problems(401, 404))
async def get_settings(services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """The caller's mute, and what people who are added may read."""
    return answer(await conversation_settings(services.db, caller.id, ConversationId(conversation_id)))


@router.put("/{conversation_id}/settings", response_model=SettingsChanged, responses=problems(401, 404))
async def put_settings(
    services: ServicesDep, caller: CallerDep, conversation_id: Id, body: SettingsRequest
) -> Response:
    """Mute a conversation for oneself, for good or until a time, or unmute it."""
    keep_until = "mute_until" not in body.model_fields_set
    mute = await set_mute(
        services.db,
        caller.id,
        ConversationId(conversation_id),
        body.is_muted,
        body.mute_until,
        keep_until=keep_until,
    )
    message = "You do not hear this conversation." if mute.is_muted else "You hear this conversation."
    return answer(SettingsChanged(message=message, is_muted=mute.is_muted, mute_until=mute.until))


@router.post(
    "/{conversation_id}/avatar",
    response_model=Conversation,
    dependencies=[limited("uploads")],
    responses=problems(401, 403, 404, 413, 415, 429),
    openapi_extra=form_body(FILE_FIELD, ["file"]),
    max_body_size=COUNTED_HERE,
)
async def post_avatar(request: Request, services: ServicesDep, caller: CallerDep, conversation_id: Id) -> Response:
    """A new picture of a group: JPEG, PNG, GIF or WebP of at most 5 MB; its administrators only."""
    group = ConversationId(conversation_id)
    await check_may_picture(services.db, caller.id, group)
    async with received_form(request, services, MAX_AVATAR_BYTES) as form:
        if form.received is None:
            raise ChatError("invalid", "file: is missing.")
        return answer(await set_picture(services.db, services.files, caller.user, group, form.received))


def _changed(message: str, affected_count: int) -> Response:
    return answer(MembersChanged(message=message, affected_count=affected_count))
