"""How somebody sees a conversation is kept for the same positions and profiles only, and not without end."""

from __future__ import annotations

import threading

import pytest

from tms_chat.core.ids import ConversationId, UserId
from tms_chat.messages import views
from tms_chat.messages.views import View, Views, make_view

CHAT = ConversationId("chat")
JOINED, LATER = "2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"


def member(name: str, read: int, *, title: str = "") -> tuple[object, ...]:
    """A row of positions and of a profile, as it is read."""
    profile = (name, f"{name}@corp.local", None, None, None, None, name, None, "MEMBER", title, None, None)
    return (name, JOINED, read, LATER if read else None, read, LATER if read else None, *profile)


def page(view: View, first: int = 1) -> str:
    rows = [(f"id-{n}", n, f"p{n % 3}", f"text {n}", LATER, None, None) for n in range(first + 19, first - 1, -1)]
    return "".join(view.usual.pieces(rows, lambda *_: "odd"))


def crowd(read: int, title: str = "") -> list[tuple[object, ...]]:
    return [member("p0", 0), member("p1", read), member("p2", 3, title=title)]


def shown(kept: Views, user_id: str, members: list[tuple[object, ...]], positions: tuple[int, int]) -> str:
    """As it is kept, which must be as it is made anew."""
    view = kept.view(UserId(user_id), CHAT, members, positions)
    found = page(view)
    kept.keep(UserId(user_id), CHAT, view)
    anew = make_view(UserId(user_id), CHAT, members, positions, view.senders)
    assert found == page(anew)
    return found


def test_it_is_shown_again_only_while_everything_is_the_same() -> None:
    kept = Views()
    before = shown(kept, "p0", crowd(5), (0, 0))
    assert shown(kept, "p0", crowd(5), (0, 0)) == before
    view = kept.view(UserId("p0"), CHAT, crowd(5), (0, 0))
    kept.keep(UserId("p0"), CHAT, view)
    assert kept.view(UserId("p0"), CHAT, crowd(5), (0, 0)) is view
    kept.keep(UserId("p0"), CHAT, view)
    looks = {before, *(shown(kept, who, crowd(5), (9, 9)) for who in ("p0", "p1"))}
    looks |= {shown(kept, "p0", crowd(read, title), (0, 0)) for read, title in ((6, ""), (5, "Engineer"))}
    assert len(looks) == 5


def test_two_pages_at_once_do_not_write_into_each_other() -> None:
    kept = Views()
    first = kept.view(UserId("p0"), CHAT, crowd(5), (0, 0))
    second = kept.view(UserId("p0"), CHAT, crowd(5), (0, 0))
    assert first is not second
    for view in (first, second):
        kept.keep(UserId("p0"), CHAT, view)
    found: list[View] = []
    thread = threading.Thread(target=lambda: found.append(kept.view(UserId("p0"), CHAT, crowd(5), (0, 0))))
    thread.start()
    thread.join()
    assert kept.view(UserId("p0"), CHAT, crowd(5), (0, 0)) is second is not found[0]


def test_the_oldest_goes_when_it_becomes_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, chats = Views(), [ConversationId(f"chat-{number}") for number in range(6)]
    made = {}
    for chat in chats:
        made[chat] = kept.view(UserId("p0"), chat, crowd(5), (0, 0))
        page(made[chat])
        kept.keep(UserId("p0"), chat, made[chat])
    monkeypatch.setattr(views, "MOST_PIECES", 3 * made[chats[0]].weight)
    latest = kept.view(UserId("p0"), chats[-1], crowd(5), (0, 0))
    kept.keep(UserId("p0"), chats[-1], latest)
    still = [chat for chat in chats if kept.view(UserId("p0"), chat, crowd(5), (0, 0)) is made[chat]]
    assert still == chats[-3:]
