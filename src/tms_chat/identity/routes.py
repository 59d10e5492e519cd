"""`/auth` of local accounts: the first one, invitations, sign-up, change of password."""

import time
from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from tms_chat.core.errors import ChatError
from tms_chat.core.ids import InvitationId
from tms_chat.http import session_cookie
from tms_chat.http.deps import (
    CallerDep,
    Services,
    ServicesDep,
    answer,
    client_address,
    problems,
)
from tms_chat.identity import accounts, invitations, sessions
from tms_chat.identity.accounts import NewAccount
from tms_chat.identity.schema import (
    Invitation,
    InvitationCheck,
    InvitationCheckRequest,
    InvitationRequest,
    LoginAnswer,
    NewAccountRequest,
    PasswordChange,
)
from tms_chat.people.model import User
from tms_chat.people.schema import user_answer
from tms_chat.schema import Done, Id

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


def check_local_accounts(services: ServicesDep) -> None:
    """Local sign-up and passwords are off where the host brings the people."""
    if "local" not in services.auth.kinds:
        raise ChatError("local_accounts_off")


local_only = [Depends(check_local_accounts)]


def signed_in(request: Request, services: Services, user: User, message: str, status: int = 200) -> Response:
    """The login answer of a new session, with the cookie beside it."""
    token = sessions.issue(services.own_key, user.id)
    response = answer(LoginAnswer(user=user_answer(user, with_settings=True), token=token, message=message), status)
    session_cookie.keep(response, request, services, token, time.time() + sessions.LIFETIME_SECONDS)
    return response


@router.post(
    "/setup",
    response_model=LoginAnswer,
    status_code=201,
    dependencies=local_only,
    responses=problems(400, 403, 409, 429),
)
async def set_up(request: Request, services: ServicesDep, body: NewAccountRequest) -> Response:
    """Make the first account, an administrator, with the one-time link the start printed."""
    async with services.logins.attempt(client_address(request)):
        user = await accounts.set_up(services.db, body.token, NewAccount(body.email, body.password, body.name))
    return signed_in(request, services, user, "Welcome to TMS Chat.", 201)


@router.post(
    "/signup",
    response_model=LoginAnswer,
    status_code=201,
    dependencies=local_only,
    responses=problems(400, 403, 409, 429),
)
async def sign_up(request: Request, services: ServicesDep, body: NewAccountRequest) -> Response:
    """Make an account through an invitation."""
    async with services.logins.attempt(client_address(request)):
        user = await invitations.sign_up(services.db, body.token, NewAccount(body.email, body.password, body.name))
    return signed_in(request, services, user, "Welcome to TMS Chat.", 201)


@router.post("/password", response_model=LoginAnswer, dependencies=local_only, responses=problems(400, 401, 403, 429))
async def change_password(request: Request, services: ServicesDep, caller: CallerDep, body: PasswordChange) -> Response:
    """Change one's own password; every other session ends, this one goes on with the token in the answer."""
    async with services.logins.attempt(client_address(request), caller.id):
        await accounts.change_password(services.db, caller.user, body.current_password, body.new_password)
    return signed_in(request, services, caller.user, "Password changed; other devices are signed out.")


@router.post(
    "/invitations",
    response_model=Invitation,
    status_code=201,
    dependencies=local_only,
    responses=problems(401, 403),
)
async def create_invitation(services: ServicesDep, caller: CallerDep, body: InvitationRequest) -> Response:
    """Make an invitation (administrators). Its token is in this answer only; the link is `{client}/join#{token}`."""
    lifetime = timedelta(hours=body.expires_in_hours)
    made, token = await invitations.invite(services.db, caller, body.max_uses, lifetime)
    return answer(_invitation(made, token), 201)


@router.get("/invitations", response_model=list[Invitation], dependencies=local_only, responses=problems(401, 403))
async def get_invitations(services: ServicesDep, caller: CallerDep) -> list[Invitation]:
    """The newest hundred invitations (administrators)."""
    return [_invitation(found, None) for found in await invitations.list_invitations(services.db, caller)]


@router.post(
    "/invitations/check",
    response_model=InvitationCheck,
    dependencies=local_only,
    responses=problems(403, 429),
)
async def check_invitation(request: Request, services: ServicesDep, body: InvitationCheckRequest) -> Response:
    """Whether a link still works, and who invites."""
    try:
        async with services.logins.attempt(client_address(request)):
            inviter, expires_at = await invitations.look_at(services.db, body.token)
    except ChatError as error:
        if error.code != "invitation_invalid":
            raise
        return answer(InvitationCheck(valid=False, invited_by=None, expires_at=None))
    return answer(InvitationCheck(valid=True, invited_by=inviter.display_name, expires_at=expires_at))


@router.delete(
    "/invitations/{invitation_id}",
    response_model=Done,
    dependencies=local_only,
    responses=problems(401, 403, 404),
)
async def revoke_invitation(services: ServicesDep, caller: CallerDep, invitation_id: Id) -> Response:
    """Revoke an invitation (administrators)."""
    await invitations.revoke(services.db, caller, InvitationId(invitation_id))
    return answer(Done(message="The invitation is revoked."))


def _invitation(row: invitations.Invitation, token: str | None) -> Invitation:
    values = {name: getattr(row, name) for name in invitations.Invitation.__dataclass_fields__}
    return Invitation(**values, token=token)
