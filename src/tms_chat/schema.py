"""The base of everything on the wire: one schema, camelCase in REST answers and snake_case in events."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import WithJsonSchema

from tms_chat.core.clock import iso
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import MAX_ID_LENGTH
from tms_chat.core.text import check_text

Instant = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T09:05:00.000000Z"]}),
]


def _utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond the years 1 to 9999") from None


# A time in a request; one without a zone is UTC.
Moment = Annotated[datetime, AfterValidator(_utc)]
CleanText = Annotated[str, AfterValidator(check_text)]


def one_of(*values: str) -> WithJsonSchema:
    """For the schema of a value that our own code makes: it names the values without checking them again."""
    return WithJsonSchema({"type": "string", "enum": list(values)})


UserRole = Annotated[str, one_of("ADMIN", "LEADER", "MEMBER")]
ConversationType = Annotated[str, one_of("dm", "group")]
MemberRole = Annotated[str, one_of("admin", "member")]
MessageType = Annotated[str, one_of("TEXT", "IMAGE", "FILE", "VOICE", "POLL", "CALL", "SYSTEM")]
Status = Annotated[str, one_of("sent", "delivered", "read")]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH), AfterValidator(check_text)]


class Answer(BaseModel):
    """What we send: fields are snake_case in events and camelCase (the alias) in REST answers; every key is present."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        serialize_by_alias=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
    )

    def rest(self) -> bytes:
        """JSON for a REST answer."""
        return self.model_dump_json(by_alias=True).encode()

    def event(self) -> dict[str, Any]:
        """A JSON-ready mapping for a socket event."""
        return self.model_dump(mode="json", by_alias=False)


class SnakeAnswer(Answer):
    """The named exceptions of the contract: snake_case in REST too."""

    model_config = ConfigDict(alias_generator=None)


class Request(BaseModel):
    """What we accept: snake_case as documented, camelCase as well; unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    _names: ClassVar[dict[str, str]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._names = {to_camel(name): name for name in cls.model_fields if to_camel(name) != name}

    @model_validator(mode="before")
    @classmethod
    def _accept_camel_case(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not cls._names.keys() & data.keys():
            return data
        renamed = {cls._names[key]: value for key, value in data.items() if key in cls._names}
        return renamed | {key: value for key, value in data.items() if key not in cls._names}


class Done(SnakeAnswer):
    """An operation that has nothing else to say."""

    success: bool = True
    message: str


class Pagination(SnakeAnswer):
    """`next_cursor` is opaque; null on the last page."""

    next_cursor: str | None
    has_more: bool
    limit: int


def pagination_json(next_cursor: str | None, *, has_more: bool, limit: int) -> bytes:
    """The same as JSON, for pages that are written without the schema."""
    return orjson.dumps({"next_cursor": next_cursor, "has_more": has_more, "limit": limit})


class Problem(BaseModel):
    """Every refusal and failure."""

    detail: str = Field(description="A sentence a person can read.")
    code: str = Field(description="A stable name for programs.")
    requestId: str | None = Field(description="Names the entry in the server's log.")  # noqa: N815
    errors: list[dict[str, Any]] | None = Field(None, description="Field problems, for code `invalid`.")


class SignInDetail(BaseModel):
    """What existing clients read where they sign in."""

    error: str
    message: str
    hint: str


class SignInProblem(Problem):
    """A refusal where people sign in: existing clients read `detail.message` of some."""

    detail: str | SignInDetail  # type: ignore[assignment]  # wider than a sentence, here only


MAX_FIELD_ERRORS = 20


def refusal(errors: Sequence[Any]) -> ChatError:
    """One sentence from the first problem, all of them as a list; what was sent is never repeated back."""
    fields = []
    for error in errors[:MAX_FIELD_ERRORS]:
        where = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path"))
        text = str(error["msg"]).removeprefix("Value error, ")
        fields.append({"field": _printable(where), "problem": _printable(text)})
    first = fields[0]
    sentence = f"{first['field']}: {first['problem']}" if first["field"] else first["problem"]
    return ChatError("invalid", sentence.rstrip(".") + ".", errors=fields)


def _printable(text: str) -> str:
    # Field names come from the client: a lone surrogate in one would make the answer itself unencodable.
    return text.encode("utf-8", "replace").decode()[:200]
