"""Who writes, who listens, who is slow and who means harm: as files, for the programs that play them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bench.world import TEAM, Group, token

SLOW_OF, HOSTILE_OF = 20, 100
#: Connections that write into a group of this size: most talk is in teams, most deliveries are in the large groups.
WRITERS_OF_A_LARGE_GROUP = 3


class Crowd:
    """Everybody in these groups, in the folder."""

    def __init__(self, folder: Path, groups: list[Group]) -> None:
        homes: dict[str, list[str]] = defaultdict(list)
        for group in groups:
            for person in group.members:
                homes[person].append(group.id)
        everybody = list(homes)
        self.slow = everybody[7::SLOW_OF]
        self.hostile = everybody[13::HOSTILE_OF]
        self.ordinary = [person for person in everybody if person not in {*self.slow, *self.hostile}]
        lines = [f"{token(writer)} {group.id}" for group in groups for writer in _writers(group)]
        random.Random(1).shuffle(lines)
        listening = (f"{token(person)} {' '.join(homes[person])}" for person in self.ordinary)
        #: For the generator.
        self.options = [
            "--parallel", str(len(lines)), "--senders", _file(folder / "senders", lines),
            "--receivers", _file(folder / "receivers", listening),
        ]  # fmt: skip
        #: For the process of the slow and the hostile.
        self.troublemakers = [
            _file(folder / "slow", map(token, self.slow)), _file(folder / "hostile", map(token, self.hostile)),
        ]  # fmt: skip


def _writers(group: Group) -> tuple[str, ...]:
    return group.members[: 1 if len(group.members) <= TEAM else WRITERS_OF_A_LARGE_GROUP]


def _file(path: Path, lines: Iterable[str]) -> str:
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)
