"""The usual message as JSON: a text, nothing but a text, that nobody reacted to, edited or deleted.

Nearly all messages are. Between their ids, numbers, times and texts stands what is the same for all messages of one
sender in one range of numbers (`messages.render.Receipts`), so it is made once for a page. `message_json` makes the
same of them, to the byte, and of all others.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from tms_chat.core.clock import iso
from tms_chat.db.prepared import Rows
from tms_chat.messages.render import CREATED, REST, Range, Receipts, Strip, text_json

CONTENT, TIME = 3, 4  # of id, number, sender_id, content, created_at, client_id, odd
FEW = 4  # recipients: with more, joining and replacing is faster than putting in their places

BEFORE_NUMBER = f'"{REST.type}TEXT{REST.metadata}{{}}{REST.no_answer}'
BEFORE_CLIENT = f'"{REST.message[11]}null{REST.message[12]}null{REST.message[13]}"'
AFTER_CLIENT = f'"{REST.message[14]}'


class UsualMessages:
    """Those of one conversation. `senders` are profiles as JSON, `status_of` says what the viewer sees as the status of
    a message of this sender with this number, when the worst of its receipts is this."""

    def __init__(
        self,
        conversation_id: str,
        senders: dict[str, str],
        receipts: Receipts,
        status_of: Callable[[str, int, str], str],
    ) -> None:
        self._conversation_id = conversation_id
        self._senders = senders
        self._receipts = receipts
        self._status_of = status_of

    def pieces(self, rows: Rows, odd: Callable[[str, str, int, Any], str]) -> list[str]:
        """All of them in this order, commas between, to be joined. `odd` makes the others, of which id, sender,
        number and time are told."""
        if not rows:
            return []
        # In one go: no text in JSON has quotes that could be taken for those between two texts.
        contents = orjson.dumps([row[CONTENT] for row in rows])[2:-2].decode().split('","')
        receipts, begin, created, usual_since = self._receipts, f",{REST.begin}", REST.created, REST.never_changed
        # What every time comes after.
        ever: Any = "" if isinstance(rows[0][TIME], str) else datetime.min.replace(tzinfo=UTC)
        after, to, joined, found = 0, 0, ever, Range()
        pieces: list[str] = []
        for (id_, number, sender_id, _, created_at, client_id, is_odd), content in zip(rows, contents, strict=True):
            if is_odd is not None:
                pieces += (",", odd(id_, sender_id, number, created_at))
                continue
            if not (after < number <= to and joined <= created_at):
                found = receipts.range_of(number, created_at)
                after, to, joined = receipts.after, receipts.to, receipts.since or ever
            strip = found.strips.get(sender_id) or self._strip(found, sender_id, number)
            time = created_at if ever == "" else iso(created_at)
            since = usual_since if client_id is None else f"{BEFORE_CLIENT}{client_id}{AFTER_CLIENT}"
            pieces += (begin, id_, strip.before, content, BEFORE_NUMBER, str(number), created, time, since)
            if strip.ids is None:
                end = id_.join(strip.after)
                pieces.append(end.replace(CREATED, time) if strip.has_time else end)
                continue
            for place in strip.ids:
                strip.after[place] = id_
            for place in strip.times:
                strip.after[place] = time
            pieces += strip.after
        pieces[0] = pieces[0][1:]
        return pieces

    def _strip(self, found: Range, sender_id: str, number: int) -> Strip:
        pieces, worst = found.of_sender.get(sender_id) or found.without(sender_id, number)
        names, receipts = REST.message, self._receipts
        before = f'{REST.conversation}{self._conversation_id}{REST.sender}{text_json(sender_id)}{names[3]}"'
        begin = f"{self._senders[sender_id]}{names[15]}[]{names[16]}"
        end = f'{names[17]}null{REST.status_of}{self._status_of(sender_id, number, worst)}"}}'
        if pieces:
            after = [begin + receipts.begin, *(piece + receipts.next for piece in pieces[:-1]), f"{pieces[-1]}]{end}"]
        else:
            after = [f"{begin}[]{end}"]
        self._receipts.made += 2 * len(pieces) + 4
        long = Strip(before, after, found.has_time)
        strip = found.strips[sender_id] = long if len(pieces) > FEW else _short(before, after)
        return strip


def _short(before: str, after: list[str]) -> Strip:
    """With places for the ids, and for the times between them."""
    parts, ids, times = [after[0]], [], []
    for text in after[1:]:
        ids.append(len(parts))
        parts.append("")
        text, has_time, rest = text.partition(CREATED)
        parts.append(text)
        if has_time:
            times.append(len(parts))
            parts += ("", rest)
    return Strip(before, parts, False, ids, times)
