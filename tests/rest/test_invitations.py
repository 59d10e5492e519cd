"""Invitations: how the others get in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.rest.shapes import DONE, INVITATION, LOGIN, TEXT, Maybe, refused, shaped, time
from tests.rest.storage import change, row_counts
from tests.support.people import Person, Team, sign_up
from tests.support.server import TmsServer
from tms_chat.core.clock import from_iso, now
from tms_chat.identity.model import invitations

CHECK = {"valid": bool, "invitedBy": TEXT, "expiresAt": Maybe(time)}
NOT_VALID = {"valid": False, "invitedBy": None, "expiresAt": None}


@pytest.fixture(scope="module")
def admin(team: Team) -> Person:
    return team.admin


@pytest.fixture(scope="module")
def member(team: Team) -> Person:
    return team.add("Mem Ber")


def invite(admin: Person, **limits: int) -> Any:
    return shaped(admin.http.post("/auth/invitations", json=limits), INVITATION, 201)


def join(server: TmsServer, token: str, email: str, changes: dict[str, Any] | None = None) -> httpx.Response:
    body = {"token": token, "email": email, "password": "correct horse", "name": "New Person"} | (changes or {})
    return httpx.post(f"{server.base_url}/api/v1/auth/signup", json=body, timeout=20)


def look(server: TmsServer, token: str) -> Any:
    return shaped(httpx.post(f"{server.base_url}/api/v1/auth/invitations/check", json={"token": token}), CHECK)


def listed(admin: Person, id_: str) -> Any:
    (row,) = [row for row in shaped(admin.http.get("/auth/invitations"), [INVITATION]) if row["id"] == id_]
    return row


def test_an_invitation_is_for_one_person_and_a_week_unless_asked(admin: Person) -> None:
    made = invite(admin)
    assert (made["maxUses"], made["uses"], made["revokedAt"], made["createdBy"]) == (1, 0, None, admin.id)
    assert from_iso(made["expiresAt"]) - from_iso(made["createdAt"]) == timedelta(hours=168)
    counted = invite(admin, maxUses=1000, expiresInHours=720)
    assert counted["maxUses"] == 1000
    assert from_iso(counted["expiresAt"]) - from_iso(counted["createdAt"]) == timedelta(hours=720)


def test_the_token_is_in_the_answer_that_made_it_and_nowhere_else(admin: Person) -> None:
    made = invite(admin)
    assert len(made["token"]) >= 32
    assert listed(admin, made["id"]) == made | {"token": None}
    assert made["token"] not in admin.http.get("/auth/invitations").text


def test_the_newest_invitation_is_listed_first(admin: Person) -> None:
    made = [invite(admin)["id"] for _ in range(3)]
    assert [row["id"] for row in admin.http.get("/auth/invitations").json()][:3] == made[::-1]


def test_through_it_one_becomes_a_member(tms: TmsServer, admin: Person) -> None:
    made = invite(admin)
    assert look(tms, made["token"]) == {"valid": True, "invitedBy": admin.name, "expiresAt": made["expiresAt"]}
    joined = shaped(join(tms, made["token"], "Ana@corp.local", {"name": " Ana  Reyes "}), LOGIN, 201)
    assert (joined["user"]["role"], joined["user"]["displayName"], joined["user"]["email"]) == (
        "MEMBER", "Ana Reyes", "Ana@corp.local",
    )  # fmt: skip
    assert listed(admin, made["id"])["uses"] == 1
    assert look(tms, made["token"]) == NOT_VALID
    refused(join(tms, made["token"], "second@corp.local"), 400, code="invitation_invalid")


def test_a_counted_one_works_exactly_that_often(tms: TmsServer, admin: Person) -> None:
    token = invite(admin, max_uses=2)["token"]
    for number in range(2):
        shaped(join(tms, token, f"counted{number}@corp.local"), LOGIN, 201)
    refused(join(tms, token, "counted2@corp.local"), 400, code="invitation_invalid")


def test_of_many_who_take_the_last_use_at_once_exactly_one_gets_in(tms: TmsServer, admin: Person) -> None:
    made, before = invite(admin), row_counts(tms)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: join(tms, made["token"], f"race{n}@corp.local"), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 5
    assert row_counts(tms)["users"] == before["users"] + 1
    assert listed(admin, made["id"])["uses"] == 1


def test_of_many_who_take_the_same_address_at_once_exactly_one_gets_it(tms: TmsServer, admin: Person) -> None:
    made, before = invite(admin, max_uses=6), row_counts(tms)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: join(tms, made["token"], "same@corp.local"), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert row_counts(tms)["users"] == before["users"] + 1
    assert listed(admin, made["id"])["uses"] == 1  # a refusal takes no use


def test_an_expired_one_is_refused(tms: TmsServer, admin: Person) -> None:
    made = invite(admin)
    change(
        tms, update(invitations).where(invitations.c.id == made["id"]).values(expires_at=now() - timedelta(seconds=1))
    )
    assert look(tms, made["token"]) == NOT_VALID
    refused(join(tms, made["token"], "late@corp.local"), 400, code="invitation_invalid")


def test_a_revoked_one_is_refused_and_revoking_twice_is_fine(tms: TmsServer, admin: Person) -> None:
    made = invite(admin, max_uses=5)
    shaped(join(tms, made["token"], "early@corp.local"), LOGIN, 201)
    for _ in range(2):
        shaped(admin.http.delete(f"/auth/invitations/{made['id']}"), DONE)
    assert time(listed(admin, made["id"])["revokedAt"])
    assert look(tms, made["token"]) == NOT_VALID
    refused(join(tms, made["token"], "later@corp.local"), 400, code="invitation_invalid")


def test_an_unknown_one_is_refused_everywhere(tms: TmsServer, admin: Person) -> None:
    assert look(tms, "unknown") == NOT_VALID
    refused(join(tms, "unknown", "who@corp.local"), 400, code="invitation_invalid")
    refused(admin.http.delete("/auth/invitations/unknown"), 404, code="invitation_not_found")


def test_only_administrators_make_list_and_revoke(tms: TmsServer, admin: Person, member: Person) -> None:
    made, before = invite(admin), row_counts(tms)
    for method, path in (("POST", ""), ("GET", ""), ("DELETE", f"/{made['id']}"), ("DELETE", "/unknown")):
        body = b"{}" if method == "POST" else None
        headers = {"content-type": "application/json"}
        answer = member.http.request(method, f"/auth/invitations{path}", content=body, headers=headers)
        refused(answer, 403, code="forbidden")
        address = f"{tms.base_url}/api/v1/auth/invitations{path}"
        refused(httpx.request(method, address, content=body, headers=headers), 401, code="token_missing")
    assert row_counts(tms) == before
    assert listed(admin, made["id"])["revokedAt"] is None


@pytest.mark.parametrize(
    "limits",
    [{"max_uses": 0}, {"max_uses": 1001}, {"expires_in_hours": 0}, {"expires_in_hours": 721}, {"max_uses": "x"}],
    ids=str,
)
def test_the_bounds_of_an_invitation(admin: Person, limits: dict[str, Any]) -> None:
    refused(admin.http.post("/auth/invitations", json=limits), 422, code="invalid")


BAD_ACCOUNTS: dict[str, dict[str, Any]] = {
    "no at sign": {"email": "corp.local"}, "two at signs": {"email": "a@b@c"}, "a space": {"email": "a b@c.local"},
    "nothing before the at": {"email": "@corp.local"}, "nothing behind it": {"email": "a@"},
    "no address": {"email": ""},
    "an address of 255 characters": {"email": "a" * 244 + "@corp.local"}, "a line break": {"email": "a@b\n.local"},
    "7 characters of password": {"password": "1234567"}, "257 characters of password": {"password": "x" * 257},
    "no password": {"password": None}, "no name": {"name": ""}, "a blank name": {"name": " \u200b\t"},
    "a name of 256 characters": {"name": "x" * 256}, "NUL in the name": {"name": "A\x00"}, "no token": {"token": None},
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_ACCOUNTS)
def test_an_account_that_cannot_be_is_refused_and_takes_no_use(tms: TmsServer, admin: Person, what: str) -> None:
    made, before = invite(admin), row_counts(tms)
    refused(join(tms, made["token"], "good@corp.local", BAD_ACCOUNTS[what]), 422, code="invalid")
    assert row_counts(tms) == before
    assert listed(admin, made["id"])["uses"] == 0


@pytest.mark.parametrize(
    "email", ["x@corp.local", "y@intranet", "\u00fcml\u00e4ut@b\u00fccher.example", " spaced@corp.local "]
)
def test_addresses_of_internal_domains_are_valid(tms: TmsServer, admin: Person, email: str) -> None:
    joined = shaped(join(tms, invite(admin)["token"], email), LOGIN, 201)
    assert joined["user"]["email"] == email.strip()


def test_an_address_has_one_account_in_whatever_case(tms: TmsServer, admin: Person, member: Person) -> None:
    made, before = invite(admin), row_counts(tms)
    refused(join(tms, made["token"], member.email.upper()), 409, code="email_taken")
    assert row_counts(tms) == before
    assert listed(admin, made["id"])["uses"] == 0


def test_two_people_may_have_the_same_name(tms: TmsServer, admin: Person) -> None:
    one, other = (sign_up(tms, admin.invite(), name="Same Name") for _ in range(2))
    assert one.id != other.id
    one.close()
    other.close()
