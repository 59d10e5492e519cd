"""What a client sends is a packet or a BadPacket, whatever it is, and soon."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tms_chat.realtime.engine import socketio
from tms_chat.realtime.engine.packets import SEPARATOR, BadPacket, split_payload
from tms_chat.realtime.engine.socketio import Packet, parse

#: What packets are made of, so that more than a few of the texts go past the first character.
PIECES = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "3",
        "7",
        "42",
        "/",
        "/a",
        ",",
        "?",
        "-",
        "[",
        "]",
        "{",
        "}",
        '"',
        '"x"',
        ":",
        "null",
        "é",
        "\ud800",
        " ",
    ]
)
NEARLY = st.lists(PIECES, max_size=20).map("".join)
KINDS = st.sampled_from("0123456789")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.text().filter(lambda name: name not in socketio.RESERVED)
LONG = 128 * 1024


@given(st.text() | NEARLY | st.builds(str.__add__, KINDS, st.text() | NEARLY))
@example("")
@example("2[" * 3000)
@example('2["\ud800"]')
@example("3" + "9" * 16 + "[]")
@example("0/" + "a" * 200)
def test_any_text_is_a_packet_or_a_bad_one(text: str) -> None:
    try:
        packet = parse(text)
    except BadPacket:
        return
    assert packet.kind == text[0] in socketio.FROM_CLIENTS
    assert packet.namespace.startswith("/")
    assert "," not in packet.namespace
    assert packet.ack is None or 0 <= packet.ack < 10**16
    if packet.kind == socketio.EVENT:
        assert isinstance(packet.data[0], str)
        assert packet.data[0] not in socketio.RESERVED
    elif packet.kind == socketio.ACK:
        assert packet.ack is not None
        assert isinstance(packet.data, list)
    elif packet.kind == socketio.CONNECT:
        assert packet.data is None or isinstance(packet.data, dict)


@given(NAMES, st.lists(JSON, max_size=3), st.none() | st.integers(0, 10**16 - 1), st.booleans())
def test_what_a_client_library_writes_is_read_as_it_was_meant(
    name: str, arguments: list[Any], ack: int | None, is_foreign: bool
) -> None:
    where = "/chat," if is_foreign else ""
    text = f"2{where}{'' if ack is None else ack}{json.dumps([name, *arguments])}"
    assert parse(text) == Packet("2", "/chat" if is_foreign else "/", ack, [name, *arguments])


@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_so_is_connect(auth: dict[str, Any]) -> None:
    assert parse("0" + json.dumps(auth)) == Packet("0", data=auth)
    assert parse("0/chat?token=x," + json.dumps(auth)) == Packet("0", "/chat", data=auth)


@pytest.mark.parametrize("kind", ["0", "1", "2", "3", "2/", "0/", "217", '2["x",', '2["x",{"a":', '0{"a":'])
@pytest.mark.parametrize("filling", ["[", "{", "9", ",", '"', '{"a":', "[[],", " ", "\\", "-", "💥", "/", '[""'])
def test_a_frame_full_of_one_thing_takes_no_time(kind: str, filling: str) -> None:
    text = kind + filling * (LONG // len(filling))
    started = time.process_time()
    with suppress(BadPacket):
        parse(text)
    assert time.process_time() - started < 0.5


@given(JSON)
def test_what_is_encoded_is_json_with_all_its_digits(value: Any) -> None:
    assert json.loads(socketio.encode(value)) == value


def test_what_the_server_says_is_read_by_the_rules_of_the_document() -> None:
    assert socketio.event("a", b'{"b":1}') == b'42["a",{"b":1}]'
    assert socketio.acknowledgement(7, b"{}") == b"437[{}]"
    assert socketio.refused("no", "/x") == b'44/x,{"message":"no"}'
    assert socketio.refused("no") == b'44{"message":"no"}'
    assert (socketio.connected("s"), socketio.disconnected()) == (b'40{"sid":"s"}', b"41")


@given(st.lists(st.text(min_size=1).filter(lambda text: SEPARATOR not in text), min_size=1))
def test_a_payload_is_split_into_what_it_was_joined_of(packets: list[str]) -> None:
    assert split_payload(SEPARATOR.join(packets)) == packets


@given(st.lists(st.sampled_from(["", "4", SEPARATOR]), max_size=5).map("".join))
def test_no_packet_of_a_payload_is_empty(body: str) -> None:
    try:
        packets = split_payload(body)
    except BadPacket:
        assert not body or SEPARATOR * 2 in body or body[0] == SEPARATOR or body[-1] == SEPARATOR
    else:
        assert all(packets)
        assert SEPARATOR.join(packets) == body
