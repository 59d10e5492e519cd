"""ALLOWED_ORIGINS: every spelling means exactly what the person meant, or stops the start with a sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from tms_chat.core.origins import own_origin, parse_origins
from tms_chat.http.origins import OriginPolicy

HOSTS = ["app.example.com", "a.b", "localhost", "127.0.0.1", "[::1]", "xn--bcher-kva.example"]
DEFAULT_PORT = {"http": 80, "https": 443}


@st.composite
def origins(draw: st.DrawFn) -> tuple[str, str]:
    """One origin as a browser sends it, and a spelling of it that a person may write."""
    scheme, host = draw(st.sampled_from(["http", "https"])), draw(st.sampled_from(HOSTS))
    port = draw(st.none() | st.integers(1, 65535).filter(lambda number: number != DEFAULT_PORT[scheme]))
    sent = f"{scheme}://{host}" + (f":{port}" if port else "")
    written = sent if port or draw(st.booleans()) else f"{sent}:{DEFAULT_PORT[scheme]}"
    written = written.upper() if draw(st.booleans()) else written
    written += draw(st.sampled_from(["", "/"]))
    return sent, draw(st.sampled_from(["", " ", "\t", "  "])) + written + draw(st.sampled_from(["", " ", "\n"]))


@st.composite
def spellings(draw: st.DrawFn) -> tuple[list[str], str]:
    """Origins as browsers send them, and one value of ALLOWED_ORIGINS that means them."""
    pairs = draw(st.lists(origins(), max_size=5))
    written = [text for _, text in pairs]
    if draw(st.booleans()):
        value = json.dumps(written)
    else:
        value = ",".join(draw(st.permutations([*written, *draw(st.sampled_from([[], [""], [" ", ""]]))])))
    return [sent for sent, _ in pairs], draw(st.sampled_from(["", " "])) + value


@given(spellings())
def test_every_accepted_spelling_means_exactly_the_origins_browsers_send(case: tuple[list[str], str]) -> None:
    sent, value = case
    assert set(parse_origins(value)) == set(sent)


@given(spellings())
def test_the_one_policy_accepts_these_and_no_neighbour(case: tuple[list[str], str]) -> None:
    sent, value = case
    policy = OriginPolicy(parse_origins(value), "https://own.example")
    scope: Scope = {"type": "http", "scheme": "http", "headers": []}
    assert all(policy.accepts(origin, scope) for origin in sent)
    near = {"null", "", "*"}
    for origin in sent:
        near |= {
            f"{origin}.evil",
            f"{origin}1",
            origin.replace("://", "://x."),
            origin[:-1],
            origin.upper(),
            f"{origin}/",
        }
    assert not [origin for origin in near - {*sent, "https://own.example"} if policy.accepts(origin, scope)]


def test_the_order_is_kept_and_repeats_are_dropped() -> None:
    value = "https://b.example, https://a.example/,https://B.example:443,http://a.example:8080"
    assert parse_origins(value) == ("https://b.example", "https://a.example", "http://a.example:8080")


@pytest.mark.parametrize("value", ["", " ", ",", " , ,", "[]", " [ ] ", '["", " "]', ()])
def test_nothing_means_same_origin_only(value: str | Sequence[str]) -> None:
    assert parse_origins(value) == ()


def test_a_name_in_another_script_is_compared_as_browsers_send_it() -> None:
    assert parse_origins("https://Bücher.example") == ("https://xn--bcher-kva.example",)


REFUSED = {
    "*": "name each origin",
    "null": "no origin",
    "NULL": "no origin",
    "https://*.example.com": "name each origin exactly",
    "app.example.com": "write https://app.example.com",
    "localhost:3000": "write https://localhost:3000",
    "//app.example.com": "scheme",
    "ftp://app.example.com": "http:// or https://",
    "file://": "http:// or https://",
    "https://": "host",
    "https:///path": "host",
    "https://app.example.com/chat": "https://app.example.com",
    "https://app.example.com//": "path",
    "https://app.example.com?a=1": "path",
    "https://app.example.com/?": "path",
    "https://app.example.com#": "path",
    "https://app.example.com:port": "port",
    "https://app.example.com:70000": "port",
    "https://app.example.com:-1": "port",
    "https://app.example.com:0": "port",
    "https://app example.com": "host",
    "https://me:word@app.example.com": "user name or password",
    "https://[::1": "ALLOWED_ORIGINS",
    "https://a..b\u2024": "host",
    "https://" + "ü" * 70 + ".example": "host",
    '["https://a.example"': "JSON list",
    "[1]": "strings",
    "[null]": "strings",
    "https://a.example;https://b.example": "ALLOWED_ORIGINS",
    "https://a.example https://b.example": "ALLOWED_ORIGINS",
    "https://a.example,*": "name each origin",
}


@pytest.mark.parametrize(("value", "remedy"), REFUSED.items(), ids=lambda text: text[:40])
def test_every_other_spelling_is_refused_with_a_sentence_that_names_the_remedy(value: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=r"ALLOWED_ORIGINS") as refused:
        parse_origins(value)
    sentence = str(refused.value)
    assert remedy in sentence
    assert "\n" not in sentence
    assert "me:word" not in sentence


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("http", "chat.example", "http://chat.example"),
        ("http", "Chat.Example:80", "http://chat.example"),
        ("https", "chat.example:443", "https://chat.example"),
        ("https", "chat.example:80", "https://chat.example:80"),
        ("ws", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("wss", "chat.example", "https://chat.example"),
        ("http", "[::1]:8000", "http://[::1]:8000"),
        ("http", "", None),
        ("http", "chat.example:port", None),
        ("http", "[::1", None),
    ],
)
def test_the_own_origin_is_scheme_and_host_of_the_request(scheme: str, host: str, origin: str | None) -> None:
    assert own_origin(scheme, host) == origin


@given(st.text(), st.text(max_size=20))
def test_no_host_header_makes_the_own_origin_fail(host: str, scheme: str) -> None:
    own = own_origin(scheme, host)
    assert own is None or own.isascii()


def test_with_a_public_url_the_host_header_has_no_say() -> None:
    policy = OriginPolicy((), "https://chat.example")
    scope: Scope = {"type": "http", "scheme": "http", "headers": [(b"host", b"evil.example")]}
    assert policy.accepts("https://chat.example", scope)
    assert not policy.accepts("http://evil.example", scope)


@pytest.mark.parametrize(
    ("public_url", "page", "words", "not_said"),
    [
        ("https://chat.example", "http://chat.example", ("without TLS", "redirect http to https"), "PUBLIC_URL"),
        ("https://chat.example:8443", "http://chat.example:8443", ("without TLS", "ALLOWED_ORIGINS"), "PUBLIC_URL"),
        (
            "http://chat.example",
            "https://chat.example",
            ("PUBLIC_URL=https://chat.example", "TRUSTED_PROXIES"),
            "redirect",
        ),
        ("https://chat.example", "http://other.example", ("add its origin to ALLOWED_ORIGINS",), "TLS"),
    ],
)
def test_the_remedy_for_a_refused_page_fits_what_is_wrong(
    public_url: str, page: str, words: tuple[str, ...], not_said: str
) -> None:
    policy = OriginPolicy((), public_url)
    with structlog.testing.capture_logs() as lines:
        assert not policy.accepts(page, {"type": "http", "scheme": "http", "headers": []})
    (remedy,) = [line["remedy"] for line in lines]
    assert [word for word in words if word not in remedy] == []
    assert not_said not in remedy
