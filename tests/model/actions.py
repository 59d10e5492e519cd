"""What people do, as data: Hypothesis makes lists of it and, when something is wrong, finds a short one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

PEOPLE = 3

# Who acts is 0, 1 or 2. A conversation is named by a number as well, counted over those the person is in.


@dataclass(frozen=True)
class OpenDirect:
    """Open the direct conversation with the next person, or the one after that."""

    who: int
    other: int


@dataclass(frozen=True)
class CreateGroup:
    """A group of everybody, or of two."""

    who: int
    others: int


@dataclass(frozen=True)
class Send:
    """A message, tried so many times at once under one name; every other try goes through the socket."""

    who: int
    where: int
    content: str
    tries: int
    over_socket: bool
    type: str
    metadata: dict[str, Any]
    reply_to: int | None


@dataclass(frozen=True)
class MarkRead:
    """Look at a conversation: by request, or by `join_conversation`."""

    who: int
    where: int
    over_socket: bool


@dataclass(frozen=True)
class MarkDelivered:
    """A device has everything there is: by request, or by `message_delivered`."""

    who: int
    where: int
    over_socket: bool


@dataclass(frozen=True)
class Edit:
    """Another text for the message with this number, counted over those sent so far; the same text is no change."""

    who: int
    where: int
    which: int
    content: str


@dataclass(frozen=True)
class Delete:
    """For everyone, which is its sender's right, or for oneself."""

    who: int
    where: int
    which: int
    for_everyone: bool


@dataclass(frozen=True)
class Clear:
    """Hide everything there is for oneself."""

    who: int
    where: int


@dataclass(frozen=True)
class React:
    """Say something with an emoji, or take it back."""

    who: int
    where: int
    which: int
    emoji: str
    take_back: bool


@dataclass(frozen=True)
class AskPoll:
    """A poll of three options."""

    who: int
    where: int
    multiple_choice: bool


@dataclass(frozen=True)
class Vote:
    """Vote, or vote anew: the options by their positions."""

    who: int
    where: int
    which: int
    options: frozenset[int]


@dataclass(frozen=True)
class ClosePoll:
    """End a poll, one's own or somebody else's."""

    who: int
    where: int
    which: int


@dataclass(frozen=True)
class Rename:
    """Another title, or the one it has."""

    who: int
    where: int
    name: str


@dataclass(frozen=True)
class AddMember:
    """Add the next person, or the one after that, who may be a member."""

    who: int
    where: int
    other: int


@dataclass(frozen=True)
class RemoveMember:
    """Take the next person out, or the one after that; 0 is oneself."""

    who: int
    where: int
    other: int


@dataclass(frozen=True)
class Leave:
    """Leave it."""

    who: int
    where: int


@dataclass(frozen=True)
class SetRole:
    """Make somebody an administrator, or an ordinary member."""

    who: int
    where: int
    other: int
    role: str


@dataclass(frozen=True)
class Block:
    """Do not hear from the next person, or the one after that, or hear them again."""

    who: int
    other: int
    undo: bool


@dataclass(frozen=True)
class Type:
    """Noise that changes nothing."""

    who: int
    where: int


Change = Edit | Delete | React
PollAction = AskPoll | Vote | ClosePoll
GroupAction = Rename | AddMember | RemoveMember | Leave | SetRole
Inside = Send | MarkRead | MarkDelivered | Change | Clear | PollAction | GroupAction | Type
Action = OpenDirect | CreateGroup | Block | Inside


@dataclass(frozen=True)
class Together:
    """These at the same time."""

    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Reconnect:
    """Gone while the first happen; back, but without a fetch yet, while the others happen; then the fetch."""

    who: int
    while_gone: tuple[Action, ...]
    before_fetch: tuple[Action, ...]


@dataclass(frozen=True)
class CatchUp:
    """The same, but what was known is kept, and only what was missed is asked for."""

    who: int
    while_gone: tuple[Action, ...]
    before_sync: tuple[Action, ...]


Step = Together | Reconnect | CatchUp

_person = st.integers(0, PEOPLE - 1)
_where = st.integers(0, 3)
# Nothing that PostgreSQL or UTF-8 cannot hold: what is refused is tested elsewhere. The letter makes no text blank.
_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12).map(lambda t: f"m{t}")
_scalar = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _text
_metadata = st.dictionaries(_text, _scalar | st.lists(_scalar, max_size=2), max_size=2)

_send = st.builds(
    Send,
    who=_person,
    where=_where,
    content=_text,
    tries=st.sampled_from([1, 1, 1, 3]),
    over_socket=st.booleans(),
    type=st.sampled_from(["TEXT", "TEXT", "IMAGE", "CALL"]),
    metadata=_metadata,
    reply_to=st.none() | st.integers(0, 20),
)
_mark_read = st.builds(MarkRead, _person, _where, st.booleans())
_which = st.integers(0, 3)  # mostly the same few, so that one thing happens to what another has changed
_emoji = st.sampled_from(["\U0001f44d", "\u2764\ufe0f", "\u2764"])
# A few texts only, so that some edits say what is there already.
_edit = st.builds(Edit, _person, _where, _which, st.sampled_from(["m", "an edit", "@all, @Bob!", "`@Ana`"]))
_react = st.builds(React, _person, _where, _which, _emoji, st.just(False))
_take_back = st.builds(React, _person, _where, _which, _emoji, st.just(True))
_delete = st.builds(Delete, _person, _where, _which, st.booleans())
_change = st.one_of(_edit, _react, _react, _take_back, _delete, st.builds(Clear, _person, _where))
_other = st.integers(1, PEOPLE - 1)
_poll = st.one_of(
    st.builds(AskPoll, _person, _where, st.booleans()),
    st.builds(Vote, _person, _where, _which, st.frozensets(st.integers(0, 2), min_size=1, max_size=2)),
    st.builds(Vote, _person, _where, _which, st.frozensets(st.integers(0, 2), min_size=1, max_size=1)),
    st.builds(ClosePoll, _person, _where, _which),
)
_group = st.one_of(
    st.builds(Rename, _person, _where, st.sampled_from(["A group", "Another", "Third"])),
    st.builds(AddMember, _person, _where, _other),
    st.builds(AddMember, _person, _where, _other),
    st.builds(RemoveMember, _person, _where, st.integers(0, PEOPLE - 1)),
    st.builds(Leave, _person, _where),
    st.builds(SetRole, _person, _where, st.integers(0, PEOPLE - 1), st.sampled_from(["admin", "admin", "member"])),
)
_other_action = st.one_of(
    st.builds(Block, _person, _other, st.booleans()),
    st.builds(OpenDirect, _person, st.integers(1, 2)),
    st.builds(CreateGroup, _person, st.integers(1, 2)),
    st.builds(Type, _person, _where),
)
_delivered = st.builds(MarkDelivered, _person, _where, st.booleans())
_receipt = st.one_of(_mark_read, _delivered, _delivered)  # what is read is delivered, and shows that no more
# First the kind and then one of it: the kinds with many forms must not crowd out the others.
_kinds: list[st.SearchStrategy[Action]] = [
    _send,
    _send,
    _change,
    _change,
    _change,
    _poll,
    _group,
    _receipt,
    _other_action,
]
_action: st.SearchStrategy[Action] = st.sampled_from(_kinds).flatmap(lambda kind: kind)
_few = st.lists(_action, max_size=3).map(tuple)
_many = st.lists(_action, min_size=4, max_size=9).map(tuple)
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.lists(_action, min_size=3, max_size=6).map(lambda actions: Together(tuple(actions))),
        st.builds(Reconnect, _person, _few, _few),
        st.builds(CatchUp, _person, _few, _few),
        st.builds(CatchUp, _person, _many, _few),
    ),
    min_size=3,
    max_size=6,
)
