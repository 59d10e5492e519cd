"""What is sent with a file, and the answers about files. The message of an upload carries the rest in its metadata."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import Field, ValidationError

from tms_chat.core.addresses import FILES_PATH
from tms_chat.files.model import File
from tms_chat.messages.schema import MessageRequest
from tms_chat.schema import Answer, Id, Instant, Request, refusal

MAX_DURATION = 24 * 3600


class UploadFields(Request):
    """What stands beside the file in the form. The same `client_id` again returns the message that is there."""

    conversation_id: Id
    reply_to_id: Id | None = None
    duration: Annotated[float, Field(ge=0, le=MAX_DURATION, allow_inf_nan=False)] | None = Field(
        None, description="Seconds; makes sound a voice message."
    )
    client_id: UUID | None = None

    def digest(self, name: str, size: int, sha256: str) -> str:
        """SHA-256 of what was accepted, the file included: the same for a retry."""
        accepted = self.model_dump(mode="json", exclude={"client_id"}, exclude_defaults=True)
        accepted |= {"file": {"name": name, "size": size, "sha256": sha256}}
        return hashlib.sha256(orjson.dumps(accepted, option=orjson.OPT_SORT_KEYS)).hexdigest()


def parse_fields(fields: Mapping[str, str]) -> UploadFields:
    """The fields of a form; an empty one is one that was left out. Raises ChatError `invalid`."""
    try:
        return UploadFields.model_validate({name: value for name, value in fields.items() if value != ""})
    except ValidationError as error:
        raise refusal(error.errors(include_url=False, include_input=False)) from None


class FileMessage(MessageRequest):
    """The message of an uploaded file; its metadata are ours, and name another file at each try."""

    fingerprint: str

    def digest(self) -> str:
        """Of what was uploaded, not of what we made of it."""
        return self.fingerprint


class Ticket(Answer):
    """An address that opens one file for one person without a bearer token, for as long as it says."""

    url: str
    expires_at: Instant


def file_path(file_id: str, *, thumbnail: bool = False) -> str:
    """Where a file is on this server, as it is stored; `core.addresses` makes it absolute."""
    return f"{FILES_PATH}{file_id}" + ("?thumbnail=1" if thumbnail else "")


def metadata_of(file: File) -> dict[str, Any]:
    """The metadata of its message: what is not known has no key."""
    thumbnail = file_path(file.id, thumbnail=True) if file.thumbnail_key is not None else None
    known = {"thumbnailUrl": thumbnail, "width": file.width, "height": file.height, "duration": file.duration}
    return {
        "fileId": file.id,
        "fileName": file.name,
        "fileSize": file.size,
        "fileUrl": file_path(file.id),
        "mimeType": file.mime_type,
        **{key: value for key, value in known.items() if value is not None},
    }
