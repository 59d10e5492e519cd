"""Requests and answers of `/auth`. Local accounts and invitations are version 1.1 of the contract."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from tms_chat.core.text import MAX_MESSAGE_BYTES, check_text, is_blank
from tms_chat.identity.passwords import MAX_LENGTH, MIN_LENGTH
from tms_chat.people.schema import User
from tms_chat.schema import Answer, Instant, Request

EMAIL = re.compile(r"[^\s@]+@[^\s@]+")  # internal domains (x@corp.local, x@intranet) are valid


def _email(value: str) -> str:
    value = check_text(value).strip()
    # Invisible characters would make two accounts of what reads as one address.
    if not EMAIL.fullmatch(value) or any(unicodedata.category(character) in ("Cc", "Cf") for character in value):
        raise ValueError("is not an e-mail address")
    return value


def _name(value: str) -> str:
    value = " ".join(check_text(value).split())
    if is_blank(value):
        raise ValueError("is blank")
    return value


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
PersonName = Annotated[str, Field(max_length=255), AfterValidator(_name)]
NewPassword = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH), AfterValidator(check_text)]
GivenPassword = Annotated[str, Field(max_length=MAX_MESSAGE_BYTES), AfterValidator(check_text)]
LinkToken = Annotated[str, Field(max_length=255), AfterValidator(check_text)]


class Credentials(Request):
    """An address and a password."""

    email: Annotated[str, Field(max_length=254), AfterValidator(check_text)]
    password: GivenPassword


class NewAccountRequest(Request):
    """The set-up and the sign-up form; `token` comes from the link."""

    token: LinkToken
    email: Email
    password: NewPassword
    name: PersonName


class InvitationRequest(Request):
    """A new invitation."""

    max_uses: int = Field(1, ge=1, le=1000)
    expires_in_hours: int = Field(168, ge=1, le=720)


class InvitationCheckRequest(Request):
    """Is this link still good?"""

    token: LinkToken


class PasswordChange(Request):
    """Change of the caller's own password."""

    current_password: GivenPassword
    new_password: NewPassword


class LoginAnswer(Answer):
    """What every way to sign in returns: a bearer token for REST and Socket.IO, and whose it is."""

    success: bool = True
    user: User
    token: str
    message: str


class Invitation(Answer):
    """`token` is shown once, in the answer that made it."""

    id: str
    token: str | None
    max_uses: int
    uses: int
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    created_by: str


class InvitationCheck(Answer):
    """What the sign-up page may know before there is an account."""

    valid: bool
    invited_by: str | None
    expires_at: Instant | None
