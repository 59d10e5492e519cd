"""Requests and answers of signing in."""

from typing import Annotated

from pydantic import AfterValidator, Field

from tms_chat.core.text import check_text
from tms_chat.identity.tokens import MAX_TOKEN_LENGTH
from tms_chat.people.model import User as UserRow
from tms_chat.people.schema import User, user_answer
from tms_chat.schema import Answer, Request, SnakeAnswer

# Longer ones are refused as tokens, with their code, not as a field of the wrong length.
Token = Annotated[str, Field(max_length=4 * MAX_TOKEN_LENGTH), AfterValidator(check_text)]


class TokenRequest(Request):
    """A token of the host, or, to have it checked, one of ours; clients leave out what they do not have."""

    token: Token | None = None


class HostTokenRequest(Request):
    """A token of the host."""

    gcgc_token: Token | None = None


class CodeRequest(Request):
    """A one-time code from the callback address."""

    code: Annotated[str, Field(max_length=255), AfterValidator(check_text)] | None = None


class SsoCode(Answer):
    """To be handed on within `expiresIn` seconds, once."""

    code: str
    expires_in: int


class ValidatedUser(User):
    """`User`, with its id under both names that clients read."""

    also_tms_user_id: str = Field(validation_alias="also_tms_user_id", serialization_alias="tms_user_id")


class Validation(Answer):
    """Whether a token is good, and whose it is."""

    valid: bool
    user: ValidatedUser | None
    message: str


class HostUser(Answer):
    """Who a token of the host names."""

    id: str
    email: str | None


class HostValidation(Answer):
    """Whether a token of the host is good, whatever this server knows of its person."""

    valid: bool
    user: HostUser | None
    message: str


class PasswordVerified(SnakeAnswer):
    """The caller's own password was right."""

    valid: bool = True


def validated_user(user: UserRow) -> ValidatedUser:
    """The caller's own `User` under both id names."""
    values = user_answer(user, with_settings=True)
    return ValidatedUser(**{name: getattr(values, name) for name in User.model_fields}, also_tms_user_id=user.id)
