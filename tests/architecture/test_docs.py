"""The docs name everything an operator or a client author can meet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cyclopts import App
from pydantic import AliasChoices

from tests.architecture.source import ROOT
from tms_chat.cli.app import app
from tms_chat.core.errors import CODES
from tms_chat.settings import Settings


@cache
def docs() -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))


def test_every_setting_has_a_sentence_and_is_documented() -> None:
    fields = Settings.model_fields
    assert not [name for name, field in fields.items() if not field.description]
    assert not [name for name in environment_names() if f"`{name}`" not in docs()]


def test_every_error_code_is_documented() -> None:
    assert not [code for code in CODES if f"`{code}`" not in docs()]


def test_every_command_is_documented() -> None:
    assert not [command for command in commands(app, "tms") if command not in docs()]


def test_the_decisions_are_numbered_without_a_gap_and_every_reference_to_one_leads_there() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        for number, target in re.findall(r"\[(\d{4})\]\(([^)]+)\)", text):
            assert target.startswith(number), (page.name, target)
            assert (page.parent / target).is_file(), (page.name, target)


def environment_names() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.validation_alias, AliasChoices):
            yield from (str(choice) for choice in field.validation_alias.choices)
        else:
            yield name.upper()


def commands(parent: App, prefix: str) -> Iterator[str]:
    """`tms serve`, `tms user add` and so on, without the flags every command has."""
    for name in parent:
        if not name.startswith("-"):
            children = list(commands(parent[name], f"{prefix} {name}"))
            yield from children or [f"{prefix} {name}"]
