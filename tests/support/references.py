"""The references (`$ref`) of an OpenAPI or AsyncAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def references(value: Any) -> Iterator[str]:
    """All of them, as often as they stand there."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(document: dict[str, Any], reference: str) -> Any:
    """What it leads to; a KeyError when that is nowhere."""
    target: Any = document
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return target
