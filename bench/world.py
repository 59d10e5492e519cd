"""Who is there and what they have said: the same on every server, made only as far as a scenario needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from uuid import NAMESPACE_URL, uuid5

from tests.support.people import host_token

SECRET = "the secret of the benchmark, of no use to anybody"
TOKEN_SECONDS = 24 * 3600
LIST_CONVERSATIONS = 200
LONG = 100_000
IDLE_PEOPLE = 5000
IDLE_GROUP = 10
SENDING_GROUP = 10
TEAM, DEPARTMENT = 10, 50


@dataclass(frozen=True, slots=True)
class Group:
    """A conversation. Its messages are from its members in turn."""

    name: str
    members: tuple[str, ...]
    messages: int = 0

    @property
    def id(self) -> str:
        """The same at every run."""
        return str(uuid5(NAMESPACE_URL, f"bench:{self.name}"))


@dataclass(frozen=True)
class World:
    """The parts that are needed, by name: see `PARTS`."""

    parts: tuple[str, ...]
    groups: dict[str, list[Group]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups.update({part: part_of_the_world(part) for part in self.parts})

    def people(self) -> list[str]:
        """Everybody."""
        return list(dict.fromkeys(person for groups in self.groups.values() for g in groups for person in g.members))


def part_of_the_world(name: str) -> list[Group]:
    """The conversations of a part: `sends`, `idle`, `list`, `members-100`, `history-100000`, `crowd-50` (members),
    `company-1000` (people).
    """
    kind, _, size = name.partition("-")
    return PARTS[kind](name, int(size or 0))


def person(part: str, number: int) -> str:
    """The id of one person: five digits at the end, which the seeding counts on."""
    return f"{part}-person-{number:05}"


@cache
def token(person_id: str) -> str:
    """As the host signs it."""
    return host_token(SECRET, person_id, email(person_id), title(person_id), seconds=TOKEN_SECONDS)


def email(person_id: str) -> str:
    """The address of a person."""
    return f"{person_id}@corp.local"


def title(name: str) -> str:
    """What people read: of a person, or of a conversation."""
    return name.replace("-", " ").title()


def _group(part: str, name: str, numbers: Iterable[int], messages: int = 0) -> Group:
    return Group(name, tuple(person(part, number) for number in numbers), messages)


def _sends(part: str, _: int) -> list[Group]:
    size = SENDING_GROUP
    return [_group(part, f"{part}-{place:02}", range(place * size, (place + 1) * size)) for place in range(64)]


def _members(part: str, size: int) -> list[Group]:
    return [_group(part, part, range(size))]


def _idle(part: str, _: int) -> list[Group]:
    """Everybody is in two groups of ten: one of neighbours, one of people from everywhere."""
    count = IDLE_PEOPLE // IDLE_GROUP
    neighbours = [
        _group(part, f"{part}-near-{place:03}", range(place * IDLE_GROUP, (place + 1) * IDLE_GROUP))
        for place in range(count)
    ]
    return neighbours + [
        _group(part, f"{part}-far-{place:03}", range(place, IDLE_PEOPLE, count)) for place in range(count)
    ]


def _list(part: str, _: int) -> list[Group]:
    return [_group(part, f"{part}-{place:03}", range(20), messages=5) for place in range(LIST_CONVERSATIONS)]


def _history(part: str, messages: int) -> list[Group]:
    return [_group(part, part, range(2), messages)]


def _crowd(part: str, members: int) -> list[Group]:
    return [_group(part, part, range(members), LONG)]


def _company(part: str, size: int) -> list[Group]:
    """Everybody is in a team, a department and the group of all."""
    teams = [_group(part, f"{part}-team-{at:03}", range(at, min(at + TEAM, size))) for at in range(0, size, TEAM)]
    departments = [
        _group(part, f"{part}-department-{at:03}", range(at, min(at + DEPARTMENT, size)))
        for at in range(0, size, DEPARTMENT)
    ]
    return [*teams, *departments, _group(part, f"{part}-all", range(size))]


PARTS: dict[str, Callable[[str, int], list[Group]]] = {
    "sends": _sends,
    "members": _members,
    "idle": _idle,
    "list": _list,
    "history": _history,
    "crowd": _crowd,
    "company": _company,
}
