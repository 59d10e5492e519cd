"""Links in texts, and which of them a server may follow: public web pages, not what is inside its own network."""

import ipaddress
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

MAX_URL = 2048
PORTS = {"http": 80, "https": 443}
_LINK = re.compile(r"https?://[^\s<>\"`]+", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_CLOSING = {")": "(", "]": "[", "}": "{"}
# Only this is given to anybody on the internet (IANA); what lies in it and is not: Teredo and the rest of 2001::/23,
# documentation, 6to4, which leads to any IPv4 address.
_UNICAST = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC = [ipaddress.ip_network(name) for name in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Python before 3.11.10 calls these global.
_SPECIAL = [ipaddress.ip_network(name) for name in ("192.0.0.0/24", "192.88.99.0/24")]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Link:
    """An address of a page, taken apart. `host` is in ASCII; `url` is what is asked for, without the fragment."""

    url: str
    scheme: str
    host: str
    port: int


def first_link(text: str) -> str | None:
    """The first web address in a text, without the punctuation of its sentence; None when it can be none."""
    found = _LINK.search(text)
    if found is None:
        return None
    url = found.group()
    if len(url) > 2 * MAX_URL:
        return None  # whatever it ends with: taking that away a character at a time would keep everybody waiting
    while url:
        last = url[-1]
        if last in ".,;:!?'*_~" or (last in _CLOSING and url.count(last) > url.count(_CLOSING[last])):
            url = url[:-1]
        else:
            break
    return url if len(url) <= MAX_URL and urlsplit_or_none(url) is not None else None


def parse_link(url: str, encode_host: Callable[[str], str], allowed: Collection[str] = ()) -> Link:
    """The link. `encode_host` turns a name in another script into ASCII (IDNA), `allowed` are hosts with other ports.

    Raises ValueError for what is none.

    Refused are credentials too, other schemes and ports, and IPv4 addresses in disguise: 2130706433, 0x7f.1 and 0177.1
    are 127.0.0.1 to a resolver.
    """
    parts = urlsplit_or_none(url)
    if parts is None or len(url) > MAX_URL or parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("is no web address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("has credentials in it")
    host = _host(parts.hostname, encode_host)
    port = parts.port or PORTS[parts.scheme]
    if port not in PORTS.values() and f"{host}:{port}" not in allowed:
        raise ValueError("has an unusual port")
    shown = f"[{host}]" if ":" in host else host
    place = shown if port == PORTS[parts.scheme] else f"{shown}:{port}"
    path = _escaped(parts.path or "/") + (f"?{_escaped(parts.query)}" if parts.query else "")
    return Link(f"{parts.scheme}://{place}{path}", parts.scheme, host, port)


def absolute(base: str, address: str | None) -> str | None:
    """A picture's address on a page, as one a browser may load; None for any other."""
    if not address or len(address) > MAX_URL:
        return None
    try:
        url = urljoin(base, address.strip())
    except ValueError:
        return None
    parts = urlsplit_or_none(url)
    fine = parts is not None and parts.scheme in PORTS and parts.hostname and parts.username is None
    return url if fine and len(url) <= MAX_URL and not re.search(r"[\s\x00-\x1f\x7f\"<>]", url) else None


def is_public(address: Address) -> bool:
    """Whether it is somebody's on the internet: not this machine, this network, or a way around to one of those."""
    if isinstance(address, ipaddress.IPv4Address):
        special = address.is_multicast or address.is_reserved or any(address in network for network in _SPECIAL)
        return address.is_global and not special
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST and address.is_global and not any(address in network for network in _NOT_PUBLIC)


def parse_hosts(value: str | Collection[str], name: str) -> tuple[str, ...]:
    """`wiki.corp.local, wiki:8080`, from a comma list. Raises ValueError with a sentence that names the setting."""
    entries = value.split(",") if isinstance(value, str) else value
    hosts = tuple(entry.strip().lower() for entry in entries if entry.strip())
    for host in hosts:
        parts = urlsplit_or_none(f"//{host}")
        if parts is None or not parts.hostname or parts.netloc != host or "@" in host:
            raise ValueError(f"{name} entry {host!r} is not a host like wiki.corp.local or wiki.corp.local:8080")
    return hosts


def urlsplit_or_none(url: str) -> SplitResult | None:
    """The parts of an address, None when it has none that make sense."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (checked when it is asked for)
    except ValueError:
        return None
    return parts


def _host(name: str, encode_host: Callable[[str], str]) -> str:
    try:
        literal = ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        if "%" in name:
            raise ValueError("names an interface of this machine")
        return str(literal)
    host = (name if name.isascii() else encode_host(name)).rstrip(".").lower()
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        raise ValueError("has a host name that is none")
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        raise ValueError("has an address in disguise")
    return host


def _escaped(text: str) -> str:
    return quote(text, safe="/?:@!$&'()*+,;=%-._~[]|")
