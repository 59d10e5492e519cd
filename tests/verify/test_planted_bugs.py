"""Each bug that is put between a good server and the checker is found and named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.verify.conftest import Drive
from tests.verify.hostile import Bug, Told, is_deletion
from tms_chat.verify.api import Person
from tms_chat.verify.verdict import Kind, Verdict

EARLY = 12  # a number that is reached, with many behind it


@pytest.fixture(scope="module")
def database() -> Callable[[], str | None]:
    """The bugs are not the server's: one database will do."""
    return lambda: None


def told(verdict: Verdict) -> str:
    return "\n".join(f"{found.kind}: {found.sentence} {found.examples}" for found in verdict.findings)


class OneIsDropped(Bug):
    """One event of all that go to everybody is not there; the client has to fetch it."""

    dropped = 0

    def pass_on(self, person: Person, told: Told) -> list[Told]:
        if told[0] == "new_message" and told[1]["seq"] >= EARLY and not self.dropped:
            self.dropped = told[1]["seq"]
            return []
        return [told]


class DeletionsAreSkipped(Bug):
    """Nobody hears of a deletion, in no way."""

    in_catching_up = True

    def pass_on(self, person: Person, told: Told) -> list[Told]:
        return [] if is_deletion(told) else [told]


class DeletionsDoNothing(Bug):
    """The number comes, and what it tells is not there."""

    in_catching_up = True

    def pass_on(self, person: Person, told: Told) -> list[Told]:
        return [("unseen_change", told[1])] if is_deletion(told) else [told]


class TwoAreSwapped(Bug):
    """One event waits until the next one has passed."""

    held: Told | None = None
    whose = ""

    def pass_on(self, person: Person, told: Told) -> list[Told]:
        if not self.whose and told[0] == "new_message" and told[1]["seq"] >= EARLY:
            self.whose, self.held = person.user_id, told
            return []
        if person.user_id == self.whose and self.held is not None:
            first, self.held = self.held, None
            return [told, first]
        return [told]


class OneComesTwice(Bug):
    """As older clients would show it: twice."""

    done = False

    def pass_on(self, person: Person, told: Told) -> list[Told]:
        if told[0] == "new_message" and told[1]["seq"] >= EARLY and not self.done:
            self.done = True
            return [told, told]
        return [told]


class TheRemovedHearsOn(Bug):
    """Who was removed still gets what the others get, which arrives with their own next event."""

    def __init__(self) -> None:
        self.public: list[Told] = []
        self.left_at: dict[str, int] = {}

    def pass_on(self, person: Person, told: Told) -> list[Told]:
        name, body = told
        if name == "member_removed" and body["removed_user_id"] == person.user_id:
            self.left_at[person.user_id] = body["seq"]
        elif name == "conversation_created":
            left_at = self.left_at.pop(person.user_id, body["seq"])
            return [*(old for old in self.public if left_at < old[1]["seq"] < body["seq"]), told]
        elif name == "new_message" and not any(old[1]["seq"] == body["seq"] for old in self.public):
            self.public.append(told)
        return [told]


#: Behind a hole that nothing fills, nothing is shown; what does nothing is missed in the journal too.
ALSO: dict[type[Bug], set[Kind]] = {DeletionsAreSkipped: {"late"}, DeletionsDoNothing: {"gaps"}}
BUGS: list[tuple[type[Bug], Kind, str]] = [
    (OneIsDropped, "gaps", "Events are left out: 1 of "),
    (DeletionsAreSkipped, "gaps", "No deletion is told: deletions are skipped, every one of them"),
    (DeletionsDoNothing, "diverged", "Deletions do not reach the screens"),
    (TwoAreSwapped, "reordered", "Events overtake each other"),
    (OneComesTwice, "duplicated", "Events were delivered twice over one connection."),
    (TheRemovedHearsOn, "leaked", "People who are no members are told what happens"),
]


@pytest.mark.parametrize(("plant", "kind", "sentence"), BUGS, ids=[bug.__name__ for bug, _, _ in BUGS])
async def test_a_bug_is_found_and_named(drive: Drive, plant: type[Bug], kind: Kind, sentence: str) -> None:
    also = ALSO.get(plant, set())
    # So long a run waits for those who lag behind: where they never come to the end it need not be long.
    quiet = 1.0 if "late" in also else 20.0
    verdict, _ = await drive(bug := plant(), quiet=quiet)
    for _ in range(3):
        if verdict.is_good:  # on a busy machine little happens, and the bug had no occasion
            verdict, _ = await drive(bug := plant(), quiet=quiet)
    assert sentence in told(verdict)
    assert verdict.count(kind) > 0
    assert {found.kind for found in verdict.findings} == {kind, *also}, told(verdict)
    if isinstance(bug, OneIsDropped):
        assert verdict.count("gaps") == 1
        assert f"number {bug.dropped:,} (new_message) to client" in told(verdict)
