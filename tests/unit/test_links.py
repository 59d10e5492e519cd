"""Which links a text has, and which of them a server may follow."""

from __future__ import annotations

import ipaddress
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.core.errors import ChatError
from tms_chat.core.links import absolute, first_link, is_public, parse_hosts, parse_link
from tms_chat.previews.fetch import Fetcher


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://example.org/a?b=c#d for more", "https://example.org/a?b=c#d"),
        ("(https://example.org/wiki/A_(b)).", "https://example.org/wiki/A_(b)"),
        ("https://example.org, and HTTP://second.example", "https://example.org"),
        ("HTTPS://EXAMPLE.org!", "HTTPS://EXAMPLE.org"),
        ("**https://example.org/**", "https://example.org/"),
        ("<https://example.org/x>", "https://example.org/x"),
        ("`https://example.org`", "https://example.org"),
        ("https://bücher.example/straße", "https://bücher.example/straße"),
        ("ftp://example.org mailto:a@example.org", None),
        ("no link: http:// or https//example.org", None),
        ("https://[::1", None),
        ("https://example.org:99999/", None),
        ("https://example.org/" + "x" * 3000, None),
        ("", None),
    ],
)
def test_the_first_link_of_a_text(text: str, link: str | None) -> None:
    assert first_link(text) == link


def test_nobody_can_make_it_slow() -> None:
    started = time.process_time()
    for _ in range(20):
        assert first_link("https://a.b/" + ")" * 9900) is None
    assert first_link("https://a.b/" + ")" * 1900) == "https://a.b/"
    assert time.process_time() - started < 0.5


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_breaks_the_search_for_links(text: str) -> None:
    for candidate in (text, f"https://{text}", f"x https://example.org/{text}"):
        link = first_link(candidate)
        assert link is None or link in candidate


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@example.org/", "https://user@example.org/", "https://@example.org/", "ftp://example.org/",
        "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)", "//example.org", "example.org", "http://",
        "https://example.org:8443/", "http://example.org:22/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/", "http://1.2.3.04/", "http://[fe80::1%25eth0]/",
        "http://exa mple.org/", "http://example..org/", "http://-a.example/", "http://☃️⚡.example/",
        "http://" + "a" * 300 + ".org/", "http://example.org/" + "a" * 2048,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_public_page_is_refused(url: str) -> None:
    with pytest.raises(ChatError) as refused:
        Fetcher().check(url)
    assert refused.value.code == "link_refused"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTP://EXAMPLE.ORG:80/A b?c d#e", "http://example.org/A%20b?c%20d"),
        ("https://bücher.example/ß?ü", "https://xn--bcher-kva.example/%C3%9F?%C3%BC"),
        ("https://example.org./%41%2F", "https://example.org/%41%2F"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("http://example.org:443/", "http://example.org:443/"),
    ],
)
def test_what_is_asked_for(url: str, asked: str) -> None:
    assert Fetcher().check(url).url == asked


def test_a_host_that_is_allowed_may_have_its_port() -> None:
    assert parse_link("http://wiki:8080/", str, {"wiki:8080"}).port == 8080
    for url in ("http://wiki:8081/", "http://other:8080/"):
        with pytest.raises(ValueError, match="port"):
            parse_link(url, str, {"wiki:8080", "wiki"})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "224.0.1.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
        "::ffff:8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd12::1",
        "fe80::1", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_these_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"],
)
def test_these_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_addresses_of_pictures_are_absolute_and_of_the_web() -> None:
    base = "https://example.org/a/b"
    assert absolute(base, "c.png") == "https://example.org/a/c.png"
    assert absolute(base, " //cdn.example/x.png ") == "https://cdn.example/x.png"
    for bad in (None, "", "data:image/png;base64,x", "javascript:1", "https://u:p@x.example/", 'x" onload="y',
                "x" * 3000, "http://[", "ftp://example.org/x"):  # fmt: skip
        assert absolute(base, bad) is None


def test_hosts_that_are_allowed_are_hosts() -> None:
    assert parse_hosts(" Wiki.corp.local , wiki:8080,", "X") == ("wiki.corp.local", "wiki:8080")
    for wrong in ("http://wiki", "wiki/page", "wiki:port", "a@b", "wiki:70000"):
        with pytest.raises(ValueError, match="X entry"):
            parse_hosts(wrong, "X")
