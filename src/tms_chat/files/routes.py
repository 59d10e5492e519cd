"""Uploads under `/messages/upload`, and `/files`."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from tms_chat.core.addresses import absolute
from tms_chat.core.clock import from_timestamp
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.files.access import access_file, find_picture
from tms_chat.files.actions import check_may_upload, upload
from tms_chat.files.delivery import content, deliver, file_of
from tms_chat.files.model import File
from tms_chat.files.schema import Ticket, UploadFields, file_path, parse_fields
from tms_chat.files.tickets import check_ticket, sign_ticket
from tms_chat.http.deps import SEQ_HEADER, CallerDep, Services, ServicesDep, answer, bearer_token, problems, rendered
from tms_chat.http.forms import COUNTED_HERE, FILE_FIELD, form_body, received_form
from tms_chat.http.limits import limited
from tms_chat.http.session_cookie import caller_for_files
from tms_chat.messages.schema import Message
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1", tags=["files"])

UPLOAD_FIELDS = FILE_FIELD | UploadFields.model_json_schema()["properties"]
_ANY_BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole file.", "content": _ANY_BYTES},
    206: {"description": "The part that `Range` asked for.", "content": _ANY_BYTES},
    304: {"description": "What `If-None-Match` names is still the same."},
}


@router.post(
    "/messages/upload",
    response_model=Message,
    status_code=201,
    dependencies=[limited("uploads", "sends")],
    responses={200: {"model": Message}, **problems(401, 403, 404, 409, 413, 415, 429)},
    openapi_extra=form_body(UPLOAD_FIELDS, ["file", "conversation_id"]),
    max_body_size=COUNTED_HERE,
)
async def post_upload(request: Request, services: ServicesDep, caller: CallerDep) -> Response:
    """Send a file as a message of its own: IMAGE, VOICE (with a duration) or FILE, by its content.

    Put the file last in the form: then who may not send it is told before it has been sent.
    """
    store = services.files

    async def may_begin(fields: Mapping[str, str]) -> None:
        if fields.get("conversation_id") or fields.get("conversationId"):
            known = parse_fields(fields)
            await check_may_upload(services.db, store, caller.user, known.conversation_id, known.client_id, 0)

    async with received_form(request, services, store.max_bytes, may_begin) as form:
        fields = parse_fields(form.fields)
        if form.received is None:
            raise ChatError("invalid", "file: is missing.")
        sent = await upload(services.db, store, caller.user, fields, form.received)
    headers = {SEQ_HEADER: str(sent.seq)} if sent.seq is not None else None
    return rendered(sent.rest, 201 if sent.is_new else 200, headers)


@router.head("/files/proxy", include_in_schema=False)
@router.get("/files/proxy", response_class=Response, responses=BYTES | problems(401, 403, 404, 416))
async def get_file_by_address(
    services: ServicesDep,
    request: Request,
    url: Annotated[str, Query(max_length=2048)],
    token: Annotated[str | None, Query(max_length=16_384)] = None,
) -> Response:
    """For existing clients, which load every file this way: a file of this server by the address in its message."""
    file_id, thumbnail = file_of(url, services.settings.public_url)
    return await _deliver(services, request, await _access(services, request, file_id, token=token), thumbnail)


@router.head("/files/{file_id}", include_in_schema=False)
@router.get("/files/{file_id}", response_class=Response, responses=BYTES | problems(401, 403, 404, 416))
async def get_file(
    services: ServicesDep,
    request: Request,
    file_id: Id,
    ticket: Annotated[str | None, Query(max_length=2048)] = None,
    thumbnail: bool = False,
) -> Response:
    """The bytes of a file, whole or a Range of them, for members of its conversation.

    Shown by a bearer, by our cookie, or by a ticket. The picture of a conversation needs none: its address is its key.
    """
    return await _deliver(services, request, await _access(services, request, file_id, ticket=ticket), thumbnail)


@router.post("/files/{file_id}/ticket", response_model=Ticket, status_code=201, responses=problems(401, 404))
async def post_ticket(services: ServicesDep, caller: CallerDep, file_id: Id) -> Response:
    """An address for an image, an audio or a video element, which send no bearer token; it lasts an hour."""
    file = await access_file(services.db, caller.id, file_id)
    ticket, expires_at = sign_ticket(services.own_key, caller.id, file.id)
    url = absolute(f"{file_path(file.id)}?ticket={quote(ticket)}")
    return answer(Ticket(url=url, expires_at=from_timestamp(expires_at)), 201)


async def _access(
    services: Services, request: Request, file_id: str, *, token: str | None = None, ticket: str | None = None
) -> File:
    picture = await find_picture(services.db, file_id)
    if picture is not None:
        return picture
    return await access_file(services.db, await _reader(services, request, file_id, token, ticket), file_id)


async def _reader(services: Services, request: Request, file_id: str, token: str | None, ticket: str | None) -> UserId:
    bearer = bearer_token(request) or token
    if bearer is None and ticket is not None:
        return check_ticket(services.own_key, ticket, file_id)
    if bearer is not None:
        return (await services.auth.caller(bearer)).id
    return (await caller_for_files(request, services)).id


async def _deliver(services: Services, request: Request, file: File, thumbnail: bool) -> Response:
    delivery = await deliver(services.files, file, request.headers, thumbnail=thumbnail)
    if request.method == "HEAD" or delivery.status == 304:
        return Response(status_code=delivery.status, headers=delivery.headers)
    chunks = await content(services.files, delivery)
    return StreamingResponse(chunks, delivery.status, delivery.headers)
