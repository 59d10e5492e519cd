"""docker-compose.yml as far as the tests need it: the settings of the server, with the variables filled in."""

from __future__ import annotations

import re
from pathlib import Path

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


class MissingVariable(Exception):
    """What `docker compose up` prints before it starts nothing."""


def server_settings(given: dict[str, str]) -> dict[str, str]:
    """The `environment` of the service `server`. Raises MissingVariable with the sentence of the file."""
    block = re.search(r"^  server:\n.*?^    environment:\n(.*?)^    \w", strip(COMPOSE.read_text()), re.M | re.S)
    assert block is not None
    lines = (line.strip().partition(": ") for line in block[1].splitlines())
    return {name: filled(value.strip('"'), given) for name, _, value in lines}


def required() -> set[str]:
    """The variables without which nothing starts."""
    return {name for name, kind, _ in VARIABLE.findall(strip(COMPOSE.read_text())) if kind == "?"}


def filled(text: str, given: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, kind, otherwise = match.groups()
        if given.get(name):
            return given[name]
        if kind == "?":
            raise MissingVariable(otherwise)
        return otherwise or ""

    return VARIABLE.sub(value, text)


def strip(text: str) -> str:
    """Without the lines that are comments."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))
