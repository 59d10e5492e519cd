"""Who may import whom. The arrows go one way, so every layer can be read without the ones above it."""

from __future__ import annotations

import sys
from pathlib import PurePath

from tests.architecture.source import imports, modules

# A module may import its own layer and those before it. What is not named here is a feature.
LAYERS = ("core", "db", "feature", "transport", "app", "cli")
LAYER_OF = {
    "core": "core",
    "db": "db",
    "schema": "db",  # the base of all schemas
    "settings": "feature",
    "realtime": "transport",
    "http": "transport",
    "app": "app",
    "protocol": "app",
    "gate": "app",
    "serve": "app",
    "workers": "app",
    "cli": "cli",
    "__main__": "cli",
    "__init__": "core",
}
# A library that shapes the code around it stays where it belongs.
CONFINED = {
    "fastapi": ("http/", "realtime/", "app.py", "/routes.py"),
    "starlette": ("http/", "realtime/", "app.py", "/routes.py"),
    "uvicorn": ("serve.py", "protocol.py", "gate.py"),
    "cyclopts": ("cli/",),
    # Of these the clients are used, by tests.
    "socketio": (),
    "engineio": (),
}
NO_SQL = ("core/", "http/", "realtime/commands", "/routes.py")


def layer(parts: tuple[str, ...]) -> int:
    """The layer of `("messages", "routes")`; the routes of a feature are transport."""
    if len(parts) > 1 and parts[1] == "routes":
        return LAYERS.index("transport")
    return LAYERS.index(LAYER_OF.get(parts[0], "feature"))


def within(path: str, places: tuple[str, ...]) -> bool:
    return any(path.startswith(place) or (place.startswith("/") and path.endswith(place)) for place in places)


def test_imports_point_down_only() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path, tree in modules().items()
        for line, name in imports(tree)
        if name.startswith("tms_chat.")
        and layer(tuple(name.split(".")[1:])) > layer(PurePath(path).with_suffix("").parts)
    ]
    assert not wrong, "\n".join(wrong)


def test_core_needs_nothing_but_python() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path, tree in modules().items()
        if path.startswith("core/")
        for line, name in imports(tree)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("tms_chat.core.")
    ]
    assert not wrong, "\n".join(wrong)


def test_libraries_stay_where_they_belong() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path, tree in modules().items()
        for line, name in imports(tree)
        if not within(path, CONFINED.get(name.split(".")[0], (path,)))
        or (name.split(".")[0] == "sqlalchemy" and within(path, NO_SQL))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_engine_knows_nothing_of_chat() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path, tree in modules().items()
        if path.startswith("realtime/engine/")
        for line, name in imports(tree)
        if name.startswith("tms_chat.") and not name.startswith("tms_chat.realtime.engine.")
    ]
    assert not wrong, "\n".join(wrong)
