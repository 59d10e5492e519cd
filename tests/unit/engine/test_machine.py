"""The state machine of a session, against one that is as simple as can be."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tms_chat.realtime.engine.machine import Asked, Due, Foreign, Gone, Machine, Phase, Said
from tms_chat.realtime.engine.packets import BadPacket

BAD = st.sampled_from(["", "2", "5", "6", "0{}", "9", "4", "4x", "42", "42{}", "45-[]", "3x", "42/a,[1]", '44{"a":1}'])


class Session(RuleBasedStateMachine):
    """What was said to it so far, as four facts."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine()
        self.has_asked = self.is_in = self.is_over = False
        self.asked = 0
        self.beats = ["ping", "rest"]  # what comes next, while pongs come
        self.owes_pong = False

    def hear(self, packet: str) -> object:
        """What it makes of a packet; one that is over makes nothing of any."""
        action = self.machine.receive(packet)
        if self.is_over:
            assert action is None
        if isinstance(action, Asked):
            self.asked += 1
        return action

    @rule(auth=st.sampled_from(["", "{}", '{"token":"x"}']))
    def connect(self, auth: str) -> None:
        if self.is_over:
            self.hear("40" + auth)
        elif self.has_asked:
            with pytest.raises(BadPacket):
                self.hear("40" + auth)
            self.close()
        else:
            assert isinstance(self.hear("40" + auth), Asked)
            self.has_asked = True

    @rule()
    def is_let_in(self) -> None:
        assert self.machine.let_in() is (self.has_asked and not self.is_in and not self.is_over)
        self.is_in = self.is_in or (self.has_asked and not self.is_over)

    @rule(number=st.none() | st.integers(0, 99))
    def say(self, number: int | None) -> None:
        packet = f'42{"" if number is None else number}["x",1]'
        if self.is_over:
            self.hear(packet)
        elif self.has_asked:
            assert self.hear(packet) == Said("x", (1,), number)
        else:
            with pytest.raises(BadPacket):
                self.hear(packet)
            self.close()

    @rule()
    def acknowledge(self) -> None:
        if self.has_asked or self.is_over:
            assert self.hear("431[]") is None
        else:
            with pytest.raises(BadPacket):
                self.hear("431[]")
            self.close()

    @rule()
    def ask_elsewhere(self) -> None:
        assert self.hear("40/other,{}") == (None if self.is_over else Foreign("/other"))

    @rule(packet=st.sampled_from(["1", "41"]))
    def leave(self, packet: str) -> None:
        action = self.hear(packet)
        assert self.is_over or isinstance(action, Gone)
        self.is_over = True

    @rule(packet=BAD)
    def say_nonsense(self, packet: str) -> None:
        if self.is_over:
            self.hear(packet)
        else:
            with pytest.raises(BadPacket):
                self.hear(packet)
            self.close()

    @rule()
    def pong(self) -> None:
        assert self.hear("3") is None
        self.owes_pong = self.owes_pong and self.is_over

    @rule()
    def close(self) -> None:
        self.machine.close()
        self.is_over = True

    @precondition(lambda self: not self.is_over)
    @rule()
    def beat(self) -> None:
        due = self.machine.beat()
        if self.owes_pong:
            assert due is Due.TIMEOUT
            return
        assert due is (Due.PING if self.beats[0] == "ping" else Due.REST)
        self.owes_pong = due is Due.PING
        self.beats.reverse()

    @invariant()
    def its_phase_is_what_was_said(self) -> None:
        if self.is_over:
            expected = Phase.CLOSED
        elif self.is_in:
            expected = Phase.CONNECTED
        else:
            expected = Phase.ASKED if self.has_asked else Phase.OPENED
        assert self.machine.phase is expected

    @invariant()
    def it_asks_once_for_one_connect(self) -> None:
        assert self.asked == self.has_asked


TestSession = Session.TestCase
