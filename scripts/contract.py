"""Write docs/CONTRACT.md and the client's types from the server's schemas; `--check` says whether they are current.

One set of schemas is the truth: what the server validates and renders is what the page and the types describe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tms_chat.app import describe_api
from tms_chat.core.errors import CODES
from tms_chat.realtime.commands import TABLE
from tms_chat.realtime.schema import EVENTS

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "CONTRACT.md"
TYPES = ROOT / "web" / "src" / "api" / "contract.gen.ts"
SAME_IN_BOTH = {"PublicProfile", "LastMessage", "JsonValue", "Pagination"}  # snake_case everywhere


def main() -> int:
    """Write the files, or with --check compare them. The exit code is 1 when they are not current."""
    wanted = {PAGE: render_page(), TYPES: render_types()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the schemas say: run `make contract` and commit the result.")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def render_types() -> str:
    """TypeScript interfaces: REST answers camelCase, events snake_case under names that end in Event or Snake."""
    definitions = {**describe_api().openapi()["components"]["schemas"]}
    definitions = json.loads(json.dumps(definitions).replace("#/components/schemas/", "#/$defs/"))
    for unused in ("HTTPValidationError", "ValidationError"):
        definitions.pop(unused, None)
    events = _definitions(set(EVENTS.values()), by_alias=False)
    names = {name: name if name.endswith("Event") or name in SAME_IN_BOTH else f"{name}Snake" for name in events}
    text = json.dumps(events)
    for name, renamed in names.items():
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{renamed}"')
    definitions |= {names[name]: schema for name, schema in json.loads(text).items()}
    definitions["JsonValue"] = {"tsType": "unknown"}
    definitions["ServerEvents"] = _event_map()
    for name, schema in definitions.items():
        schema["title"] = name
    bundle = {"title": "Contract", "$defs": _untitled(definitions), "type": "object", "additionalProperties": False}
    made = subprocess.run(
        [ROOT / "scripts" / "node.sh", "node", "../scripts/types.mjs"],
        cwd=ROOT / "web",
        input=json.dumps(bundle),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise SystemExit(f"the types could not be made: {made.stderr}")
    return made.stdout


def _definitions(models: set[type[BaseModel]], *, by_alias: bool) -> dict[str, Any]:
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "serialization") for model in ordered], by_alias=by_alias)
    found: dict[str, Any] = schema["$defs"]
    return found


def _event_map() -> dict[str, Any]:
    properties = {name: {"$ref": f"#/$defs/{model.__name__}"} for name, model in EVENTS.items()}
    return {
        "type": "object",
        "description": "Server → client, by event name.",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _untitled(node: Any, depth: int = 0) -> Any:
    """Without the titles pydantic gives each field: they would become a type each."""
    if isinstance(node, dict):
        inner = {
            key: _untitled(value, depth + 1)
            for key, value in node.items()
            if not (key == "title" and depth > 1 and isinstance(value, str))
        }
        if inner.get("type") == "object" and "properties" in inner:
            inner.setdefault("additionalProperties", False)
        return inner
    return [_untitled(item, depth + 1) for item in node] if isinstance(node, list) else node


def render_page() -> str:
    """The contract as one page of tables."""
    openapi = describe_api().openapi()
    schemas: dict[str, Any] = openapi["components"]["schemas"]
    lines = [
        "# The contract",
        "",
        "Made by `make contract` from the schemas in the code: do not edit it by hand. REST lives under the server's",
        "origin, Socket.IO at `/socket.io` (Engine.IO 4, default namespace). Every path answers with and without its",
        "trailing slash. For programs: `GET /api/v1/openapi.json` is the same of REST (OpenAPI), with examples and",
        "what each refusal says, and `GET /api/v1/asyncapi.json` of the sockets (AsyncAPI).",
        "",
        "## REST",
        "",
        "| method path | request | answer | refusals |",
        "|---|---|---|---|",
    ]
    for path, methods in openapi["paths"].items():
        lines += [_operation(method, path, operation) for method, operation in methods.items()]
    lines += ["", "## Socket.IO, client → server", ""]
    lines += ["Each is acknowledged `{ok: true, …}` or `{ok: false, code, detail}`.", ""]
    lines += ["| event | payload | effect |", "|---|---|---|"]
    for name, command in TABLE.items():
        effect = (command.run.__doc__ or "").strip()
        lines.append(f"| `{name}` | {_fields(command.schema.model_json_schema())} | {effect} |")
    lines += ["", "## Socket.IO, server → client", "", "| event | payload | meaning |", "|---|---|---|"]
    for name, model in EVENTS.items():
        schema = model.model_json_schema(mode="serialization", by_alias=False)
        lines.append(f"| `{name}` | {_fields(schema)} | {' '.join((model.__doc__ or '').split())} |")
    lines += ["", "## Shapes", "", "`?` means that the value may be null; the key is always present.", ""]
    for name, schema in sorted(schemas.items()):
        if name != "HTTPValidationError" and name != "ValidationError":
            lines += [f"**{name}**: {' '.join(schema.get('description', '').split())} {_fields(schema)}", ""]
    lines += ["## Error codes", "", "| code | status | sentence |", "|---|---|---|"]
    lines += [f"| `{code}` | {status} | {sentence} |" for code, (status, sentence) in CODES.items()]
    return "\n".join(lines) + "\n"


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    query = ", ".join(
        f"`{parameter['name']}`" for parameter in operation.get("parameters", []) if parameter["in"] == "query"
    )
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    request = " · ".join(part for part in (_type(body) if body else "", f"query {query}" if query else "") if part)
    answers, refusals = [], []
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("$ref", "").endswith("/Problem"):
            refusals.append(status)
        elif not schema.get("$ref", "").endswith("HTTPValidationError"):
            answers.append(f"{status} {_type(schema)}")
    summary = " ".join(operation.get("description", "").split())
    return f"| {method.upper()} `{path}`<br>{summary} | {request} | {'; '.join(answers)} | {', '.join(refusals)} |"


def _fields(schema: dict[str, Any]) -> str:
    fields = [
        f"{name}{'?' if _nullable(field) else ''}: {_type(field)}"
        for name, field in schema.get("properties", {}).items()
    ]
    return f"`{{{', '.join(fields)}}}`" if fields else "`{}`"


def _nullable(schema: dict[str, Any]) -> bool:
    return any(option.get("type") == "null" for option in schema.get("anyOf", []))


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"] if option.get("type") != "null")
    if "enum" in schema:
        return " / ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if (
        schema.get("type") == "object"
        and "additionalProperties" in schema
        and schema["additionalProperties"] is not False
    ):
        inner = schema["additionalProperties"]
        return f"{{…: {_type(inner) if isinstance(inner, dict) else 'any'}}}"
    return str(schema.get("format") or schema.get("type") or "any")


if __name__ == "__main__":
    sys.exit(main())
