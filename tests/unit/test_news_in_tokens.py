"""Whether a token of the host says anything new is seen in a row as it is in the person made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any, cast

from tms_chat.core.clock import iso
from tms_chat.core.ids import UserId
from tms_chat.core.rules import Rights
from tms_chat.identity.caller import Authenticator
from tms_chat.identity.tokens import Claims
from tms_chat.people.model import User, stored_user

AT = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)


def test_a_row_lets_a_token_through_exactly_when_taking_it_over_would_change_nothing() -> None:
    auth = Authenticator(cast(Any, None), cast(Any, None), rights=Rights(roles={"BOSS": "LEADER"}))
    answers = set()
    claimed = product(
        (None, "", "a@b", "new"), (None, "", "Ana", "New"), (None, "boss", "MEMBER", "odd"), (None, "/new")
    )
    for email, name, role, image in claimed:
        for stored_role, is_leader, stored_name, synced in product(
            ("LEADER", "MEMBER"), (0, 1), (None, "Ana"), (None, -1, 0)
        ):
            synced_at = None if synced is None else datetime.fromtimestamp(AT.timestamp() + synced, UTC)
            person = dict.fromkeys(User.__dataclass_fields__) | {
                "id": "ana", "email": "a@b", "name": stored_name, "role": stored_role, "is_active": 1,
                "is_leader": is_leader, "last_synced_at": synced_at and iso(synced_at), "created_at": iso(AT),
            }  # fmt: skip
            row = (*person.values(), None, 0)
            claims = Claims(
                UserId("ana"), email, name, role, image, AT.timestamp(), AT.timestamp() + 60, "hash",
                from_host=True, begun_at=AT.timestamp(),
            )  # fmt: skip
            user = stored_user(row)
            answers.add(auth.counts(claims, row))
            assert auth.counts(claims, row) is (auth._as_told(user, claims) is user), (claims, row)
    assert answers == {True, False}
