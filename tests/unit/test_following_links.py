"""Following a link: real connections to a site on loopback, which only the resolver of the test calls public."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpcore
import pytest
import pytest_asyncio

from tests.support.website import Website, page, redirect, website
from tms_chat.core.errors import ChatError
from tms_chat.previews import fetch
from tms_chat.previews.fetch import MAX_BYTES, Fetcher, Resolver
from tms_chat.previews.page import read_page

TITLE = "<title>Found</title>"


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Website]:
    async with website() as site:
        yield site


def resolving(*answers: list[str]) -> Callable[[str, int], Awaitable[list[str]]]:
    """A resolver that answers these, one after the other, and the last one from then on."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def refused(fetcher: Fetcher, url: str, code: str = "link_refused") -> None:
    with pytest.raises(ChatError) as error:
        await fetcher.visit(url)
    assert error.value.code == code


async def test_a_page_is_found_and_asked_for_politely(site: Website) -> None:
    site.pages["/a?b"] = page(TITLE)
    visited = await Fetcher([f"wiki:{site.port}"], resolving(["127.0.0.1"])).visit(site.url("/a?b#c", "wiki"))
    assert (visited.page.title, visited.domain) == ("Found", "wiki")
    head = site.asked[0].lower()
    assert head.startswith("get /a?b http/1.1\r\n")
    assert f"host: wiki:{site.port}\r\n" in head
    assert "user-agent: tms-chat/" in head
    for name in ("cookie", "authorization", "referer"):
        assert f"{name}:" not in head


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["fe80::1%eth0"],
     ["2606:4700::1111", "fd00::1"]],
)  # fmt: skip
async def test_one_address_that_is_not_public_refuses_a_name(answers: list[str]) -> None:
    await refused(Fetcher(resolve=resolving(answers)), "http://innocent.example/")


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:7f00:1]/"])
async def test_this_machine_is_refused_by_the_real_resolver(url: str) -> None:
    await refused(Fetcher(), url)


async def test_the_connection_goes_to_the_address_that_was_looked_at(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name is public when it is looked at, and would be somewhere else when it is connected to."""
    connected: list[str] = []
    inner = httpcore.AnyIOBackend.connect_tcp

    async def connect(backend: httpcore.AnyIOBackend, host: str, *_: object, **__: object) -> object:
        connected.append(host)
        return await inner(backend, "127.0.0.1", site.port)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    site.pages["/"] = page(TITLE)
    fetcher = Fetcher(resolve=resolving(["93.184.215.14"], ["127.0.0.1"]))
    assert (await fetcher.visit("http://rebinding.example/")).page.title == "Found"
    assert connected == ["93.184.215.14"]
    await refused(fetcher, "http://rebinding.example/")
    assert connected == ["93.184.215.14"]


async def test_every_redirect_is_a_new_link(site: Website) -> None:
    fetcher = Fetcher([site.place])
    site.pages |= {"/1": redirect("2"), "/2": redirect("/3", "308 Permanent Redirect"), "/3": redirect(site.url("/4"))}
    site.pages["/4"] = page(TITLE)
    assert (await fetcher.visit(site.url("/1"))).page.title == "Found"
    site.pages["/0"] = redirect("/1")
    await refused(fetcher, site.url("/0"), "link_unreachable")  # four of them
    for location in ("http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
                     "file:///etc/passwd", f"http://localhost:{site.port}/4", "http://u:p@example.org/", "http://[",
                     "//0x7f.1/"):  # fmt: skip
        site.pages["/out"] = redirect(location)
        await refused(fetcher, site.url("/out"))
    site.pages["/nowhere"] = page("", status="302 Found")
    await refused(fetcher, site.url("/nowhere"), "link_unreachable")


@pytest.mark.parametrize(
    "kind", ["application/json", "image/png", "text/plain", "text/htmlx", "", "application/xhtml+xml"]
)
async def test_only_html_is_read(site: Website, kind: str) -> None:
    site.pages["/"] = page(TITLE, kind=kind)
    await refused(Fetcher([site.place]), site.url("/"), "link_unreachable")


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "401 Unauthorized"])
async def test_only_a_success_is_read(site: Website, status: str) -> None:
    site.pages["/"] = page(TITLE, status=status)
    await refused(Fetcher([site.place]), site.url("/"), "link_unreachable")


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("x-gzip", gzip.compress)]
)
async def test_packed_pages_are_unpacked(site: Website, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    site.pages["/"] = page(pack(TITLE.encode()), Content_Encoding=encoding)
    assert (await Fetcher([site.place]).visit(site.url("/"))).page.title == "Found"


async def test_what_is_packed_in_another_way_or_broken_is_left_alone(site: Website) -> None:
    site.pages["/br"] = page(b"x", Content_Encoding="br")
    site.pages["/broken"] = page(b"not packed at all", Content_Encoding="gzip")
    site.pages["/nonsense"] = b"SSH-2.0-OpenSSH_9.2\r\n\r\n"
    for path in site.pages:
        await refused(Fetcher([site.place]), site.url(path), "link_unreachable")


async def test_of_a_huge_page_the_beginning_is_read_and_no_more(site: Website) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + TITLE.encode())
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    site.pages["/"] = endless
    assert (await Fetcher([site.place]).visit(site.url("/"))).page.title == "Found"
    assert sent < 100 * MAX_BYTES


async def test_a_bomb_is_not_unpacked(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def measured(body: bytes, charset: str | None, url: str) -> object:
        read.append(len(body))
        return read_page(body, charset, url)

    monkeypatch.setattr(fetch, "read_page", measured)
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(TITLE.encode()) + b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(200))
    bomb += packer.flush()
    assert len(bomb) < 400_000
    site.pages["/"] = page(bomb, Content_Encoding="gzip")
    assert (await Fetcher([site.place]).visit(site.url("/"))).page.title == "Found"
    assert read == [MAX_BYTES]


async def test_a_page_that_trickles_in_is_given_up(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.6)

    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            writer.write(b"<")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def silent(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(10)

    site.pages |= {"/trickle": trickle, "/silent": silent}
    for path in ("/trickle", "/silent"):
        started = time.monotonic()
        await refused(Fetcher([site.place]), site.url(path), "link_unreachable")
        assert time.monotonic() - started < 3


async def test_a_resolver_that_hangs_or_knows_nothing_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(10)
        return []

    async def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("Name or service not known")

    monkeypatch.setattr(fetch, "CONNECT_SECONDS", 0.2)
    for resolve in (hang, unknown, resolving([])):
        await refused(Fetcher(resolve=resolve), "http://example.org/", "link_unreachable")


async def test_names_that_hang_take_two_threads_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread is taken until the system has given up, not until the link has."""
    asked: dict[str, asyncio.Event] = {}

    async def ask(host: str, port: int, *, type: int) -> list[Any]:
        asked[host] = asyncio.Event()
        await asked[host].wait()
        if host == "unknown.example":
            raise OSError("Name or service not known")
        return [(2, type, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(fetch, "CONNECT_SECONDS", 0.1)
    fetcher = Fetcher(resolve=Resolver(ask))
    for name in ("unknown", "slow", "third", "fourth"):
        await refused(fetcher, f"http://{name}.example/", "link_unreachable")
    assert list(asked) == ["unknown.example", "slow.example"]
    for answer in asked.values():
        answer.set()
    await asyncio.sleep(0)
    monkeypatch.setattr(fetch, "CONNECT_SECONDS", 10)  # this one is not to be given up
    late = asyncio.create_task(refused(fetcher, "http://fifth.example/"))
    while "fifth.example" not in asked:
        assert not late.done(), "given up without having been looked up"
        await asyncio.sleep(0.005)
    asked["fifth.example"].set()
    await late


async def test_the_next_address_is_tried_when_one_does_not_answer(site: Website) -> None:
    site.pages["/"] = page(TITLE)
    fetcher = Fetcher([f"wiki:{site.port}"], resolving(["127.0.0.2", "127.0.0.1"]))
    assert (await fetcher.visit(site.url("/", "wiki"))).page.title == "Found"


async def test_proxies_of_the_environment_are_not_asked(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.pages["/"] = page(TITLE)
    assert (await Fetcher([site.place]).visit(site.url("/"))).page.title == "Found"
