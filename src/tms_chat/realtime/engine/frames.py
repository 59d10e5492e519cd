"""WebSocket frames (RFC 6455, section 5): what a client sent becomes messages, what it shall get becomes bytes. No I/O.

There is one reader a connection and thousands of connections that say nothing, so an idle reader is six words: it
holds bytes only while a frame or a fragmented message is half here.
"""

from collections.abc import Callable
from typing import Final

from tms_chat.realtime.engine.deflate import deflate

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

NO_STATUS: Final = 1005  # stands for a close frame without a code, and is never sent (section 7.4.1)
PROTOCOL_ERROR: Final = 1002
INVALID_DATA: Final = 1007
TOO_BIG: Final = 1009

# Of the first byte, from the left.
_FIN: Final = 0x80
_COMPRESSED: Final = 0x40
_RESERVED: Final = 0x30
_OPCODE: Final = 0x0F

_MASKED: Final = 0x80  # of the second byte
_WHOLE_TEXT: Final = _FIN | TEXT
_SHORT: Final = [bytes((_WHOLE_TEXT, size)) for size in range(126)]
_MAX_CONTROL: Final = 125  # bytes in a control frame (section 5.5)
_MAX_REASON: Final = _MAX_CONTROL - 2
_OVER: Final = -1

_number = int.from_bytes

Message = tuple[int, bytes | str]
Inflate = Callable[[bytes, int], bytes]


class FrameError(Exception):
    """A client broke the protocol. `code` and `reason` are for the close frame; `messages` came whole before that."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason
        self.messages: list[Message] = []


class FrameReader:
    """Reads what one client sends, cut anywhere. `inflate` is given when compression was negotiated (RFC 7692).

    Of a message, all fragments together, and of what it inflates to, `max_bytes` are taken; a frame above that is
    refused when its header is here. Lengths that are written longer than they need to be are read.
    """

    __slots__ = ("_buffer", "_fragments", "_inflate", "_max_bytes", "_needed", "_started")

    def __init__(self, max_bytes: int, inflate: Inflate | None = None) -> None:
        self._max_bytes = max_bytes
        self._inflate = inflate
        self._buffer: bytearray | None = None  # a frame that is not whole
        self._needed = 0  # how long `_buffer` has to be before reading goes on; _OVER after the end
        self._started = 0  # the first byte of a message whose last fragment is not here, 0 when there is none
        self._fragments: bytearray | None = None  # one piece: a million empty fragments cost nothing

    def feed(self, data: bytes) -> list[Message]:
        """The messages and control frames that are whole now, in order: `str` for a text, bytes for all others.

        Raises FrameError, which carries those that came before the mistake. After that, and after a close frame,
        whatever comes is thrown away (sections 1.4 and 7.1.7).
        """
        messages: list[Message] = []
        if self._needed:
            data = self._joined(data)
        at, end = 0, len(data)
        needed = 2
        try:
            while end - at >= 2:
                first, size = data[at], data[at + 1] - _MASKED
                start = at + 6  # two bytes and the mask
                if size > 125:
                    start += 2 if size == 126 else 8
                    if start - 4 > end:
                        needed = start - 4 - at
                        break
                    size = _number(data[at + 2 : start - 4], "big")
                if first != _WHOLE_TEXT or not 0 <= size <= self._max_bytes or self._started:
                    self._check(first, size)
                stop = start + size
                if stop > end:
                    needed = stop - at
                    break
                # Section 5.3 in one operation on all bytes; one by one it would take twenty times as long.
                mask = _number((data[start - 4 : start] * (size // 4 + 1))[:size], "little")
                payload = (_number(data[start:stop], "little") ^ mask).to_bytes(size, "little")
                at = stop
                if first == _WHOLE_TEXT:
                    messages.append((TEXT, payload.decode()))
                elif self._take(first, payload, messages):
                    return messages
        except FrameError as error:
            self._end()
            error.messages = messages
            raise
        except UnicodeDecodeError:
            self._end()
            failed = FrameError(INVALID_DATA, "text that is not UTF-8")
            failed.messages = messages
            raise failed from None
        if at < end:
            self._buffer = bytearray(data[at:])
            self._needed = needed
        return messages

    def _joined(self, data: bytes) -> bytes:
        """What was here and what came, once that is enough; copied a few times a frame, however it was cut."""
        buffer = self._buffer
        if buffer is None:
            return b""
        buffer += data
        if len(buffer) < self._needed:
            return b""
        self._buffer = None
        self._needed = 0
        return bytes(buffer)

    def _check(self, first: int, size: int) -> None:
        """Refuse a frame by its header. `first` is its first byte, `size` is negative when it is not masked."""
        opcode = first & _OPCODE
        if size < 0:
            raise FrameError(PROTOCOL_ERROR, "a frame without a mask")
        if first & _RESERVED or opcode > PONG or BINARY < opcode < CLOSE:
            raise FrameError(PROTOCOL_ERROR, "a reserved bit or opcode")
        if first & _COMPRESSED and (self._inflate is None or opcode not in (TEXT, BINARY)):
            raise FrameError(PROTOCOL_ERROR, "a compressed frame where none is expected")
        if opcode >= CLOSE:
            if not first & _FIN or size > _MAX_CONTROL:
                raise FrameError(PROTOCOL_ERROR, "a control frame in fragments or above 125 bytes")
        elif (not opcode) is not bool(self._started):
            raise FrameError(PROTOCOL_ERROR, "a fragment of nothing, or a message inside another one")
        elif size + len(self._fragments or b"") > self._max_bytes:
            raise FrameError(TOO_BIG, f"a message above {self._max_bytes} bytes")

    def _take(self, first: int, payload: bytes, messages: list[Message]) -> bool:
        """A checked frame that is not a plain whole text. Whether it is the last one, a close frame."""
        opcode = first & _OPCODE
        if opcode == CLOSE:
            close_of(payload)
            self._end()
        if opcode >= CLOSE:
            messages.append((opcode, payload))
            return opcode == CLOSE
        if self._fragments is not None:
            self._fragments += payload
        elif not first & _FIN:
            self._started, self._fragments = first, bytearray(payload)
        if not first & _FIN:
            return False
        if self._fragments is not None:
            first, payload = self._started, bytes(self._fragments)
            self._started, self._fragments = 0, None
        if first & _COMPRESSED:
            payload = self._inflated(payload)
        if first & _OPCODE == TEXT:
            messages.append((TEXT, payload.decode()))
        else:
            messages.append((BINARY, payload))
        return False

    def _inflated(self, payload: bytes) -> bytes:
        assert self._inflate is not None
        try:
            whole = self._inflate(payload, self._max_bytes)
        except ValueError:
            raise FrameError(INVALID_DATA, "data that does not inflate") from None
        if len(whole) > self._max_bytes:
            raise FrameError(TOO_BIG, f"a message that inflates above {self._max_bytes} bytes")
        return whole

    def _end(self) -> None:
        self._buffer = self._fragments = None
        self._started = 0
        self._needed = _OVER


def close_of(payload: bytes) -> tuple[int, str]:
    """Code and reason of a close frame, `NO_STATUS` of an empty one; FrameError when it may not be sent like that."""
    if not payload:
        return NO_STATUS, ""
    code = _number(payload[:2], "big")
    # Sections 5.5.1 and 7.4; 1012 to 1014 are IANA's. One byte is no code: it is below 1000.
    if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise FrameError(PROTOCOL_ERROR, "a close frame with a code nobody may send")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError(INVALID_DATA, "a reason that is not UTF-8") from None


def text_frame(payload: bytes) -> bytes:
    """A whole text, not masked: servers must not (section 5.1). The same bytes serve every recipient."""
    size = len(payload)
    return _SHORT[size] + payload if size < 126 else _head(_WHOLE_TEXT, size) + payload


def deflated_frame(payload: bytes) -> bytes:
    """A whole text for those who negotiated compression, as it is where compressing would not make it shorter."""
    compressed = deflate(payload)
    if len(compressed) >= len(payload):
        return text_frame(payload)
    return _head(_WHOLE_TEXT | _COMPRESSED, len(compressed)) + compressed


def close_frame(code: int, reason: str = "") -> bytes:
    """The last frame. `NO_STATUS` answers a close frame without a code; a reason is cut to the 123 bytes there are."""
    if code == NO_STATUS:
        return _head(_FIN | CLOSE, 0)
    words = reason.encode()[:_MAX_REASON].decode(errors="ignore").encode()  # not in the middle of a character
    return _head(_FIN | CLOSE, 2 + len(words)) + code.to_bytes(2, "big") + words


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping: what the ping said, which is at most 125 bytes."""
    return _head(_FIN | PONG, len(payload)) + payload


def _head(first: int, size: int) -> bytes:
    """The header of an unmasked frame, its length in as few bytes as there can be (section 5.2)."""
    if size < 126:
        return bytes((first, size))
    if size < 65_536:
        return bytes((first, 126)) + size.to_bytes(2, "big")
    return bytes((first, 127)) + size.to_bytes(8, "big")
