"""`Poll` as the contract names its fields: camelCase everywhere, in REST and in events."""
# ruff: noqa: N815

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from tms_chat.core.text import check_text, is_blank
from tms_chat.schema import Id, Instant, Moment, Request, SnakeAnswer

MAX_OPTIONS = 10


def _visible(value: str) -> str:
    value = check_text(value).strip()
    if is_blank(value):
        raise ValueError("is blank")
    return value


class PollOptionRequest(Request):
    """One of the things to choose from; `position` orders them."""

    option_text: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_visible)]
    position: int = Field(ge=0, le=1000)


class PollRequest(Request):
    """A new poll: 2 to 10 options with texts and positions of their own."""

    conversation_id: Id
    question: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_visible)]
    options: list[PollOptionRequest] = Field(min_length=2, max_length=MAX_OPTIONS)
    multiple_choice: bool = False
    expires_at: Moment | None = None

    @model_validator(mode="after")
    def _form(self) -> "PollRequest":
        if len({option.option_text.casefold() for option in self.options}) != len(self.options):
            raise ValueError("options says the same twice")
        if len({option.position for option in self.options}) != len(self.options):
            raise ValueError("options names a position twice")
        return self


class VoteRequest(Request):
    """The caller's whole choice: it replaces the one before."""

    option_ids: list[Id] = Field(min_length=1, max_length=MAX_OPTIONS)


class PollOption(SnakeAnswer):
    """One option with who chose it."""

    id: str
    pollId: str
    optionText: str
    position: int
    voteCount: int
    voters: list[str]


class Poll(SnakeAnswer):
    """A poll with its results.

    `isClosed` is true from `expiresAt` on, which no event tells: clients compare the time. `userVotes` are the viewer's
    own choices; empty in events, which everybody gets: clients look for themselves among the `voters`.
    """

    id: str
    messageId: str
    question: str
    multipleChoice: bool
    isClosed: bool
    expiresAt: Instant | None
    createdAt: Instant
    options: list[PollOption]
    totalVotes: int
    userVotes: list[str]


class Voted(SnakeAnswer):
    """The poll with the caller's choice in it."""

    success: bool = True
    poll: Poll
    message: str
