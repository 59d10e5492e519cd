"""The host's session cookie in a Cookie header: its names, its chunks, and what is no session."""

from __future__ import annotations

import pytest

from tms_chat.identity.cookies import MAX_CHUNKS, host_cookies

V4, V5 = "next-auth.session-token", "authjs.session-token"


@pytest.mark.parametrize("name", [V4, V5, f"__Secure-{V4}", f"__Secure-{V5}"])
def test_each_known_name_among_others(name: str) -> None:
    assert host_cookies(f"theme=dark; {name}=a.b.c.d.e; other=1") == [(name, "a.b.c.d.e")]


def test_the_secure_one_comes_first() -> None:
    assert [name for name, _ in host_cookies(f"{V4}=old; __Secure-{V4}=new")] == [f"__Secure-{V4}", V4]


def test_chunks_are_joined_in_the_order_of_their_numbers() -> None:
    assert host_cookies(f"{V5}.1=two; {V5}.0=one; {V5}.2=three") == [(V5, "onetwothree")]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "theme=dark",
        V4,
        f"{V4}=",
        f"{V4}.1=only the second",
        f"{V4}.0=a; {V4}.2=c",
        "; ".join(f"{V4}.{number}=x" for number in range(MAX_CHUNKS + 1)),
        f"{V4}={'x' * 20_000}",
        f"__Host-{V4}=a",
        "next-auth.csrf-token=a",
    ],
)
def test_what_is_no_session(header: str) -> None:
    assert host_cookies(header) == []


def test_of_two_with_one_name_the_first_counts() -> None:
    assert host_cookies(f"{V4}=nearer; {V4}=farther") == [(V4, "nearer")]
