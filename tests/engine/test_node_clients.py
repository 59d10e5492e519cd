"""The official client, 4.0 to the newest: the same stories with each of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.node_clients import CASES, VERSIONS, Seen, install, run_cases
from tests.socket.host import Host
from tests.socket.raw import no_more_sockets_than

OK = {"ok": True}
GREETING = ["rooms_joined", "hello"]


@pytest.fixture(scope="module", params=VERSIONS)
def seen(request: pytest.FixtureRequest, host: Host, brisk: Host) -> dict[str, Seen]:
    """What a version saw in all the cases, which it ran side by side."""
    install()
    people = [host.add(name) for name in ("Ana", "Bob", "Cleo", "Dan", "Eve")]
    prepared = {
        "url": host.server.base_url,
        "brisk": brisk.server.base_url,
        "people": [person.token for person in people],
        "conversations": {name: people[0].group(name, people[1]) for name in ("order", "message")},
    }
    return run_cases(request.param, prepared)


@pytest.fixture
def case(seen: dict[str, Seen]) -> Any:
    """The one of this name; a case that did not come to its end fails here."""

    def of(name: str) -> Any:
        assert "failed" not in seen[name], seen[name]["failed"]
        return seen[name]["seen"]

    return of


def test_no_case_is_missing(seen: dict[str, Seen]) -> None:
    assert sorted(seen) == sorted(CASES)


@pytest.mark.parametrize(
    ("name", "transport"), [("websocket", "websocket"), ("polling", "polling"), ("upgrade", "websocket")]
)
def test_it_connects_and_is_answered(case: Any, name: str, transport: str) -> None:
    saw = case(name)
    assert saw["transport"] == transport
    assert saw["id"] == "string"
    assert saw["names"] == GREETING
    assert saw["ack"] == OK
    assert (saw["refused"]["ok"], saw["refused"]["code"]) == (False, "unknown_event")
    assert saw["connected"] is False  # it said goodbye


def test_its_token_may_come_from_a_function(case: Any) -> None:
    assert case("auth function")["names"] == GREETING


def test_a_wrong_token_is_a_connect_error_with_the_word_for_it(case: Any) -> None:
    refusals = case("wrong token")
    assert [refusal["message"] for refusal in refusals] == ["token_invalid", "token_missing"] * 3
    assert not any(refusal["connected"] for refusal in refusals)


def test_another_namespace_on_the_same_connection_is_refused_alone(case: Any) -> None:
    saw = case("other namespace")
    assert "/socket.io" in saw["message"]
    assert "/api/v1" in saw["message"]
    assert (saw["wrong"], saw["right"]) == (False, True)
    assert saw["ack"] == saw["after"] == OK


def test_nothing_is_lost_doubled_or_out_of_order_over_an_upgrade(case: Any) -> None:
    saw = case("order over an upgrade")
    assert saw["to"] == "websocket"
    assert saw["asked"] >= 300
    assert saw["acknowledged"] == list(range(saw["asked"]))
    assert saw["pushed"] == saw["asked"] + 1
    expected = [str(number) for number in range(30)]
    mine, others = saw["contents"]
    assert others == expected
    # Its rooms are entered when it is greeted: from there on it hears everything.
    assert mine == expected[len(expected) - len(mine) :]
    assert mine


def test_a_message_reaches_both_ends_as_it_was_written(case: Any) -> None:
    saw = case("a message")
    assert saw["ack"]["ok"] is True
    assert saw["ack"]["message"]["content"] == "ünï 漢字 💥 \x1e \u2028"
    assert saw["heard"] == [saw["ack"]["message"] | {"seq": 1}] * 2


def test_what_is_volatile_arrives_too(case: Any) -> None:
    assert case("volatile") == [{}, {}]


def test_bytes_end_the_connection_and_it_comes_back(case: Any) -> None:
    for saw in case("binary"):
        assert saw["reason"] in ("transport close", "transport error"), saw
        assert saw["ack"] == OK


def test_a_lost_connection_comes_back_as_a_new_one(case: Any) -> None:
    for saw in case("lost connection"):
        assert saw["reason"] == "forced close"
        assert saw["isNew"] is True
        assert saw["ack"] == OK


def test_somebody_who_is_put_out_stays_out_until_there_is_another_token(case: Any) -> None:
    for saw in case("put out"):
        assert saw["reason"] == "io server disconnect"
        assert saw["codes"] == ["token_invalid"]
        assert saw["stayedAway"] is True
        assert saw["ack"] == OK


def test_it_may_come_and_go(case: Any) -> None:
    saw = case("come and go")
    assert saw["reasons"] == ["io client disconnect"] * 3
    assert saw["ack"] == OK


def test_answers_with_a_deadline_and_as_promises(case: Any) -> None:
    assert set(map(str, case("timeouts").values())) <= {str(OK)}


def test_the_path_without_its_last_slash(case: Any) -> None:
    assert case("no last slash") == [OK, OK, OK]


def test_it_answers_the_heartbeat_over_every_transport(case: Any) -> None:
    saw = case("heartbeat")
    assert [each["transport"] for each in saw] == ["websocket", "polling", "websocket"]
    for each in saw:
        assert each["connected"] is True
        assert each["pings"] >= 2
        assert each["ack"] == OK


async def test_when_they_are_all_gone_so_are_their_sessions(seen: dict[str, Seen], host: Host, brisk: Host) -> None:
    assert seen
    await no_more_sockets_than(brisk.server, 0)
    await no_more_sockets_than(host.server, 0)
