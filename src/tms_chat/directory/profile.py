"""A person as the host describes them: the profile fields of the contract, in either casing, absent ones unchanged."""

from typing import Any

from pydantic import Field, field_validator

from tms_chat.core.ids import MAX_ID_LENGTH
from tms_chat.core.text import check_text
from tms_chat.schema import Id, Request

MAX_FIELD_LENGTH = 255
MAX_LONG_FIELD_LENGTH = 2048
TEXT_FIELDS = (
    "email",
    "username",
    "first_name",
    "last_name",
    "middle_name",
    "name",
    "image",
    "role",
    "position_title",
    "division",
    "department",
    "section",
    "custom_team",
)


class Profile(Request):
    """What the host says about one person. A text that no database can hold, or too long a one, is left out."""

    id: Id
    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    name: str | None = None
    image: str | None = None
    role: str | None = None
    position_title: str | None = None
    division: str | None = None
    department: str | None = None
    section: str | None = None
    custom_team: str | None = None
    is_active: bool | None = None
    is_leader: bool | None = None

    @field_validator(*TEXT_FIELDS, mode="before")
    @classmethod
    def _bearable(cls, value: Any) -> str | None:
        if isinstance(value, dict):  # some hosts nest: {"division": {"name": "…"}}
            value = value.get("name")
        if not isinstance(value, str):
            return None
        try:
            text = check_text(value).strip()
        except ValueError:
            return None
        return text if 0 < len(text) <= MAX_LONG_FIELD_LENGTH else None

    @field_validator("is_leader", mode="before")
    @classmethod
    def _leader(cls, value: Any) -> bool | None:
        return value if isinstance(value, bool) else None

    @property
    def is_gone(self) -> bool:
        """Whether the host says that this person is deactivated; saying nothing means that they are not."""
        return self.is_active is False

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as columns of a user; `role` is the host's word for it."""
        given = {name: getattr(self, name) for name in self.model_fields_set & {*TEXT_FIELDS, "is_leader"}}
        if given.get("email") is None:
            given.pop("email", None)  # nobody loses their address
        if given.get("is_leader") is None:
            given.pop("is_leader", None)
        for name, value in given.items():
            if isinstance(value, str) and name != "image":
                given[name] = value[:MAX_FIELD_LENGTH]
        return given


class ProfileUpdate(Profile):
    """A profile in the host's webhook. `version` grows with each change of the person: older news is ignored."""

    version: int = Field(ge=0, lt=2**63)
    signed_out: bool = False


def parse_profile(body: Any) -> Profile | None:
    """The profile in an answer of the host, plain or under `user`; None when there is none in it."""
    if isinstance(body, dict) and isinstance(body.get("user"), dict):
        body = body["user"]
    if not isinstance(body, dict):
        return None
    user_id = body.get("id", body.get("tmsUserId"))
    if not isinstance(user_id, str) or not 0 < len(user_id) <= MAX_ID_LENGTH:
        return None
    try:
        return Profile.model_validate({**body, "id": user_id})
    except ValueError:
        return None
