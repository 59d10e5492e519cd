"""POST /auth/session: how our own client gets its short bearer, from whatever the browser still has."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.host.host import Host
from tests.host.nextauth_host import COOKIES, NextAuthHost
from tests.host.office import JWT_SECRET, SSO_HEADER, Office, claims_of, cookie_header
from tests.host.webhook import tell
from tests.rest.shapes import LOGIN, USER, refused, shaped
from tests.support.people import checked
from tests.unit.signing import sign
from tms_chat.identity.tokens import EXPIRY_LEEWAY_SECONDS, OWN_TYPE

ELSEWHERE = "https://evil.example"
SHORT = 15 * 60


def session(office: Office, **headers: str) -> httpx.Response:
    """As a browser on the server's own page asks, unless another origin is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return office.anonymous.post("/auth/session", headers={"Origin": office.server.base_url} | named)


def begin(office: Office, token: str) -> tuple[str, str]:
    """The bearer and our cookie, right after the host's callback."""
    answer = office.anonymous.post("/auth/session", headers={SSO_HEADER: token})
    return shaped(answer, LOGIN)["token"], our_cookie(answer)


def log_out(office: Office, **headers: str) -> httpx.Response:
    return office.anonymous.post("/auth/logout", headers={"Origin": office.server.base_url} | headers)


def our_cookie(answer: httpx.Response) -> str:
    """`tms_session=…`, checked for how it was set. It is given back by hand."""
    (line,) = (line for line in answer.headers.get_list("set-cookie") if line.startswith("tms_session="))
    pair, _, attributes = line.partition(";")
    for wanted in ("httponly", "samesite=lax", "path=/api/v1/auth"):
        assert re.search(rf"(^|; ?){wanted}(;|$)", attributes.strip().lower()), line
    return str(pair)


def over(token: str) -> str:
    """The same token of ours, its fifteen minutes long gone."""
    claims: dict[str, Any] = claims_of(token)
    claims |= {"iat": time.time() - 2 * SHORT, "exp": time.time() - SHORT}
    return sign({"alg": "HS256", "typ": OWN_TYPE}, claims, JWT_SECRET)


def test_right_after_the_callback(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    answer = office.anonymous.post("/auth/session", headers={SSO_HEADER: host.token(ana)})
    body = shaped(answer, LOGIN)
    assert body["user"]["id"] == ana.id
    assert claims_of(body["token"])["exp"] == pytest.approx(time.time() + SHORT, abs=20)
    assert shaped(office.me(body["token"]), USER)["id"] == ana.id
    our_cookie(answer)


def test_a_bearer_renews_itself_also_when_its_minutes_are_over(office: Office, host: Host) -> None:
    bearer, _ = begin(office, host.token(host.add("Ana Reyes")))
    late = over(bearer)
    refused(office.me(late), 401, code="token_expired")
    for shown in (bearer, late):
        fresh = shaped(session(office, Authorization=f"Bearer {shown}"), LOGIN)["token"]
        assert office.me(fresh).status_code == 200
        assert claims_of(fresh)["exp"] == pytest.approx(time.time() + SHORT, abs=20)
    # A client on another site: no cookie, no accepted Origin needed for a bearer.
    assert office.anonymous.post("/auth/session", headers={"Authorization": f"Bearer {late}"}).status_code == 200


def test_it_is_never_longer_than_the_host_s_session(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    token = host.token(ana, seconds=120)
    bearer, cookie = begin(office, token)
    for answer in (session(office, Authorization=f"Bearer {bearer}"), session(office, Cookie=cookie)):
        assert claims_of(answer.json()["token"])["exp"] <= claims_of(token)["exp"] + 1
    # This one is over for the host, and within the seconds that clocks may differ.
    over = host.token(ana, seconds=-8)
    bearer, cookie = begin(office, over)
    time.sleep(max(0, claims_of(over)["exp"] + EXPIRY_LEEWAY_SECONDS + 1.5 - time.time()))
    refused(session(office, Authorization=f"Bearer {bearer}"), 401, code="token_expired")
    refused(session(office, Cookie=cookie), 401, code="token_expired")


def test_our_cookie_leads_back_from_an_accepted_page_only(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    _, cookie = begin(office, host.token(ana))
    answer = session(office, Cookie=cookie)
    assert shaped(answer, LOGIN)["user"]["id"] == ana.id
    our_cookie(answer)
    for origin in (ELSEWHERE, "null"):
        refused(session(office, Cookie=cookie, Origin=origin), 403, code="origin_not_allowed")
    refused(office.anonymous.post("/auth/session", headers={"Cookie": cookie}), 403, code="origin_not_allowed")
    # No other door takes it.
    refused(office.anonymous.get("/users/me", headers={"Cookie": cookie, "Origin": office.server.base_url}), 401)


def test_the_host_s_cookie_is_a_session_as_long_as_it_is_there(
    office: Office, host: Host, nextauth: NextAuthHost
) -> None:
    ana, bob = host.add("Ana Reyes"), host.add("Bob Stone")
    held = {who.id: cookie_header(nextauth.sign_in(nextauth.add(who.id, who.name))) for who in (ana, bob)}
    answer = session(office, Cookie=held[ana.id])
    bearer, ours = shaped(answer, LOGIN)["token"], our_cookie(answer)
    assert claims_of(bearer)["exp"] == pytest.approx(time.time() + SHORT, abs=20)
    for origin in (ELSEWHERE, "null"):
        refused(session(office, Cookie=held[ana.id], Origin=origin), 403, code="origin_not_allowed")
    # Renewal, with the cookie still there: fine, also late; without it or with somebody else's the session is over.
    for shown in (bearer, over(bearer)):
        assert session(office, Authorization=f"Bearer {shown}", Cookie=held[ana.id]).status_code == 200
        refused(session(office, Authorization=f"Bearer {shown}"), 401)
        refused(session(office, Authorization=f"Bearer {shown}", Cookie=held[bob.id]), 401)
    refused(session(office, Cookie=ours), 401)
    assert session(office, Cookie=f"{ours}; {held[ana.id]}").status_code == 200


def test_the_sources_come_in_their_order(office: Office, host: Host, nextauth: NextAuthHost) -> None:
    first, second, third, fourth = (host.add(name) for name in ("Ana", "Bob", "Cora", "Dan"))
    bearer, _ = begin(office, host.token(second))
    at_host = cookie_header(nextauth.sign_in(nextauth.add(third.id, third.name)))
    _, ours = begin(office, host.token(fourth))
    shown = {
        SSO_HEADER: host.token(first),
        "Authorization": f"Bearer {bearer}",
        "Cookie": f"{ours}; {at_host}",
    }
    assert session(office, **shown).json()["user"]["id"] == first.id
    del shown[SSO_HEADER]
    assert session(office, **shown).json()["user"]["id"] == second.id
    del shown["Authorization"]
    assert session(office, **shown).json()["user"]["id"] == third.id
    assert session(office, Cookie=ours).json()["user"]["id"] == fourth.id
    refused(session(office), 401, code="token_missing")


def test_signing_out_ends_every_way_back(office: Office, host: Host) -> None:
    bearer, cookie = begin(office, host.token(host.add("Ana Reyes")))
    answer = office.anonymous.post("/auth/logout", headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 200
    assert 'tms_session=""' in answer.headers["set-cookie"]
    refused(session(office, Authorization=f"Bearer {bearer}"), 401, code="token_invalid")
    refused(session(office, Cookie=cookie), 401, code="token_invalid")


def test_signing_out_with_an_overdue_bearer_ends_the_session_as_well(office: Office, host: Host) -> None:
    """A laptop that slept: the page has not renewed its bearer when somebody signs out."""
    bearer, cookie = begin(office, host.token(host.add("Ana Reyes")))
    answer = log_out(office, Authorization=f"Bearer {over(bearer)}")
    assert answer.status_code == 200
    refused(session(office, Authorization=f"Bearer {bearer}"), 401, code="token_invalid")
    refused(session(office, Cookie=cookie), 401, code="token_invalid")


def test_signing_out_takes_our_cookie_alone_from_an_accepted_page_only(office: Office, host: Host) -> None:
    _, cookie = begin(office, host.token(host.add("Ana Reyes")))
    refused(log_out(office, Cookie=cookie, Origin=ELSEWHERE), 403, code="origin_not_allowed")
    assert session(office, Cookie=cookie).status_code == 200
    answer = log_out(office, Cookie=cookie)
    assert answer.status_code == 200
    assert 'tms_session=""' in answer.headers["set-cookie"]
    refused(session(office, Cookie=cookie), 401, code="token_invalid")
    refused(log_out(office, Cookie=cookie), 401, code="token_invalid")
    refused(log_out(office), 401, code="token_missing")


def test_signing_out_in_an_old_tab_does_not_sign_the_next_person_out(office: Office, host: Host) -> None:
    """One browser, one cookie jar: the cookie is Bob's by now."""
    bearer, _ = begin(office, host.token(host.add("Ana Reyes")))
    _, cookie = begin(office, host.token(host.add("Bob Stone")))
    answer = log_out(office, Authorization=f"Bearer {bearer}", Cookie=cookie)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    refused(office.me(bearer), 401, code="token_invalid")
    assert session(office, Cookie=cookie).status_code == 200


def test_the_cookie_ends_with_the_browser(office: Office, host: Host) -> None:
    """Whoever opens it next is asked for at the host."""
    answer = office.anonymous.post("/auth/session", headers={SSO_HEADER: host.token(host.add("Ana Reyes"))})
    assert not re.search("max-age|expires", answer.headers["set-cookie"].lower())


@pytest.mark.parametrize("name", ["next-auth.session-token", "__Secure-authjs.session-token"])
def test_a_token_of_ours_in_the_host_s_cookie_is_nothing(office: Office, host: Host, name: str) -> None:
    """It would outlive the cookie it came from."""
    bearer, _ = begin(office, host.token(host.add("Ana Reyes")))
    refused(session(office, Cookie=f"{name}={bearer}"), 401, code="token_invalid")
    headers = {"Cookie": f"{name}={bearer}", "Origin": office.server.base_url}
    refused(office.anonymous.get("/users/me", headers=headers), 401, code="token_invalid")


def test_a_session_that_was_begun_before_a_sign_out_is_not_saved_by_renewing(office: Office, host: Host) -> None:
    """Many renewals on their way while the host signs somebody out: what they bring is as old as the session."""
    ana = host.add("Ana Reyes")
    bearers = [begin(office, host.token(ana))[0] for _ in range(4)]
    ended = threading.Event()

    def renew(bearer: str) -> list[str]:
        mine = [bearer]
        while True:
            is_last = ended.is_set()
            answer = session(office, Authorization=f"Bearer {mine[-1]}")
            if answer.status_code == 200:
                mine.append(answer.json()["token"])
            if is_last or answer.status_code != 200:
                return mine

    with ThreadPoolExecutor(4) as threads:
        renewing = [threads.submit(renew, bearer) for bearer in bearers]
        time.sleep(0.5)
        checked(tell(office, {"id": ana.id, "version": 1, "signedOut": True}), 200)
        ended.set()
        made = [token for future in renewing for token in future.result()]
    assert len(made) > 20
    assert not [token for token in made if office.me(token).status_code == 200]
    assert office.sso(host.token(ana)).status_code == 200


def test_bad_ones(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    refused(session(office, Authorization="Bearer nonsense"), 401, code="token_invalid")
    refused(session(office, Cookie="tms_session=nonsense"), 401, code="token_invalid")
    refused(session(office, Cookie=f"{COOKIES[4]}=nonsense"), 401, code="token_invalid")
    # Only our own bearer is renewed: the host's would make a session for ever out of one token.
    refused(session(office, Authorization=f"Bearer {host.token(ana)}"), 401, code="token_invalid")
    expired = office.anonymous.post("/auth/session", headers={SSO_HEADER: host.token(ana, seconds=-60)})
    assert (expired.status_code, expired.json()["code"]) == (401, "token_expired")


def test_who_is_deactivated_is_told_so(office: Office, host: Host) -> None:
    ana = office.add("Ana Reyes")
    token = host.token(host.add("Gone Reyes"))
    gone = claims_of(token)["id"]
    bearer, cookie = begin(office, token)
    host.change(gone, isActive=False)
    answer = office.anonymous.post("/auth/session", headers={SSO_HEADER: token})
    refused(answer, 403, code="account_deactivated")
    refused(session(office, Authorization=f"Bearer {bearer}"), 401, 403)
    refused(session(office, Cookie=cookie), 401, 403)
    assert ana.http.get("/users/me").status_code == 200
