"""A message that was just written, as the wire shows it: nobody has received, edited or answered it yet."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from tms_chat.core.ids import UserId
from tms_chat.db.prepared import Row as StoredRow
from tms_chat.messages.render import EVENT, REST, Casing, message_json
from tms_chat.messages.sending.batch import Row
from tms_chat.messages.sending.quoting import Quote

MESSAGE, TIME = "\0", "\1"  # stand for the message and its time in a template; no JSON has them


class Company:
    """The members of a conversation of up to fifty as of a `member_version`, in the order in which they joined, and
    what a new message says of them: all of them but its sender have received nothing of it."""

    __slots__ = ("_newest_joined", "_templates", "people", "version")

    def __init__(self, version: int, people: Sequence[tuple[UserId, str]]) -> None:
        self.version = version
        self.people = people  # and when they joined, as the wire shows a time
        self._newest_joined = max((joined for _, joined in people), default="")
        self._templates: dict[UserId, tuple[str, str]] = {}

    def statuses(self, sender_id: UserId, message_id: str, at: str) -> tuple[str, str]:
        """As JSON, for the answer and for the event."""
        if self._newest_joined > at:
            # Nobody has received what came before them, whatever their clock says.
            there = [(one, joined) for one, joined in self.people if joined <= at]
            return Company(self.version, there).statuses(sender_id, message_id, at)
        found = self._templates.get(sender_id)
        if found is None:
            others = [orjson.dumps(one).decode() for one, _ in self.people if one != sender_id]
            found = self._templates[sender_id] = (_template(others, REST), _template(others, EVENT))
        answer, event = found
        return (
            answer.replace(MESSAGE, message_id).replace(TIME, at),
            event.replace(MESSAGE, message_id).replace(TIME, at),
        )


NOBODY = Company(0, ())


class Shapes(NamedTuple):
    """As JSON: for the answer to its sender and for the event, where it ends with its number in the journal. `bare` is
    the event for those who may not see what it quotes, if there is anybody."""

    answer: bytes
    event: bytes
    bare: bytes | None


class Fresh(NamedTuple):
    """`at` as the wire shows it; `profile` of the sender as JSON; `company` who is listed, `quote` what it answers."""

    row: Row
    at: str
    profile: str
    company: Company
    quote: Quote | None

    def render(self) -> Shapes:
        """With the addresses of files as `own_address` says."""
        row, at, quote = self.row, self.at, self.quote
        stored = (
            row.id, row.conversation_id, row.number, row.sender_id, row.type, row.content, row.metadata,
            row.reply_to_id, row.client_id, False, at, None, None,
        )  # fmt: skip
        of_answer, of_event = self.company.statuses(row.sender_id, row.id, at)
        if quote is None:
            answer = message_json(stored, self.profile, statuses=of_answer)
            return Shapes(answer.encode(), self._event(stored, of_event), None)
        answer = message_json(stored, self.profile, quoted=quote.render(REST), statuses=of_answer)
        event = self._event(stored, of_event, quote.render(EVENT))
        return Shapes(answer.encode(), event, self._event(stored, of_event) if quote.late else None)

    def _event(self, stored: StoredRow, statuses: str, quoted: str = "null") -> bytes:
        event = message_json(stored, self.profile, quoted=quoted, statuses=statuses, casing=EVENT)
        return f'{event[:-1]},"seq":{self.row.seq}}}'.encode()


def _template(others: Sequence[str], casing: Casing) -> str:
    names = tuple(casing.status.values())
    said = [f'{names[0]}"{MESSAGE}"{names[1]}{user_id}{names[2]}"sent"{names[3]}"{TIME}"}}' for user_id in others]
    return f"[{','.join(said)}]"
