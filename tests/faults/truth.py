"""What is really stored, read from the database itself and not through the server that wrote it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.durability.ledger import ask
from tests.support.server import TmsServer
from tms_chat.core.clock import from_iso
from tms_chat.verify.history import DELETION, EDIT, Event, History, Shown, Stored
from tms_chat.verify.wire import EDITED


async def head_of(server: TmsServer, conversation_id: str) -> int:
    """The newest number."""
    rows = await ask(server, f"SELECT last_seq FROM conversations WHERE id = '{conversation_id}'")
    head: int = rows[0][0]
    return head


async def history_of(server: TmsServer, conversation_id: str, founders: list[str]) -> History:
    """The journal and the messages; what people did and saw is for others to add."""
    here = f"conversation_id = '{conversation_id}'"
    columns = "id, client_id, created_at, number, sender_id, content, is_edited, deleted_at"
    found = await ask(server, f"SELECT {columns} FROM messages WHERE {here} ORDER BY number")
    stored = {
        id_: Stored(Shown(number, sender, content, bool(is_edited), deleted is not None), client_id, _seconds(at))
        for id_, client_id, at, number, sender, content, is_edited, deleted in found
    }
    rows = await ask(server, f"SELECT seq, kind, message_id, data FROM journal WHERE {here} ORDER BY seq")
    # Deleting is an edit too, the last one of a message.
    last = {message_id: seq for seq, kind, message_id, _ in rows if kind == EDITED}
    journal = []
    for seq, kind, message_id, data in rows:
        if kind == EDITED:
            is_deletion = last[message_id] == seq and stored[message_id].shown.is_deleted
            kind = DELETION if is_deletion else EDIT
        journal.append(Event(seq, kind, message_id or "", _people(data)))
    return History(founders, journal, await head_of(server, conversation_id), [], [], stored, [])


def _people(data: Any) -> tuple[str, ...]:
    about = json.loads(data) if isinstance(data, str) else data
    return (*about.get("user_ids", ()), *([about["user_id"]] if "user_id" in about else ()))


def _seconds(at: Any) -> float:
    return at.timestamp() if isinstance(at, datetime) else from_iso(at).timestamp()
