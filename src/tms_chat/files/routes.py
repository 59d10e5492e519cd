"""Uploads under `/messages/upload`, and `/files`."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from tms_chat.files.schema import Ticket
from tms_chat.http.deps import CallerDep, ServicesDep, problems
from tms_chat.messages.schema import Message
from tms_chat.schema import Id

router = APIRouter(prefix="/api/v1", tags=["files"])


@router.post(
    "/messages/upload", response_model=Message, status_code=201, responses=problems(401, 404, 409, 413, 415, 429)
)
async def post_upload(
    services: ServicesDep,
    caller: CallerDep,
    file: Annotated[UploadFile, File()],
    conversation_id: Annotated[Id, Form()],
    reply_to_id: Annotated[Id | None, Form()] = None,
    duration: Annotated[float | None, Form()] = None,
    client_id: Annotated[str | None, Form()] = None,
) -> Response:
    """Send a file as a message of its own: IMAGE, VOICE (with a duration) or FILE, by its content."""
    raise NotImplementedError


@router.get("/files/proxy", responses=problems(401, 404, 416))
async def get_file_by_address(
    services: ServicesDep,
    request: Request,
    url: Annotated[str, Query(max_length=2048)],
    token: Annotated[str | None, Query(max_length=16_384)] = None,
) -> Response:
    """For existing clients, which load every file this way: a file of this server by the address in its message."""
    raise NotImplementedError


@router.get("/files/{file_id}", responses=problems(401, 404, 416))
async def get_file(
    services: ServicesDep, request: Request, file_id: Id, ticket: Annotated[str | None, Query(max_length=2048)] = None
) -> Response:
    """The bytes of a file, whole or a Range of them, for members of its conversation."""
    raise NotImplementedError


@router.post("/files/{file_id}/ticket", response_model=Ticket, status_code=201, responses=problems(401, 404))
async def post_ticket(services: ServicesDep, caller: CallerDep, file_id: Id) -> Response:
    """An address for an image, an audio or a video element, which send no bearer token; it lasts an hour."""
    raise NotImplementedError
