"""One door out: who commits, who emits, who prints; and files that fit into one reading."""

from __future__ import annotations

from tests.architecture.source import ROOT, calls, modules, project_files

# Calls that only these places may make.
DOORS = {
    "commit": ("db/unit.py", "db/engine.py", "db/migrate.py", "messages/sending/pen.py"),
    "emit": ("realtime/publisher.py", "realtime/server.py"),
    "print": ("cli/",),
}
LONGEST = 350


def test_only_the_door_commits_emits_prints() -> None:
    wrong = [
        f"{path}:{line} calls {name}()"
        for path, tree in modules().items()
        for line, name in calls(tree)
        if name in DOORS and not path.startswith(DOORS[name])
    ]
    assert not wrong, "\n".join(wrong)


def test_files_are_short() -> None:
    lengths = {
        path: len((ROOT / path).read_text().splitlines())
        for path in project_files()
        if path.suffix in {".py", ".ts", ".tsx", ".css", ".mjs", ".c", ".h"} and not path.name.endswith(".gen.ts")
    }
    long = {str(path): length for path, length in lengths.items() if length > LONGEST}
    assert not long, f"more than {LONGEST} lines: {long}"
