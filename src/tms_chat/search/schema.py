"""A search in messages, and what it finds."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from tms_chat.core.folding import search_words
from tms_chat.core.text import check_text, is_blank
from tms_chat.messages.schema import Message
from tms_chat.schema import Answer, CleanText, Id, Moment, Pagination, Request

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SearchedType = Literal["TEXT", "IMAGE", "FILE", "VOICE", "POLL", "CALL", "SYSTEM"]


def _query(value: str) -> str:
    value = check_text(value).strip()
    if is_blank(value) or not search_words(value):
        raise ValueError("is blank")
    return value


def _end_of_day(value: Any) -> Any:
    """`2026-01-31` as the end of something means all of that day."""
    return f"{value}T23:59:59.999999" if isinstance(value, str) and DAY.fullmatch(value) else value


Query = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_query)]


class SearchRequest(Request):
    """Every word of `query` must occur somewhere in the text; `%` and `_` are themselves."""

    query: Query
    conversation_id: Id | None = None
    sender_id: Id | None = None
    type: SearchedType | None = Field(None, validation_alias=AliasChoices("type", "message_type", "messageType"))
    from_date: Moment | None = Field(
        None,
        description="From this moment on; `2026-01-31` is the beginning of that day.",
        validation_alias=AliasChoices("from_date", "start_date", "fromDate", "startDate"),
    )
    to_date: Annotated[Moment, BeforeValidator(_end_of_day)] | None = Field(
        None,
        description="Up to this moment; `2026-01-31` is the end of that day. All times without a zone are UTC.",
        validation_alias=AliasChoices("to_date", "end_date", "toDate", "endDate"),
    )
    limit: int = Field(50, ge=1, le=100)
    cursor: Annotated[CleanText, Field(max_length=200)] | None = None


class SearchHit(Message):
    """A message that was found, with the names a list of hits shows."""

    sender_name: str
    conversation_name: str


class SearchPage(Answer):
    """Newest first."""

    data: list[SearchHit]
    pagination: Pagination
