"""How one person sees the messages of a conversation, kept from page to page while everybody's positions are the same.

Between the ids and the texts of a page stands what its members' positions and profiles say. It is read again for each
page, in the page's snapshot; what was made of the same rows before is right, so it is not made again. Who leafs through
a history, or comes back to a quiet conversation, gets all but the messages themselves ready-made.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.rules import message_status
from tms_chat.db.prepared import Rows
from tms_chat.messages.render import Receipts
from tms_chat.messages.usual import UsualMessages
from tms_chat.people.render import profile_json

MOST_PIECES = 50_000  # of a hundred bytes, about
POSITION_COLUMNS = 6  # of a row of a member; a profile follows

StatusOf = Callable[[str, int, str], str]


@dataclass(frozen=True, slots=True)
class View:
    """`members` are rows of their positions and profiles; `positions` are how far the viewer is."""

    members: Rows
    positions: tuple[int, int]
    senders: dict[str, str]
    receipts: Receipts
    status_of: StatusOf
    usual: UsualMessages

    @property
    def weight(self) -> int:
        """How many pieces are kept."""
        return len(self.members) + self.receipts.made


class _OfThread(threading.local):
    """What is kept is written to while a page is put together: every thread has its own."""

    def __init__(self) -> None:
        self.views: OrderedDict[tuple[str, str], View] = OrderedDict()
        self.weight = 0


class Views:
    """The latest ones."""

    def __init__(self) -> None:
        self._here = _OfThread()

    def view(self, user_id: UserId, conversation_id: ConversationId, members: Rows, positions: tuple[int, int]) -> View:
        """Of somebody in a conversation whose members are listed. It is to be given back with `keep`."""
        here, key = self._here, (conversation_id, user_id)
        kept = here.views.pop(key, None)
        if kept is not None:
            here.weight -= kept.weight
            if kept.positions == positions and kept.members == members:
                return kept
        senders = {row[0]: profile_json(row[POSITION_COLUMNS:]) for row in members}
        return make_view(user_id, conversation_id, members, positions, senders)

    def keep(self, user_id: UserId, conversation_id: ConversationId, view: View) -> None:
        """For the next page."""
        here, key = self._here, (conversation_id, user_id)
        other = here.views.pop(key, None)  # of a page that was put together meanwhile
        here.weight += view.weight - (other.weight if other is not None else 0)
        here.views[key] = view
        while here.weight > MOST_PIECES:
            _, oldest = here.views.popitem(last=False)
            here.weight -= oldest.weight


def make_view(
    user_id: UserId,
    conversation_id: ConversationId,
    members: Rows,
    positions: tuple[int, int],
    senders: dict[str, str],
    slowest: tuple[int, int] | None = None,
) -> View:
    """A new one. `slowest` is how far all others are, where there are too many members to list."""

    def status_of(sender_id: str, number: int, worst: str) -> str:
        if sender_id != user_id:
            return message_status(number, *positions)
        return worst if slowest is None else message_status(number, *slowest)

    receipts = Receipts(members, also=(*positions, *(slowest or ())))
    usual = UsualMessages(conversation_id, senders, receipts, status_of)
    return View(members, positions, senders, receipts, status_of, usual)
