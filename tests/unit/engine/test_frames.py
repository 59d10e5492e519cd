"""Frames of RFC 6455: however they are cut, the same messages; whatever is wrong with them, its code and no more."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from tests.unit.engine.wire import BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, TEXT, frame, held, packed
from tms_chat.realtime.engine.deflate import inflate
from tms_chat.realtime.engine.frames import (
    NO_STATUS,
    FrameError,
    FrameReader,
    Message,
    close_frame,
    close_of,
    deflated_frame,
    pong_frame,
    text_frame,
)

MOST = 1000
LONGEST_HEADER = 14
CONTROL_FRAME = 6 + 125
MASKS = st.binary(min_size=4, max_size=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)

Wire = tuple[bytes, list[Message]]


def reader(most: int = MOST) -> FrameReader:
    return FrameReader(most, inflate)


def read(reader: FrameReader, data: bytes) -> tuple[list[Message], int | None]:
    """What was read, and the code of the mistake it ended with."""
    try:
        return reader.feed(data), None
    except FrameError as error:
        return error.messages, error.code


@st.composite
def controls(draw: st.DrawFn) -> Wire:
    opcode = draw(st.sampled_from([PING, PONG]))
    payload = draw(st.binary(max_size=125))
    return frame(FIN | opcode, payload, draw(MASKS)), [(opcode, payload)]


@st.composite
def messages(draw: st.DrawFn) -> Wire:
    """A message, compressed or not, in any number of fragments with control frames between them."""
    said: bytes | str = draw(TEXTS | st.binary(max_size=400))
    opcode, payload = (TEXT, said.encode()) if isinstance(said, str) else (BINARY, said)
    bits = draw(st.sampled_from([0, RSV1]))
    if bits:
        payload = packed(payload)
    cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=3)))
    wire, events = b"", list[Message]()
    pieces = [payload[start:stop] for start, stop in pairwise([0, *cuts, len(payload)])]
    for index, piece in enumerate(pieces):
        first = (opcode | bits if index == 0 else CONTINUATION) | (FIN if index == len(pieces) - 1 else 0)
        wire += frame(first, piece, draw(MASKS))
        if not first & FIN:
            for between, event in draw(st.lists(controls(), max_size=1)):
                wire += between
                events += event
    return wire, [*events, (opcode, said)]


@st.composite
def streams(draw: st.DrawFn) -> Wire:
    parts = draw(st.lists(messages() | controls(), max_size=5))
    wire, events = b"".join(part for part, _ in parts), [event for _, said in parts for event in said]
    if draw(st.booleans()):
        payload = draw(
            st.just(b"") | st.builds(lambda reason: b"\x03\xe8" + reason.encode(), st.text("aé", max_size=60))
        )
        wire += frame(FIN | CLOSE, payload, draw(MASKS)) + draw(st.binary(max_size=20))  # the rest says nothing
        events.append((CLOSE, payload))
    return wire, events


@given(streams(), st.data())
def test_however_the_bytes_are_cut_the_same_messages_come_in_the_same_order(stream: Wire, data: st.DataObject) -> None:
    wire, events = stream
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    pieces = [wire[start:stop] for start, stop in pairwise([0, *cuts, len(wire)])]
    one = reader()
    assert [event for piece in pieces for event in one.feed(piece)] == events
    assert held(one) == 0


@given(streams())
def test_byte_by_byte_too(stream: Wire) -> None:
    wire, events = stream
    one = reader()
    assert [event for index in range(len(wire)) for event in one.feed(wire[index : index + 1])] == events


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_garbage_raises_nothing_but_a_frame_error_and_is_not_hoarded(pieces: list[bytes]) -> None:
    feed_all(pieces)


@given(streams(), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=4), st.integers(1, 99))
def test_nearly_right_raises_nothing_else_either(stream: Wire, typos: list[tuple[int, int]], step: int) -> None:
    wire = bytearray(stream[0] or b"\x81")
    for place, value in typos:
        wire[place % len(wire)] = value
    feed_all([bytes(wire[start : start + step]) for start in range(0, len(wire), step)])


def feed_all(pieces: list[bytes]) -> None:
    one = reader(200)
    for piece in pieces:
        said, code = read(one, piece)
        assert all(len(what.encode() if isinstance(what, str) else what) <= 200 for _, what in said)
        assert held(one) <= 200 + max(LONGEST_HEADER, CONTROL_FRAME)
        if code is not None:
            assert held(one) == 0


@pytest.mark.parametrize(
    ("code", "wire"),
    [
        (1002, frame(FIN | TEXT, b"hi", mask=None)),
        (1002, frame(FIN | TEXT | RSV1, b"hi")),  # compressed, and nobody negotiated that
        (1002, frame(FIN | TEXT | 0x20, b"hi")),
        (1002, frame(FIN | TEXT | 0x10, b"hi")),
        *[(1002, frame(FIN | opcode, b"hi")) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
        (1002, frame(FIN | CONTINUATION, b"hi")),
        (1002, frame(CONTINUATION, b"hi")),
        (1002, frame(TEXT, b"hi") + frame(FIN | TEXT, b"hi")),
        (1002, frame(TEXT, b"hi") + frame(FIN | BINARY, b"hi")),
        (1002, frame(PING, b"hi")),
        (1002, frame(CLOSE)),
        (1002, frame(FIN | PING, b"x" * 126)),
        (1002, frame(FIN | PONG, b"x" * 126)),
        (1002, frame(FIN | CLOSE, b"\x03\xe8" + b"x" * 124)),
        (1002, frame(FIN | CLOSE, b"\x03")),
        *[
            (1002, frame(FIN | CLOSE, code.to_bytes(2, "big")))
            for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
        ],
        (1007, frame(FIN | CLOSE, b"\x03\xe8\xff")),
        (1007, frame(FIN | TEXT, b"\xff")),
        (1007, frame(FIN | TEXT, b"\xed\xa0\x80")),  # half a surrogate pair
        (1007, frame(FIN | TEXT, b"\xc0\xaf")),  # a slash, longer than need be
        (1007, frame(FIN | TEXT, b"\xf4\x90\x80\x80")),  # beyond the last character
        (1007, frame(FIN | TEXT, "é".encode()[:1])),
        (1007, frame(TEXT, "é".encode()[:1]) + frame(FIN | CONTINUATION)),
        (1009, frame(FIN | TEXT, b"x" * (MOST + 1))),
        (1009, frame(FIN | BINARY, b"x" * (MOST + 1))),
        (1009, frame(FIN | TEXT, size=2**64 - 1)),
        (1009, frame(TEXT, b"x" * MOST) + frame(FIN | CONTINUATION, b"x")),
        (1009, frame(TEXT, b"x" * MOST) + frame(CONTINUATION, size=1)[:6]),
    ],
)
def test_what_is_wrong_has_its_code_and_what_came_before_it_counts(code: int, wire: bytes) -> None:
    one = FrameReader(MOST)
    assert read(one, frame(FIN | TEXT, b"before") + wire + frame(FIN | TEXT, b"after")) == ([(TEXT, "before")], code)
    assert one.feed(frame(FIN | TEXT, b"after")) == []
    assert held(one) == 0


@pytest.mark.parametrize(
    ("code", "wire"),
    [
        (1002, frame(FIN | PING | RSV1, b"hi")),
        (1002, frame(TEXT | RSV1, b"hi") + frame(FIN | CONTINUATION | RSV1, b"hi")),
        (1007, frame(FIN | TEXT | RSV1, b"\xff\xff\xff")),
        (1007, frame(FIN | TEXT | RSV1, packed(b"\xff"))),
        (1007, frame(FIN | TEXT | RSV1, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00 and more")),
        (1009, frame(FIN | TEXT | RSV1, packed(b"x" * (MOST + 1)))),
        (1009, frame(FIN | BINARY | RSV1, packed(b"x" * 900_000))),
    ],
)
def test_what_is_wrong_with_a_compressed_message_too(code: int, wire: bytes) -> None:
    assert read(reader(), frame(FIN | TEXT, b"before") + wire) == ([(TEXT, "before")], code)


@pytest.mark.parametrize(
    ("code", "header"),
    [
        (1002, frame(FIN | TEXT, b"x" * 200, mask=None)[:2]),
        (1002, frame(FIN | 3)[:2]),
        (1009, frame(FIN | TEXT, size=MOST + 1)[:4]),
        (1009, frame(FIN | TEXT, size=65_536)[:10]),
    ],
)
def test_a_header_is_enough_to_be_refused(code: int, header: bytes) -> None:
    assert read(reader(), header) == ([], code)


@pytest.mark.parametrize(
    "payload",
    [
        bytes.fromhex("f2 48 cd c9 c9 07 00"),  # the examples of RFC 7692, section 7.2.3
        bytes.fromhex("00 05 00 fa ff 48 65 6c 6c 6f 00"),
        bytes.fromhex("f3 48 cd c9 c9 07 00 00"),
        bytes.fromhex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00"),
    ],
    ids=["fixed block", "not compressed", "last block", "two blocks"],
)
def test_the_ways_to_compress_hello(payload: bytes) -> None:
    assert reader().feed(frame(FIN | TEXT | RSV1, payload)) == [(TEXT, "Hello")]


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999])
def test_a_close_frame_has_a_code_and_a_reason(code: int) -> None:
    payload = code.to_bytes(2, "big") + "à bientôt".encode()
    assert reader().feed(frame(FIN | CLOSE, payload)) == [(CLOSE, payload)]
    assert close_of(payload) == (code, "à bientôt")


def test_a_close_frame_may_say_nothing() -> None:
    assert reader().feed(frame(FIN | CLOSE)) == [(CLOSE, b"")]
    assert close_of(b"") == (NO_STATUS, "")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_as_much_as_the_bound_is_taken_at_every_length_of_header(size: int) -> None:
    text = "x" * size
    assert reader(size).feed(frame(FIN | TEXT, text.encode())) == [(TEXT, text)]
    if size:
        assert read(reader(size - 1), frame(FIN | TEXT, text.encode())) == ([], 1009)


@pytest.mark.parametrize("size", [100, 126, 70_000])
def test_of_what_inflates_too(size: int) -> None:
    wire = frame(FIN | TEXT | RSV1, packed(b"x" * size))
    assert reader(size).feed(wire) == [(TEXT, "x" * size)]
    assert read(reader(size - 1), wire) == ([], 1009)


def test_an_idle_reader_is_small_also_after_it_has_read() -> None:
    one = reader()
    for wire in (frame(FIN | TEXT, b"2"), frame(TEXT, b"2")[:3], frame(TEXT, b"2")[3:], frame(FIN | CONTINUATION)):
        one.feed(wire)
    assert sys.getsizeof(one) <= 200
    assert held(one) == 0


def test_a_frame_that_dribbles_in_is_not_copied_with_every_drop() -> None:
    one = reader(100_000)
    wire = frame(FIN | TEXT, b"x" * 100_000)
    buffers: list[object] = []
    for index in range(len(wire)):
        one.feed(wire[index : index + 1])
        for part in gc.get_referents(one):
            if isinstance(part, bytearray) and not any(part is known for known in buffers):
                buffers.append(part)
        assert len(buffers) <= 3  # until its first two bytes are here, its length, all of it
    assert held(one) == 0
    assert buffers


def test_empty_fragments_cost_nothing() -> None:
    one = reader()
    one.feed(frame(TEXT, b"a"))
    for _ in range(100):
        assert one.feed(frame(CONTINUATION) * 100) == []
    assert held(one) == 1
    assert one.feed(frame(FIN | CONTINUATION, b"b")) == [(TEXT, "ab")]


def test_a_bomb_is_not_inflated() -> None:
    bomb = frame(FIN | TEXT | RSV1, packed(b"\x00" * 50_000_000))
    assert len(bomb) < 100_000
    one = reader(100_000)
    tracemalloc.start()
    try:
        assert read(one, bomb) == ([], 1009)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_are_written_as_another_implementation_writes_them(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
    if size <= 125:
        assert pong_frame(payload) == Frame(Opcode.PONG, payload).serialize(mask=False)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(3000, 4999))
def test_a_reason_is_cut_between_characters(reason: str, code: int) -> None:
    wire = close_frame(code, reason)
    assert wire[:2] == bytes((FIN | CLOSE, len(wire) - 2))
    assert len(wire) <= 2 + 125
    said_code, said = close_of(wire[2:])
    assert said_code == code
    assert reason.startswith(said)
    assert said == reason or len(said.encode()) > 123 - 4


def test_a_close_frame_without_a_code_is_answered_by_one() -> None:
    assert close_frame(NO_STATUS) == bytes((FIN | CLOSE, 0))


@given(st.binary(max_size=300) | st.builds(lambda piece: piece * 40, st.binary(max_size=300)))
def test_a_frame_is_compressed_where_that_makes_it_shorter(payload: bytes) -> None:
    wire = deflated_frame(payload)
    plain = text_frame(payload)
    assert len(wire) <= len(plain)
    if wire != plain:
        assert wire[0] == FIN | RSV1 | TEXT
        assert inflate(wire[2 if wire[1] < 126 else 4 :], len(payload)) == payload
