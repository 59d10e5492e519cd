"""One client's screen: the reducer that every client has to have, in the shortest form (docs/SYNC.md).

`seq == position + 1` is applied, what is older is dropped, what is newer is held until the gap before it is fetched.
"""

import time
from dataclasses import replace
from typing import Any

from tms_chat.verify.history import ENTER, LEAVE, MESSAGE, WELCOME, Client, Shown, Step
from tms_chat.verify.wire import EDITED, Json, event_of, shown_of


class Screen:
    """Shows one conversation to one person, and writes into `client` what it takes.

    `position` is the number it shows everything up to; None while its person is no member. `is_behind`: something is
    held, or has to be loaded, that only asking brings.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.position: int | None = 0
        self._held: dict[int, tuple[str, Json]] = {}
        self.must_load = False
        client.steps.append(Step(0, is_loaded=True))

    @property
    def is_behind(self) -> bool:
        """Whether a gap has to be fetched, or everything."""
        return bool(self._held) or self.must_load

    def take(self, name: str, body: Json) -> None:
        """One numbered event, from wherever it came."""
        seq: int = body["seq"]
        if name == WELCOME:
            self.load(seq, {})
        elif self.position is None:
            event = event_of(name, body)
            if name == ENTER and event is not None and self._client.user_id in event.people:
                self.must_load = True  # the greeting was missed
        elif seq > self.position:
            self._held[seq] = (name, body)
            self._drain()

    def load(self, seq: int, shown: dict[str, Shown]) -> None:
        """A fetch that is true up to this number; what came meanwhile follows."""
        self._client.shown.clear()
        self._client.shown.update(shown)
        self._client.steps.append(Step(seq, is_loaded=True))
        self.position, self.must_load = seq, False
        self._held = {number: event for number, event in self._held.items() if number > seq}
        self._drain()

    def end(self) -> None:
        """Its person is no member any more."""
        self.position = None
        self._held.clear()
        self._client.shown.clear()

    def _drain(self) -> None:
        while self.position is not None and (event := self._held.pop(self.position + 1, None)) is not None:
            self.position += 1
            self._client.steps.append(Step(self.position))
            self._apply(*event)

    def _apply(self, name: str, body: Json) -> None:
        shown = self._client.shown
        if name == MESSAGE:
            shown[body["id"]] = shown_of(body)
            self._client.shown_at.setdefault(body["id"], time.time())
        elif name in LEAVE:
            event = event_of(name, body)
            if event is not None and self._client.user_id in event.people:
                self.end()
        elif body.get("message_id") in shown:
            shown[body["message_id"]] = _changed(shown[body["message_id"]], name, body)


def _changed(shown: Shown, name: str, body: dict[str, Any]) -> Shown:
    if name == EDITED:
        deleted = body["deleted_at"] is not None
        said = () if deleted else shown.reactions
        return replace(shown, content=body["content"], is_edited=body["is_edited"], is_deleted=deleted, reactions=said)
    if name == "reaction_added":
        said_now = (body["reaction"]["user_id"], body["reaction"]["emoji"])
        others = [said for said in shown.reactions if said[0] != said_now[0]]
        return replace(shown, reactions=tuple(sorted((*others, said_now))))
    if name == "reaction_removed":
        return replace(shown, reactions=tuple(said for said in shown.reactions if said[0] != body["user_id"]))
    return shown
