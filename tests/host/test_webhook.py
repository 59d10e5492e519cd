"""POST /host/users: the host tells us at once. Only the host can, only fresh news count, and each only once."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from tests.host.conftest import OpenDevice
from tests.host.host import API_KEY, PASSWORD, SECRET, Host
from tests.host.office import JWT_SECRET, SSO_HEADER, Office, Stopwatch
from tests.host.webhook import send, signature, tell
from tests.rest.shapes import refused, shaped

DONE = {"success": bool, "message": str, "applied": int, "ignored": int}
_versions = count(1)


def told(answer: httpx.Response) -> tuple[int, int]:
    """How many were applied and ignored."""
    body = shaped(answer, DONE)
    assert body["success"] is True
    return body["applied"], body["ignored"]


def test_news_of_a_person_change_the_given_fields_and_no_others(office: Office) -> None:
    ana = office.add("Ana Reyes", "LEADER", division="North", positionTitle="Head")
    news = {"id": ana.id, "version": 1, "name": "Ana Stone", "positionTitle": None, "custom_team": "Cranes"}
    assert told(tell(office, news)) == (1, 0)
    user = ana.http.get("/users/me").json()
    assert (user["name"], user["positionTitle"], user["customTeam"]) == ("Ana Stone", None, "Cranes")
    assert (user["division"], user["role"], user["email"]) == ("North", "LEADER", ana.email)


def test_news_of_somebody_unknown_make_them_known(office: Office, host: Host) -> None:
    ana, new = office.add("Ana Reyes"), host.add("New Person")
    news = {"id": new.id, "version": 3, "email": new.email, "name": new.name, "isActive": True, "department": "Ports"}
    assert told(tell(office, news)) == (1, 0)
    assert ana.http.get(f"/users/{new.id}").json()["department"] == "Ports"
    assert host.calls_for(new.id) == 0


def test_older_news_and_repetitions_are_ignored(office: Office) -> None:
    ana = office.add("Ana Reyes")
    assert told(tell(office, {"id": ana.id, "version": 5, "name": "Fifth"})) == (1, 0)
    for version in (5, 4, 0):
        assert told(tell(office, {"id": ana.id, "version": version, "name": "Older", "isActive": False})) == (0, 1)
    both = tell(office, {"id": ana.id, "version": 6, "name": "Sixth"}, {"id": ana.id, "version": 5, "name": "Fifth"})
    assert told(both) == (1, 1)
    assert ana.http.get("/users/me").json()["name"] == "Sixth"


def test_news_that_overtake_each_other(office: Office, host: Host) -> None:
    onlooker = office.add("Onlooker Reyes")
    for _ in range(6):
        new = host.add("Newest Person")
        with ThreadPoolExecutor(4) as threads:
            told_at_once = [
                threads.submit(tell, office, {"id": new.id, "version": version, "email": new.email, "name": name})
                for version, name in ((2, "Second"), (1, "First"), (3, "Third"), (2, "Second"))
            ]
        assert {answer.result().status_code for answer in told_at_once} == {200}
        assert onlooker.http.get(f"/users/{new.id}").json()["name"] == "Third"
        assert told(tell(office, {"id": new.id, "version": 3, "name": "Again"})) == (0, 1)


def test_the_very_same_request_again_changes_nothing(office: Office) -> None:
    ana = office.add("Ana Reyes")
    body = json.dumps({"users": [{"id": ana.id, "version": 1, "signedOut": True}]}).encode()
    timestamp = str(int(time.time()))
    headers = {"X-TMS-Timestamp": timestamp, "X-TMS-Signature": signature(body, timestamp)}
    assert told(send(office, body, headers)) == (1, 0)
    time.sleep(1.1)  # the host's tokens count whole seconds
    back = office.enter(office.host.person(ana.id))
    assert told(send(office, body, headers)) == (0, 1)
    assert back.http.get("/users/me").status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X_TMS_Signature": None}, "webhook_signature_invalid"),
        ({"X_TMS_Signature": ""}, "webhook_signature_invalid"),
        ({"X_TMS_Signature": "v1=" + 64 * "0"}, "webhook_signature_invalid"),
        ({"X_TMS_Signature": "v1=ü"}, "webhook_signature_invalid"),
        ({"X_TMS_Timestamp": None}, None),
        ({"X_TMS_Timestamp": "soon"}, None),
        ({"X_TMS_Timestamp": "1e99"}, None),
        ({"X_TMS_Timestamp": "-1"}, None),
        ({"X_TMS_Timestamp": "9" * 400}, None),
    ],
    ids=str,
)
def test_a_request_without_a_right_signature_is_refused(
    office: Office, headers: dict[str, Any], code: str | None
) -> None:
    ana = office.add("Ana Reyes")
    encoded = {name: value.encode() if value and not value.isascii() else value for name, value in headers.items()}
    answer = tell(office, {"id": ana.id, "version": 9, "isActive": False}, **encoded)
    body = refused(answer, 401, code=code)
    assert body["code"] in ("webhook_signature_invalid", "webhook_expired")
    assert ana.http.get("/users/me").status_code == 200


def test_the_signature_covers_key_time_and_body(office: Office) -> None:
    ana = office.add("Ana Reyes")
    news = {"id": ana.id, "version": 9, "isActive": False}
    for key in (SECRET, API_KEY[:-1], ""):
        refused(tell(office, news, key=key), 401, code="webhook_signature_invalid")
    body, timestamp = json.dumps({"users": [news]}).encode(), str(int(time.time()))
    signed = signature(body, timestamp)
    for other_body, other_time in ((body + b" ", timestamp), (body, str(int(timestamp) - 1))):
        headers = {"X-TMS-Timestamp": other_time, "X-TMS-Signature": signed}
        refused(send(office, other_body, headers), 401, code="webhook_signature_invalid")
    bare = {"X-TMS-Timestamp": timestamp, "X-TMS-Signature": signed.removeprefix("v1=")}
    refused(send(office, body, bare), 401, code="webhook_signature_invalid")
    assert ana.http.get("/users/me").status_code == 200


def test_the_clocks_may_differ_by_five_minutes(office: Office) -> None:
    ana = office.add("Ana Reyes")
    for version, age in enumerate((290, -290), 1):
        assert told(tell(office, {"id": ana.id, "version": version}, age=age)) == (1, 0)
    for age in (310, -310, 3600):
        refused(tell(office, {"id": ana.id, "version": 9}, age=age), 401, code="webhook_expired")


def test_bodies_of_another_form_are_refused_after_the_signature(office: Office) -> None:
    ana = office.add("Ana Reyes")
    wrong: list[list[Any]] = [
        [], [{"id": ana.id}], [{"version": 1}], [{"id": ana.id, "version": "x"}], [{"id": "", "version": 1}],
        [{"id": f"p{n}", "version": 1} for n in range(101)],
    ]  # fmt: skip
    for users in wrong:
        refused(tell(office, *users), 422, code="invalid")
    hundred = [{"id": f"hundred-{n}", "version": 1, "email": f"h{n}@corp.local", "name": f"H {n}"} for n in range(100)]
    assert told(tell(office, *hundred)) == (100, 0)


async def test_deactivation_is_immediate(office: Office, host: Host, device: OpenDevice) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    token = host.token(host.person(ana.id))
    short = office.anonymous.post("/auth/session", headers={SSO_HEADER: token}).json()["token"]
    sockets = [await device(ana), await device(short), await device(token)]
    other = await device(bob)
    host.change(ana.id, isActive=False)
    watch = Stopwatch()
    assert told(tell(office, {"id": ana.id, "version": 1, "isActive": False})) == (1, 0)
    for bearer in (ana.token, short, token):
        refused(office.me(bearer), 401, code="token_invalid")
    refused_after = watch.seconds
    for socket in sockets:
        await socket.is_closed_by_the_server(seconds=5)
        assert socket.all_of("error")[-1]["code"] == "token_invalid"
    closed_after = watch.seconds
    assert closed_after < 5, f"requests refused after {refused_after} s, sockets closed after {closed_after} s"
    refused(office.sso(token), 403, code="account_deactivated")
    await other.settle()


def test_who_is_activated_again_comes_back_at_once(office: Office, host: Host) -> None:
    ana = office.add("Ana Reyes")
    host.change(ana.id, isActive=False)
    assert told(tell(office, {"id": ana.id, "version": 1, "isActive": False})) == (1, 0)
    refused(office.sso(host.token(host.person(ana.id))), 403, code="account_deactivated")  # the host said 404
    host.change(ana.id, isActive=True)
    assert told(tell(office, {"id": ana.id, "version": 2, "isActive": True})) == (1, 0)
    time.sleep(1.1)
    assert office.enter(host.person(ana.id)).http.get("/users/me").status_code == 200
    refused(office.me(ana.token), 401, code="token_invalid")  # what ended stays ended


async def test_signed_out_at_the_host_is_signed_out_here(office: Office, host: Host, device: OpenDevice) -> None:
    ana = office.add("Ana Reyes")
    token = host.token(host.person(ana.id), age=5)
    socket, at_host = await device(ana), await device(token)
    watch = Stopwatch()
    assert told(tell(office, {"id": ana.id, "version": 1, "signedOut": True})) == (1, 0)
    for bearer in (ana.token, token):
        refused(office.me(bearer), 401, code="token_invalid")
    assert office.sso(token).status_code == 401
    await socket.is_closed_by_the_server(seconds=5)
    await at_host.is_closed_by_the_server(seconds=5)
    assert watch.seconds < 5, f"closed after {watch.seconds} s"
    # A session that began afterwards is a new one.
    time.sleep(1.1)  # noqa: ASYNC251
    assert office.enter(host.person(ana.id)).http.get("/users/me").json()["isActive"] is True


def test_the_log_holds_no_key_no_token_and_no_password(office: Office) -> None:
    # Whatever the tests of this folder did with this server so far.
    log = office.server.stdout + office.server.stderr
    assert "token_refused" in log
    assert not [secret for secret in (SECRET, API_KEY, JWT_SECRET, PASSWORD) if secret in log]
    assert not [token[:40] for token in office.tokens if token.rpartition(".")[2] in log]
