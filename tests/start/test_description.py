"""The two descriptions of the API are complete and true: OpenAPI for requests, AsyncAPI for what sockets say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from tests.rest.in_process import open_app
from tests.support.references import references, resolved
from tms_chat import __version__
from tms_chat.app import describe_api
from tms_chat.core.errors import CODES
from tms_chat.http.openapi import ELSEWHERE, REFUSALS, TAGS
from tms_chat.realtime.commands import TABLE
from tms_chat.realtime.description import describe_events
from tms_chat.realtime.schema import EVENTS
from tms_chat.schema import Request

Json = dict[str, Any]
#: What a client may meet over the socket only.
SOCKET_ONLY = {"unknown_event", "too_many_sockets", "socket_closed"}


@pytest.fixture(scope="module")
def rest() -> Json:
    return describe_api().openapi()


@pytest.fixture(scope="module")
def sockets() -> Json:
    return describe_events()


def operations(rest: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in rest["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(rest: Json) -> Iterator[tuple[str, Json]]:
    """Every JSON request and answer with the name of its operation."""
    for name, operation in operations(rest):
        request = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if request is not None:
            yield f"{name} request", request
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json")
            if content is not None:
                yield f"{name} {status}", content


def problems_of(schema: Json, document: Json, value: Any) -> list[str]:
    """What keeps this value from being what the schema says."""
    whole = schema | {"components": document["components"]}
    found = jsonschema_rs.Draft202012Validator(whole, validate_formats=True).iter_errors(value)
    return [f"{list(error.instance_path)}: {error.message}" for error in found]


def test_the_document_is_valid_openapi(rest: Json) -> None:
    schemathesis.openapi.from_dict(rest).validate()
    broken = rest | {"paths": {"/x": {"get": {"responses": "none"}}}}
    with pytest.raises(jsonschema_rs.ValidationError):
        schemathesis.openapi.from_dict(broken).validate()


def test_every_tag_is_described_and_used(rest: Json) -> None:
    used = {tag for _, operation in operations(rest) for tag in operation["tags"]}
    assert used == set(TAGS) == {tag["name"] for tag in rest["tags"] if tag["description"]}
    assert rest["info"]["description"]
    assert rest["info"]["summary"]


def test_every_request_and_every_answer_has_an_example_that_is_one(rest: Json) -> None:
    wrong = []
    for name, content in contents(rest):
        values = [content["example"]] if "example" in content else []
        values += [example["value"] for example in content.get("examples", {}).values()]
        if not values and name.partition(" ")[2].startswith("/api/"):
            wrong.append(f"{name} has no example")
        wrong += [f"{name} {problem}" for value in values for problem in problems_of(content["schema"], rest, value)]
    assert not wrong, "\n".join(wrong)


def test_the_server_takes_the_requests_of_the_examples(rest: Json) -> None:
    """What the schema says about a value is not all that is checked: the models themselves have the last word."""
    models = {model.__name__: model for model in all_requests(Request)}
    seen = set()
    for name, content in contents(rest):
        model = models.get(content["schema"].get("$ref", "").rpartition("/")[2])
        if name.endswith(" request") and model is not None:
            model.model_validate(content["example"])
            seen.add(model)
    assert len(seen) >= 20


def all_requests(model: type[Request]) -> Iterator[type[Request]]:
    for child in model.__subclasses__():
        yield child
        yield from all_requests(child)


def test_every_operation_names_its_refusals_by_code(rest: Json) -> None:
    for name, operation in operations(rest):
        if " /api/" not in name:
            continue
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")):
                codes = response["content"]["application/json"]["examples"]
                assert codes, f"{name} {status}"
                assert all(CODES[code][0] == int(status) for code in codes), f"{name} {status} {list(codes)}"
        secured = "security" in operation
        assert not secured or "401" in operation["responses"], name


def test_every_code_is_described_somewhere_and_every_rule_about_them_is_used(rest: Json) -> None:
    named = {code for _, content in contents(rest) for code in content.get("examples", {})}
    assert named | set(ELSEWHERE) | SOCKET_ONLY == set(CODES)
    assert set(rest["components"]["responses"]) == set(ELSEWHERE)
    for pattern, status, codes in REFUSALS:
        fitting = [o for name, o in operations(rest) if re.search(pattern, name.split(" ")[1])]
        matching = [o for o in fitting if status in o["responses"]]
        assert matching, f"{pattern} {status}: nothing like this"
        examples = [set(o["responses"][status]["content"]["application/json"].get("examples", {})) for o in matching]
        assert any(set(codes) == found for found in examples), f"{pattern} {status}: an earlier rule is always taken"


def test_headers_of_answers_are_described(rest: Json) -> None:
    with_seq = set()
    for name, operation in operations(rest):
        for status, response in operation["responses"].items():
            assert "X-Request-Id" in response["headers"], f"{name} {status}"
            if " /api/" in name and status in ("429", "503"):
                assert "Retry-After" in response["headers"], f"{name} {status}"
            if "X-Conversation-Seq" in response["headers"]:
                with_seq.add(name)
    assert with_seq == {
        "POST /api/v1/messages/", "POST /api/v1/messages/upload",
        "GET /api/v1/messages/conversations/{conversation_id}/messages",
    }  # fmt: skip
    assert rest["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_events_and_commands_are_all_there(sockets: Json) -> None:
    assert sockets["asyncapi"].startswith("3.")
    assert sockets["info"]["version"] == __version__
    received = {name for name, operation in sockets["operations"].items() if operation["action"] == "receive"}
    sent = {name.removeprefix("on_") for name, o in sockets["operations"].items() if o["action"] == "send"}
    assert (received, sent) == (set(TABLE), set(EVENTS))
    assert set(sockets["channels"]["socket"]["messages"]) == set(sockets["components"]["messages"])
    for name in received:
        assert sockets["operations"][name]["reply"]["messages"], name
    for name, message in sockets["components"]["messages"].items():
        assert message["summary"], name


def test_no_reference_leads_nowhere(sockets: Json) -> None:
    found = list(references(sockets))
    assert len(found) > 100
    for reference in found:
        resolved(sockets, reference)


def test_every_message_has_examples_that_are_one(sockets: Json) -> None:
    wrong = []
    for name, message in sockets["components"]["messages"].items():
        assert message["examples"], name
        for example in message["examples"]:
            wrong += [f"{name} {problem}" for problem in problems_of(message["payload"], sockets, example["payload"])]
    assert not wrong, "\n".join(wrong)


def test_events_are_described_in_their_own_casing(sockets: Json) -> None:
    for name in EVENTS:
        payload = sockets["components"]["messages"][name]["examples"][0]["payload"]
        assert not [key for key in payload if re.search("[A-Z]", key)], name


async def test_both_are_served_to_anybody(tmp_path: Path, rest: Json, sockets: Json) -> None:
    async with open_app(tmp_path / "data") as app:
        for path, document in (("openapi", rest), ("asyncapi", sockets)):
            answer = await app.http.get(f"/api/v1/{path}.json")
            assert answer.status_code == 200
            assert answer.json() == document
