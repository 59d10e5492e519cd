"""What the host said a moment ago never undoes what it has told since; and a host that knows nobody is not believed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.host.conftest import running_office
from tests.host.host import PASSWORD, Colleague, Host
from tests.host.office import Office, Stopwatch
from tests.host.webhook import tell
from tests.rest.shapes import refused
from tests.support.people import Person, checked
from tests.support.processes import wait_until
from tms_chat.directory.service import PATIENCE_SECONDS
from tms_chat.directory.transport import TIMEOUT_SECONDS


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


@pytest.fixture(scope="module")
def looking(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server that reads everybody again every second."""
    env = {"DIRECTORY_REFRESH_SECONDS": "1", "DIRECTORY_RESYNC_SECONDS": "1"}
    with running_office(host, tmp_path_factory.mktemp("looking"), **env) as office:
        yield office


def on_its_way(host: Host, asked: Future[httpx.Response], what: str, before: int) -> None:
    wait_until(lambda: host.calls(what) > before or asked.done(), seconds=5, what=f"the host is asked: {what}")
    assert host.calls(what) > before, asked.result().text


def is_found(by: Person, person: Colleague) -> bool:
    return by.http.get(f"/users/{person.id}").status_code == 200


def is_out(person: Person) -> Callable[[], bool]:
    return lambda: person.http.get("/users/me").status_code == 401


def asked_for(host: Host, person: Person, times: int) -> Callable[[], bool]:
    return lambda: host.calls_for(person.id) >= times


def password(office: Office, person: Colleague) -> httpx.Response:
    body = {"email": person.email, "password": PASSWORD}
    return office.anonymous.post("/auth/login/credentials", json=body)


@pytest.mark.parametrize("way", ["sso", "password", "search"])
def test_a_deactivation_stands_against_an_older_answer(
    office: Office, host: Host, threads: ThreadPoolExecutor, way: str
) -> None:
    ana, bob = host.add("Ana Reyes"), office.add("Bob Stone")
    known = office.enter(ana)
    ways: dict[str, tuple[str, Any]] = {
        "sso": (f"GET /api/v1/users/{ana.id}", lambda: office.sso(host.token(ana))),
        "password": ("POST /api/v1/auth/login", lambda: password(office, ana)),
        "search": ("GET /api/v1/users/search", lambda: bob.http.get("/users/", params={"q": ana.name})),
    }
    what, ask = ways[way]
    before = host.calls(what)
    with host.bad_day(holds=True):
        watch = Stopwatch()
        asked = threads.submit(ask)
        on_its_way(host, asked, what, before)
        checked(tell(office, {"id": ana.id, "version": 1, "isActive": False}), 200)
        told_after = watch.seconds
    answer = asked.result(10)
    time.sleep(0.5)  # also what goes on in the background has its answer by now
    if way == "search":
        assert ana.id not in [user["id"] for user in answer.json()]
    elif way == "password" or told_after < PATIENCE_SECONDS:
        assert answer.status_code == 403, answer.text
    else:  # the server may have let her in without the host, before it was told
        assert answer.status_code in (200, 403), answer.text
    assert not is_found(bob, ana)
    refused(known.http.get("/users/me"), 401, code="token_invalid")


def test_a_search_brings_nobody_back(office: Office, host: Host) -> None:
    """Its rows may say nothing about who is active, and be older than anything else the host says."""
    ana, bob = host.add("Ana Reyes"), office.add("Bob Stone")
    office.enter(ana)
    checked(tell(office, {"id": ana.id, "version": 1, "isActive": False}), 200)
    found = bob.http.get("/users/", params={"q": ana.name})
    assert ana.id not in [user["id"] for user in found.json()]
    assert not is_found(bob, ana)


def test_somebody_the_webhook_made_stands_against_an_older_404(
    office: Office, host: Host, threads: ThreadPoolExecutor
) -> None:
    office.add("Somebody Known")
    model = host.add("Cleo Park")
    new = f"{model.id}-new"
    token = host.token(model, id=new)
    with host.bad_day(holds=True):
        asked = threads.submit(office.sso, token)
        on_its_way(host, asked, f"GET /api/v1/users/{new}", 0)
        checked(tell(office, {"id": new, "version": 1, "name": "Cleo New", "isActive": True}), 200)
    answer = asked.result(10)
    assert checked(answer, 200)["user"]["name"] == "Cleo New"
    assert office.me(answer.json()["token"]).status_code == 200


def test_somebody_who_was_made_after_they_were_looked_for_gets_in(office: Office, host: Host) -> None:
    bob = office.add("Bob Stone")
    late = host.add("Late Comer")
    host.change(late.id, isActive=False)  # the same 404 as for somebody who is not there yet
    body = {"type": "dm", "member_ids": [late.id]}
    assert bob.http.post("/conversations/", json=body).status_code == 404
    host.change(late.id, isActive=True)
    watch = Stopwatch()
    while (answer := office.sso(host.token(late))).status_code != 200:
        assert watch.seconds < 10, answer.text
        time.sleep(0.5)
    assert answer.json()["user"]["id"] == late.id


def test_a_host_that_knows_nobody_any_more_puts_nobody_out(looking: Office, host: Host) -> None:
    """As when a platform answers for a product that is being deployed; and the server may be started meanwhile."""
    ana, bob, *_ = (looking.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park", "Dan Okafor", "Eve Lind"))
    new = host.add("New Comer")
    for restarts in (False, True):
        with host.bad_day(outage="404"):
            if restarts:
                looking.server.restart()
            before = host.calls_for(ana.id)
            wait_until(asked_for(host, ana, before + 2), seconds=15, what="she is looked for")
            for person in (ana, bob):
                assert person.http.get("/users/me").status_code == 200
            refused(looking.sso(host.token(new)), 503, code="host_unavailable")
    host.change(bob.id, isActive=False)
    wait_until(is_out(bob), seconds=40, what="who is really gone is found out")
    assert ana.http.get("/users/me").status_code == 200


def test_of_few_people_all_may_really_be_gone(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    env = {"DIRECTORY_REFRESH_SECONDS": "1", "DIRECTORY_RESYNC_SECONDS": "1"}
    with running_office(host, tmp_path_factory.mktemp("few"), **env) as few:
        ana, bob = few.add("Ana Reyes"), few.add("Bob Stone")
        for number in range(3):  # of these the user API knows nothing
            checked(tell(few, {"id": f"{ana.id}-hook-{number}", "version": 1, "name": "Hook", "isActive": True}), 200)
        for person in (ana, bob):
            host.change(person.id, isActive=False)
        for person in (ana, bob):
            wait_until(is_out(person), seconds=10, what="they are out")


@pytest.mark.parametrize("outage", ["page", "huge", "deep"])
def test_an_answer_that_is_none_is_an_outage(office: Office, host: Host, outage: str) -> None:
    ana, new = host.add("Ana Reyes"), host.add("New Comer")
    known = office.enter(ana)
    with host.bad_day(outage=outage):
        refused(office.sso(host.token(new)), 503, code="host_unavailable")
        assert office.sso(host.token(ana)).status_code == 200
        assert known.http.get("/users/", params={"q": ana.name}).json()[0]["id"] == ana.id
    assert office.sso(host.token(new)).status_code == 200


def test_readiness_wants_more_than_any_page(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        host.bad_day(outage="page"),
        running_office(host, tmp_path_factory.mktemp("page")) as office,
    ):
        body = httpx.get(f"{office.server.base_url}/health/ready", timeout=10).json()
    assert body["status"] == "degraded"
    assert "USER_MANAGEMENT_API_URL" in body["checks"]["host_api"]["detail"]


def test_who_is_known_does_not_wait_for_a_slow_host(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    office.enter(ana)
    with host.bad_day(holds=True):
        watch = Stopwatch()
        checked(office.sso(host.token(ana)), 200)
        signed_in_after = watch.seconds
        watch = Stopwatch()
        readiness = httpx.get(f"{office.server.base_url}/health/ready", timeout=10)
        told = f"signed in after {signed_in_after} s, ready after {watch.seconds} s; the host does not answer at all"
        assert max(signed_in_after, watch.seconds) < TIMEOUT_SECONDS - 0.1, told
    assert readiness.status_code == 200


@pytest.mark.parametrize("end", [-60_000, 1e300, "soon"])
def test_an_end_that_cannot_be_is_not_believed(office: Office, host: Host, end: float | str) -> None:
    """The host says when its session ends; what is over already, or never ends, would be a sign-in that is none."""
    ana = host.add("Ana Reyes")
    host.behave(says_session_ends=time.time() * 1000 + end if isinstance(end, float | int) else end)
    try:
        answer = checked(password(office, ana), 200)
    finally:
        host.behave(says_session_ends=None)
    assert office.me(answer["token"]).status_code == 200
