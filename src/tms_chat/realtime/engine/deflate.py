"""permessage-deflate (RFC 7692) without memory: every message is compressed by itself, in both directions.

That is `no_context_takeover` on both sides. It costs some of the compression, and buys that a frame is compressed
once for all its recipients and that an idle connection keeps no window (two of them would be 300 KiB).
"""

import re
import zlib
from typing import Final

EXTENSION: Final = b"permessage-deflate"

# What we compress with: 4 KiB hold nearly every event whole, and clients that ask for a small window get it.
_WINDOW_BITS: Final = 12
_MEMORY_LEVEL: Final = 5
_FLUSHED: Final = b"\x00\x00\xff\xff"  # ends every flush, hence not sent (section 7.2.1)
_FINISHED: Final = b"\x00" + _FLUSHED  # what follows a block that says it is the last one (section 7.2.3.4)

_SPACE: Final = rb"[ \t]*"
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE: Final = rb"(?:(" + _TOKEN + rb')|"(' + _TOKEN + rb')")'
_PARAMETER: Final = _SPACE + b";" + _SPACE + b"(" + _TOKEN + b")(?:" + _SPACE + b"=" + _SPACE + _VALUE + b")?"
_OFFER: Final = re.compile(_SPACE + b"(" + _TOKEN + b")((?:" + _PARAMETER + b")*)" + _SPACE)
_PARAMETERS: Final = re.compile(_PARAMETER)
_BITS: Final = {str(bits).encode(): bits for bits in range(8, 16)}


def deflate(payload: bytes) -> bytes:
    """The payload of a compressed message (section 7.2.1)."""
    packer = zlib.compressobj(wbits=-_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[: -len(_FLUSHED)]


def inflate(payload: bytes, most: int) -> bytes:
    """What a compressed message says (section 7.2.2); `most` bytes of it and one more where there are more.

    A kilobyte can stand for a megabyte: nothing is inflated beyond that. ValueError when it is not deflated data.
    """
    unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        whole = unpacker.decompress(payload + _FLUSHED, most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if unpacker.eof and unpacker.unused_data != _FINISHED:
        raise ValueError("data after the last block")
    return whole


def negotiated(offers: bytes) -> bytes | None:
    """The answer to the first acceptable offer of a `Sec-WebSocket-Extensions` header, None when there is none.

    ValueError when the header is not one (RFC 6455, section 9.1). An offer with a parameter we do not know, one that
    comes twice or a value that makes no sense is passed over (section 7.1), and so is one for a window that is too
    small. `client_max_window_bits` only allows us to ask for less, and any window can be read.
    """
    parsed = [_OFFER.fullmatch(offer) for offer in offers.split(b",") if offer.strip()]
    answer = None
    for match in reversed(parsed):
        if match is None:
            raise ValueError("not a list of extensions")
        if match[1].lower() == EXTENSION:
            answer = _answer(match[2]) or answer
    return answer


def _answer(offered: bytes) -> bytes | None:
    answer = EXTENSION + b"; server_no_context_takeover; client_no_context_takeover"
    seen = set()
    for name, token, quoted in _PARAMETERS.findall(offered):
        name, value = name.lower(), token or quoted
        if name in seen:
            return None
        seen.add(name)
        if name in (b"server_no_context_takeover", b"client_no_context_takeover"):
            if value:
                return None
        elif name == b"client_max_window_bits":
            if value and value not in _BITS:
                return None
        elif name == b"server_max_window_bits" and _BITS.get(value, 0) >= _WINDOW_BITS:
            answer += b"; server_max_window_bits=%d" % _WINDOW_BITS
        else:
            return None
    return answer
