"""A small chat that keeps every promise, and what one run of `tms verify` would have seen of it."""

from __future__ import annotations

from random import Random

from tms_chat.verify.history import (
    DELETION,
    EDIT,
    ENTER,
    MESSAGE,
    WELCOME,
    Answer,
    Change,
    Client,
    Event,
    History,
    Line,
    Send,
    Shown,
    Step,
    Stored,
)

GUEST = "guest"
MILLISECOND = 0.001
SERVER_CLOCK = 37.0  # seconds that the server's clock is ahead of ours


class World:
    """`clients` people who stay, of whom the first ones send, and a guest who is removed and added again."""

    def __init__(self, seed: int, *, changes: int, clients: int = 3, guest_moves: bool = True) -> None:
        self._random = Random(seed)
        self._at = 1000.0
        self._seq = self._number = 0
        self._moves = guest_moves
        people = [f"user{number}" for number in range(clients)]
        self.clients = [Client(f"client {name}", name) for name in (*people, GUEST)]
        for client in self.clients:
            client.steps.append(Step(0, is_loaded=True))
            client.lines.append(Line(is_socket=True, after=0))
            client.fetched = {}
            client.converged_after = 0.5
        self.founders = [client.user_id for client in self.clients]
        self.inside = set(self.founders)
        self.journal: list[Event] = []
        self.sends: list[Send] = []
        self.changes: list[Change] = []
        self.stored: dict[str, Stored] = {}
        while len(self.journal) < changes:
            self._happen()

    @property
    def history(self) -> History:
        """What was seen, as it is now."""
        for client in self.clients:
            client.fetched = dict(client.shown) if client.user_id in self.inside else None
        seen = (self.sends, self.changes, self.stored, self.clients)
        return History(self.founders, self.journal, self._seq, *seen)

    def _happen(self) -> None:
        roll = self._random.random()
        newest = (f"m{number}" for number in range(max(1, self._number - 4), self._number + 1))
        living = [message_id for message_id in newest if not self.stored[message_id].shown.is_deleted]
        if roll < 0.05 and self._moves:
            self._move_guest()
        elif roll < 0.2 and living:
            self._change(self._random.choice(living), DELETION if roll < 0.12 else EDIT)
        elif roll < 0.25 and living:
            self._react(self._random.choice(living))
        elif roll < 0.3:
            self._reconnect(self._random.choice(self.clients))
        else:
            self._send()

    def _send(self) -> None:
        self._number += 1
        send = Send(f"try-{self._number}", self._random.choice(self.founders[:-1]), f"message {self._number}")
        shown = Shown(self._number, send.sender, send.content, is_edited=False, is_deleted=False)
        message_id = f"m{self._number}"
        asked_at = self._at
        self._at += MILLISECOND
        self.stored[message_id] = Stored(shown, send.client_id, self._at + SERVER_CLOCK)
        self._tell(MESSAGE, message_id)
        self._at += MILLISECOND
        for status in (201, 200) if self._random.random() < 0.1 else (201,):
            send.answers.append(Answer(status, asked_at, self._at, message_id, self._number))
        self.sends.append(send)

    def _change(self, message_id: str, what: str) -> None:
        before = self.stored[message_id]
        text = "" if what == DELETION else f"{before.shown.content}!"
        said = () if what == DELETION else before.shown.reactions
        shown = Shown(before.shown.number, before.shown.sender, text, what == EDIT, what == DELETION, said)
        self.stored[message_id] = Stored(shown, before.client_id, before.created_at)
        self.changes.append(Change(what, message_id, text, is_acknowledged=True))
        self._tell(what, message_id)

    def _react(self, message_id: str) -> None:
        before = self.stored[message_id]
        old = before.shown
        shown = Shown(old.number, old.sender, old.content, old.is_edited, False, (("user0", "+1"),))
        self.stored[message_id] = Stored(shown, before.client_id, before.created_at)
        self._tell("reaction_added", message_id)

    def _move_guest(self) -> None:
        leaves = GUEST in self.inside
        if not leaves:
            self.inside.add(GUEST)
            guest = self.clients[-1]
            guest.shown = {}
            guest.steps.append(Step(self._seq + 1, is_loaded=True))
            guest.lines[-1].events.append(Event(self._seq + 1, WELCOME))
        self._tell("member_removed" if leaves else ENTER, "", (GUEST,))
        if leaves:
            self.inside.discard(GUEST)

    def _reconnect(self, client: Client) -> None:
        """Nothing is missed in between: what happens while somebody is away is fetched by the one below."""
        client.lines.append(Line(is_socket=False, after=self._seq))
        client.lines.append(Line(is_socket=True, after=self._seq if client.user_id in self.inside else None))

    def _tell(self, what: str, message_id: str, people: tuple[str, ...] = ()) -> None:
        self._seq += 1
        event = Event(self._seq, what, message_id, people)
        self.journal.append(event)
        for client in self.clients:
            if client.user_id not in self.inside:
                continue
            client.lines[-1].events.append(event)
            if client.steps[-1].seq < self._seq:
                client.steps.append(Step(self._seq))
            if what == MESSAGE or message_id in client.shown:
                client.shown[message_id] = self.stored[message_id].shown
            if what == MESSAGE:
                client.shown_at[message_id] = self._at + 5 * MILLISECOND
