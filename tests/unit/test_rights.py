"""Roles as rights: what the settings say, and what they say when nobody set them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tms_chat.core.errors import ChatError
from tms_chat.core.rules import Rights


@dataclass
class Somebody:
    id: str
    role: str = "MEMBER"
    division: str | None = None


def test_by_default_everybody_may_do_what_members_do() -> None:
    rights = Rights()
    for role in ("ADMIN", "LEADER", "MEMBER"):
        rights.check_may_create_group(role)
    rights.check_may_message(Somebody("a"), [Somebody("b", division="north")])


def test_the_hosts_roles_are_mapped_and_ours_are_themselves() -> None:
    rights = Rights(roles={"OWNER": "ADMIN", "LEADER": "MEMBER"})
    said = {role: rights.role(role) for role in ("owner", "Owner", "ADMIN", "leader", "member", "guest", "", None)}
    assert said == {"owner": "ADMIN", "Owner": "ADMIN", "ADMIN": "ADMIN", "leader": "MEMBER", "member": "MEMBER",
                    "guest": "MEMBER", "": "MEMBER", None: "MEMBER"}  # fmt: skip


def test_groups_for_some_roles_only() -> None:
    rights = Rights(group_creators=frozenset({"ADMIN", "LEADER"}))
    rights.check_may_create_group("LEADER")
    with pytest.raises(ChatError) as caught:
        rights.check_may_create_group("MEMBER")
    assert caught.value.code == "forbidden"


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        (Somebody("a", division="North"), Somebody("b", division=" north "), True),
        (Somebody("a", division="North"), Somebody("b", division="South"), False),
        (Somebody("a"), Somebody("b"), False),
        (Somebody("a", division="  "), Somebody("b", division="  "), False),
        (Somebody("a"), Somebody("a"), True),
        (Somebody("a", "ADMIN", "North"), Somebody("b", division="South"), True),
        (Somebody("a", division="North"), Somebody("b", "ADMIN"), True),
    ],
)
def test_writing_within_one_organisation(one: Somebody, other: Somebody, may: bool) -> None:
    assert Rights(organisation="division").may_message(one, other) is may


def test_a_group_has_room_up_to_its_limit() -> None:
    Rights().check_room(1000)
    rights = Rights(group_members=3)
    rights.check_room(3)
    with pytest.raises(ChatError) as refused:
        rights.check_room(4)
    assert refused.value.code == "group_full"
