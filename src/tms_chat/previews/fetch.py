"""Following a link that anybody may have written, without becoming a way into the server's own network (SSRF).

A name is resolved once; one address that is not public refuses it, and the connection goes to the very address that
was looked at, so that a name which changes its mind (DNS rebinding) gains nothing. Every redirect is a new link.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urljoin

import httpcore
import idna

from tms_chat import __version__
from tms_chat.core.errors import ChatError
from tms_chat.core.links import Address, Link, is_public, parse_link
from tms_chat.previews.page import Page, read_page

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 5.0
MAX_REDIRECTS = 3
MAX_BYTES = 512 * 1024
MAX_ADDRESSES = 3
NAMES_AT_ONCE = 2
HEADERS = [
    (b"User-Agent", f"TMS-Chat/{__version__} (link preview)".encode()),
    (b"Accept", b"text/html"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"Connection", b"close"),
]

Ask = Callable[..., Awaitable[list[Any]]]
Resolve = Callable[[str, int], Awaitable[Iterable[str]]]


@dataclass(frozen=True, slots=True)
class Visited:
    """A page, and the host it was found at in the end."""

    page: Page
    domain: str


class Fetcher:
    """`allowed` hosts (`wiki` or `wiki:8080`) may have addresses that are not public."""

    def __init__(self, allowed: Collection[str] = (), resolve: Resolve | None = None) -> None:
        self._allowed = frozenset(allowed)
        self._resolve = resolve or Resolver()

    def check(self, url: str) -> Link:
        """The link, when it may be followed as far as it can be seen from its text. Raises ChatError `link_refused`."""
        try:
            return parse_link(url, _ascii, self._allowed)
        except (ValueError, UnicodeError):
            raise ChatError("link_refused") from None

    async def visit(self, url: str) -> Visited:
        """The page, within five seconds. Raises ChatError `link_refused`, `link_unreachable`."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._follow(self.check(url))
        except (TimeoutError, OSError, ssl.SSLError, zlib.error, httpcore.ProtocolError, httpcore.NetworkError,
                httpcore.TimeoutException, httpcore.UnsupportedProtocol):  # fmt: skip
            raise ChatError("link_unreachable") from None

    async def _follow(self, link: Link) -> Visited:
        for _ in range(MAX_REDIRECTS + 1):
            found = await self._ask(link)
            if isinstance(found, Visited):
                return found
            link = found
        raise ChatError("link_unreachable")

    async def _ask(self, link: Link) -> Visited | Link:
        """The page, or where else to look."""
        backend = _Pinned(await self._addresses(link))
        timeout = {"connect": CONNECT_SECONDS, "read": TOTAL_SECONDS, "write": TOTAL_SECONDS, "pool": TOTAL_SECONDS}
        async with (
            httpcore.AsyncConnectionPool(_trusted(), max_connections=1, network_backend=backend) as pool,
            pool.stream("GET", link.url, headers=HEADERS, extensions={"timeout": timeout}) as answer,
        ):
            headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
            if answer.status in (301, 302, 303, 307, 308) and b"location" in headers:
                return self.check(_joined(link.url, headers[b"location"]))
            kind, _, parameters = headers.get(b"content-type", "").partition(";")
            if answer.status != 200 or kind.strip().lower() != "text/html":
                raise ChatError("link_unreachable")
            body = await _body(answer, headers.get(b"content-encoding", "").strip().lower())
        return Visited(await asyncio.to_thread(read_page, body, _charset(parameters), link.url), link.host)

    async def _addresses(self, link: Link) -> list[str]:
        async with asyncio.timeout(CONNECT_SECONDS):
            found = list(dict.fromkeys(await self._resolve(link.host, link.port)))
        if not found:
            raise ChatError("link_unreachable")
        if not {link.host, f"{link.host}:{link.port}"} & self._allowed and not all(map(_is_public, found)):
            raise ChatError("link_refused")
        return found[:MAX_ADDRESSES]


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked at, whatever the name would resolve to now."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the library's own signature)
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """To the first address that answers. `host` is the name, which counts for TLS only."""
        async with asyncio.timeout(timeout):
            for address in self._addresses[:-1]:
                with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                    return await self._inner.connect_tcp(address, port, CONNECT_SECONDS / len(self._addresses))
            return await self._inner.connect_tcp(self._addresses[-1], port)

    async def sleep(self, seconds: float) -> None:
        """Between tries, of which there are none."""
        await asyncio.sleep(seconds)


class Resolver:
    """Every address of a name, two names at a time, also of those that nobody waits for any more.

    A look-up cannot be stopped, and each takes one of the few threads in which this process looks up names at all, the
    database's and the host's too: links to names whose servers are silent must not take all of them.
    """

    def __init__(self, ask: Ask | None = None) -> None:
        self._ask = ask
        self._turns = asyncio.Semaphore(NAMES_AT_ONCE)
        self._asked: set[asyncio.Future[Any]] = set()

    async def __call__(self, host: str, port: int) -> list[str]:
        """Raises OSError."""
        await self._turns.acquire()
        ask = self._ask or asyncio.get_running_loop().getaddrinfo
        answer = asyncio.ensure_future(ask(host, port, type=socket.SOCK_STREAM))
        self._asked.add(answer)
        answer.add_done_callback(self._is_answered)
        return [str(entry[4][0]) for entry in await asyncio.shield(answer)]

    def _is_answered(self, answer: "asyncio.Future[Any]") -> None:
        self._asked.discard(answer)
        self._turns.release()
        if not answer.cancelled():
            answer.exception()  # looked at: perhaps nobody waited for it


async def _body(answer: httpcore.Response, encoding: str) -> bytes:
    """The first 512 kB of it, unpacked as it comes: a small answer must not unfold to a huge one."""
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise ChatError("link_unreachable")
    unpack = zlib.decompressobj(wbits=47) if encoding in ("gzip", "x-gzip", "deflate") else None
    body = bytearray()
    async for chunk in answer.aiter_stream():
        left = MAX_BYTES - len(body)
        body += unpack.decompress(chunk, left) if unpack is not None else chunk[:left]
        if len(body) >= MAX_BYTES:
            break
    return bytes(body)


def _is_public(text: str) -> bool:
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    return is_public(address)


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        raise ChatError("link_refused") from None


def _charset(parameters: str) -> str | None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return None


def _ascii(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError("has a host name that is none") from None


@cache
def _trusted() -> ssl.SSLContext:
    return httpcore.default_ssl_context()
