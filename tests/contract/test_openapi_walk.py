"""Requests made from the OpenAPI document itself: valid ones and wrong ones, with ids that name something and without.

Whatever is asked, the answer is none of 5xx, is one that the document names, has the shape it names, and carries the
headers without which a browser would hide it from the page that asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.conftest import ORIGIN
from tests.rest.routes import ROUTES
from tests.support.people import Person, Team, checked
from tms_chat.app import describe_api

EXAMPLES = 12
SCHEMA = schemathesis.openapi.from_dict(describe_api().openapi())
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)  # an operation that cannot be understood is missed by the test of their number
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
#: They would end the session that asks.
ENDING = {"POST /api/v1/auth/logout", "POST /api/v1/auth/password"}


@dataclass
class Known:
    """A group of the person who asks, and what is in it, by the names of path parameters and fields."""

    person: Person
    ids: dict[str, str]

    @classmethod
    def make(cls, person: Person, other: Person) -> Known:
        group = person.group("Walk", other)
        message = person.send(group, "hello")
        poll_body = {
            "conversation_id": group,
            "question": "?",
            "options": [{"option_text": text, "position": n} for n, text in enumerate(("yes", "no"))],
        }
        poll = checked(person.http.post("/polls/", json=poll_body), 201)["poll"]
        ids = {"conversation_id": group, "message_id": message["id"], "poll_id": poll["id"], "user_id": other.id}
        return cls(person, ids)

    def put_into(self, fields: Any) -> Any:
        """The same fields with ids that name something, where they name ids."""
        if not isinstance(fields, dict):
            return fields
        return fields | {name: value for name, value in self.ids.items() if isinstance(fields.get(name), str)}


def test_the_walk_knows_every_route() -> None:
    assert OPERATIONS.keys() == {f"{method} {path.replace(':path', '')}" for method, path in ROUTES}


@pytest.fixture(scope="module")
def walker(team: Team) -> Person:
    """Who asks."""
    return team.add("Walker")


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_as_described(team: Team, walker: Person, name: str) -> None:
    operation = OPERATIONS[name]
    known = Known.make(walker, team.admin)
    headers = {"Origin": ORIGIN} | ({} if name in ENDING else {"Authorization": f"Bearer {walker.token}"})
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])
    with requests.Session() as session:

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases, is_known=st.booleans())
        def walk(case: Any, is_known: bool) -> None:
            if is_known:
                case.path_parameters = known.put_into(case.path_parameters)
                case.body = known.put_into(case.body)
            answer = case.call(base_url=team.server.base_url, session=session, headers=headers, timeout=20)
            case.validate_response(answer, checks=CHECKS)
            found = {key.lower(): value for key, value in answer.headers.items()}
            assert found["access-control-allow-origin"] == [ORIGIN], name
            assert found["access-control-allow-credentials"] == ["true"], name
            assert found["x-request-id"], name

        walk()
