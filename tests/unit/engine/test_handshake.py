"""The opening handshake, and then both ways with the client of another implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.unit.engine.wire import BINARY, CLOSE, PING, TEXT
from tms_chat.realtime.engine.deflate import inflate, negotiated
from tms_chat.realtime.engine.frames import (
    FrameReader,
    Message,
    close_frame,
    close_of,
    deflated_frame,
    pong_frame,
    text_frame,
)
from tms_chat.realtime.engine.handshake import Accepted, Headers, Refused, negotiate, response_bytes

GOOD: dict[bytes, bytes] = {
    b"host": b"chat.example",
    b"upgrade": b"websocket",
    b"connection": b"Upgrade",
    b"sec-websocket-key": b"dGhlIHNhbXBsZSBub25jZQ==",  # the example of section 1.3, with its answer below
    b"sec-websocket-version": b"13",
}
MODES = pytest.mark.parametrize("deflate", [False, True], ids=["plain", "deflate"])
PIECES = st.lists(st.binary(max_size=60), min_size=1, max_size=4)
BARE = b"permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def judge(*more: tuple[bytes, bytes], but: bytes = b"", deflate: bool = False) -> Accepted | Refused:
    headers = [(name, value) for name, value in GOOD.items() if name != but]
    return negotiate("GET", "1.1", [*headers, *more], deflate=deflate)


def with_offers(offers: bytes, deflate: bool = True) -> Accepted | Refused:
    return judge((b"sec-websocket-extensions", offers), deflate=deflate)


def test_the_example_of_the_document() -> None:
    decision = judge()
    assert isinstance(decision, Accepted)
    assert response_bytes(decision.status, [*decision.headers, (b"server", b"x")]) == (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"upgrade: websocket\r\n"
        b"connection: Upgrade\r\n"
        b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        b"server: x\r\n\r\n"
    )


@pytest.mark.parametrize(
    "headers",
    [
        [(b"upgrade", b"WebSocket")],
        [(b"upgrade", b"h2c, websocket")],
        [(b"upgrade", b"h2c"), (b"upgrade", b"websocket")],
        [(b"connection", b"keep-alive, upgrade")],
        [(b"connection", b"keep-alive"), (b"connection", b"UPGRADE")],
        [(b"origin", b"https://chat.example"), (b"sec-websocket-protocol", b"chat")],
    ],
)
def test_headers_are_read_as_lists_and_in_any_case(headers: Headers) -> None:
    decision = judge(*headers, but=headers[0][0])
    assert isinstance(decision, Accepted)
    assert [name for name, _ in decision.headers] == [b"upgrade", b"connection", b"sec-websocket-accept"]


@pytest.mark.parametrize(
    ("status", "but", "headers"),
    [
        (400, b"host", []),
        (400, b"", [(b"host", b"another.example")]),
        (426, b"upgrade", []),
        (426, b"upgrade", [(b"upgrade", b"h2c")]),
        (426, b"connection", []),
        (426, b"connection", [(b"connection", b"keep-alive")]),
        (426, b"sec-websocket-version", []),
        (426, b"sec-websocket-version", [(b"sec-websocket-version", b"8")]),
        (426, b"", [(b"sec-websocket-version", b"13")]),
        (400, b"sec-websocket-key", []),
        (400, b"", [(b"sec-websocket-key", GOOD[b"sec-websocket-key"])]),
        *[
            (400, b"sec-websocket-key", [(b"sec-websocket-key", key)])
            for key in (b"", b"dGhlIHNhbXBsZSBub25j", b"dGhlIHNhbXBsZSBub25jZQ", b"*" * 24, b"\xff" * 24)
        ],
    ],
)
def test_what_is_no_handshake_is_refused_with_a_sentence(status: int, but: bytes, headers: Headers) -> None:
    decision = judge(*headers, but=but)
    assert isinstance(decision, Refused)
    assert decision.status == status
    assert decision.sentence.endswith(".")
    if status == 426:
        assert {name for name, _ in decision.headers} & {b"upgrade", b"sec-websocket-version"}


def test_a_wrong_version_is_told_the_right_one() -> None:
    decision = judge((b"sec-websocket-version", b"8"), but=b"sec-websocket-version")
    assert isinstance(decision, Refused)
    assert (b"sec-websocket-version", b"13") in decision.headers
    answer = response_bytes(decision.status, decision.headers, decision.sentence.encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 426 Upgrade Required\r\n")
    assert b"\r\ncontent-length: %d\r\nconnection: close" % len(body) in head
    assert body == decision.sentence.encode()


@pytest.mark.parametrize(("method", "version"), [("POST", "1.1"), ("GET", "1.0"), ("get", "1.1"), ("HEAD", "1.1")])
def test_only_a_get_of_http_1_1_is_a_handshake(method: str, version: str) -> None:
    decision = negotiate(method, version, list(GOOD.items()), deflate=False)
    assert isinstance(decision, Refused)
    assert decision.status == 400


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        (b"permessage-deflate", BARE),
        (b"permessage-deflate; client_max_window_bits", BARE),  # Chromium, Node's ws
        (b"Permessage-Deflate ;Client_Max_Window_Bits = 9", BARE),
        (b'permessage-deflate; client_max_window_bits="15"', BARE),
        (b"permessage-deflate; server_no_context_takeover; client_no_context_takeover", BARE),
        (b"permessage-deflate; server_max_window_bits=12", BARE + b"; server_max_window_bits=12"),
        (b"permessage-deflate; server_max_window_bits=15", BARE + b"; server_max_window_bits=12"),
        (b"x-webkit-deflate-frame, permessage-deflate", BARE),
        (b"permessage-deflate; server_max_window_bits=9, permessage-deflate", BARE),
        (b"permessage-deflate, permessage-deflate; server_max_window_bits=12", BARE),  # the first one that will do
        (b", permessage-deflate,", BARE),
        (b"permessage-deflate; server_max_window_bits=11", None),
        (b"permessage-deflate; server_max_window_bits", None),
        (b"permessage-deflate; server_max_window_bits=16", None),
        (b"permessage-deflate; server_max_window_bits=012", None),
        (b"permessage-deflate; client_max_window_bits=7", None),
        (b"permessage-deflate; client_max_window_bits=10; client_max_window_bits=10", None),
        (b"permessage-deflate; server_no_context_takeover=1", None),
        (b"permessage-deflate; client_no_context_takeover=1", None),
        (b"permessage-deflate; level=9", None),
        (b"permessage-bzip2", None),
        (b"", None),
    ],
)
def test_the_first_acceptable_offer_is_answered(offers: bytes, answer: bytes | None) -> None:
    assert negotiated(offers) == answer
    decision = with_offers(offers)
    assert isinstance(decision, Accepted)
    assert decision.deflates is (answer is not None)
    assert dict(decision.headers).get(b"sec-websocket-extensions") == answer


def test_offers_in_two_headers_are_one_list() -> None:
    decision = judge(
        (b"sec-websocket-extensions", b"x"), (b"sec-websocket-extensions", b"permessage-deflate"), deflate=True
    )
    assert isinstance(decision, Accepted)
    assert decision.deflates


@pytest.mark.parametrize(
    "offers", [b"permessage deflate", b";", b"permessage-deflate;", b'a; b="', b"a; b=c=d", b"\xff"]
)
def test_a_header_that_is_no_list_of_extensions_is_refused(offers: bytes) -> None:
    decision = with_offers(offers)
    assert isinstance(decision, Refused)
    assert decision.status == 400


def test_nothing_is_negotiated_while_compression_is_off() -> None:
    for offers in (b"permessage-deflate", b";"):
        decision = with_offers(offers, deflate=False)
        assert isinstance(decision, Accepted)
        assert not decision.deflates
        assert b"sec-websocket-extensions" not in dict(decision.headers)


NAMES = st.sampled_from([*GOOD, b"sec-websocket-extensions", b"x"])
VALUES = st.binary(max_size=40) | st.sampled_from([*GOOD.values(), b"permessage-deflate; client_max_window_bits"])


@given(st.lists(st.tuples(NAMES, VALUES), max_size=9), st.booleans())
def test_any_headers_are_judged(headers: Headers, deflate: bool) -> None:
    assert isinstance(negotiate("GET", "1.1", headers, deflate=deflate), Accepted | Refused)


# Both ways, with websockets' protocol without I/O as the client.


def connected(deflate: bool) -> tuple[ClientProtocol, FrameReader]:
    offers = [ClientPerMessageDeflateFactory(server_max_window_bits=12, client_max_window_bits=12)]
    client = ClientProtocol(parse_uri("ws://chat.example/socket.io/"), extensions=offers)
    client.send_request(client.connect())
    request = b"".join(client.data_to_send())
    lines = request.decode().split("\r\n")[1:-2]
    headers = [(name.lower().encode(), value.encode()) for name, value in (line.split(": ", 1) for line in lines)]
    decision = negotiate("GET", "1.1", headers, deflate=deflate)
    assert isinstance(decision, Accepted)
    assert decision.deflates is deflate
    assert heard(client, response_bytes(decision.status, decision.headers)) == []
    assert client.state is State.OPEN
    assert any(isinstance(extension, PerMessageDeflate) for extension in client.extensions) is deflate
    return client, FrameReader(1_000_000, inflate if decision.deflates else None)


def heard(client: ClientProtocol, wire: bytes) -> list[Frame]:
    client.receive_data(wire)
    events: list[Frame | Request | Response] = list(client.events_received())
    return [event for event in events if isinstance(event, Frame)]


def said(client: ClientProtocol, reader: FrameReader) -> list[Message]:
    return reader.feed(b"".join(client.data_to_send()))


@MODES
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5), PIECES, PIECES)
def test_what_a_client_says_is_read(deflate: bool, texts: list[str], pieces: list[bytes], more: list[bytes]) -> None:
    client, reader = connected(deflate)
    expected: list[Message] = []
    for text in texts:
        client.send_text(text.encode())
        expected.append((TEXT, text))
    for message in (pieces, more):
        client.send_binary(message[0], fin=len(message) == 1)
        for index, piece in enumerate(message[1:], 2):
            client.send_ping(b"between")
            expected.append((PING, b"between"))
            client.send_continuation(piece, fin=index == len(message))
        expected.append((BINARY, b"".join(message)))
    client.send_close(1001, "bye")
    assert said(client, reader) == [*expected, (CLOSE, b"\x03\xe9bye")]


@MODES
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=2000), max_size=5))
def test_what_we_say_is_understood(deflate: bool, texts: list[str]) -> None:
    client, _ = connected(deflate)
    encode = deflated_frame if deflate else text_frame
    wire = b"".join(encode(text.encode()) for text in texts)
    frames = heard(client, wire)
    assert [(one.opcode, one.fin, bytes(one.data).decode()) for one in frames] == [
        (Opcode.TEXT, True, text) for text in texts
    ]


@MODES
@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 500_000])
def test_every_length_goes_both_ways(deflate: bool, size: int) -> None:
    client, reader = connected(deflate)
    text = ("tms " * (size // 4 + 1))[:size]
    client.send_text(text.encode())
    assert said(client, reader) == [(TEXT, text)]
    [one] = heard(client, (deflated_frame if deflate else text_frame)(text.encode()))
    assert bytes(one.data).decode() == text


@MODES
def test_both_sides_close(deflate: bool) -> None:
    client, reader = connected(deflate)
    client.send_ping(b"there?")
    assert said(client, reader) == [(PING, b"there?")]
    [pong] = heard(client, pong_frame(b"there?"))
    assert (pong.opcode, pong.data) == (Opcode.PONG, b"there?")
    [close] = heard(client, close_frame(1012, "restart"))
    assert close_of(bytes(close.data)) == (1012, "restart")
    [(opcode, answer)] = said(client, reader)
    assert opcode == CLOSE
    assert isinstance(answer, bytes)
    assert close_of(answer) == (1012, "restart")
