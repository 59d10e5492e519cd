"""`/auth`: every way in, staying in, and out. Existing clients keep the bearer they get here until it expires."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from tms_chat.core.errors import ChatError
from tms_chat.http import session_cookie
from tms_chat.http.deps import (
    BearerDep,
    CallerDep,
    Services,
    ServicesDep,
    answer,
    bearer_token,
    check_origin,
    client_address,
    cookie_header,
    problems,
    sign_in_problems,
)
from tms_chat.identity import sessions
from tms_chat.identity.accounts import email_key
from tms_chat.identity.caller import Caller
from tms_chat.identity.schema import Credentials, LoginAnswer
from tms_chat.identity.sso import CODE_SECONDS, issue_code, redeem_code
from tms_chat.identity.tokens import TokenRefused
from tms_chat.people.model import User
from tms_chat.people.schema import user_answer
from tms_chat.schema import Done
from tms_chat.signin.passwords import check_own_password, sign_in_with_password
from tms_chat.signin.renewal import Shown, leave, resume
from tms_chat.signin.schema import (
    CodeRequest,
    HostTokenRequest,
    HostUser,
    HostValidation,
    PasswordVerified,
    SsoCode,
    TokenRequest,
    Validation,
    validated_user,
)

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])

SessionToken = Annotated[
    str | None, Header(alias="X-GCGC-Session-Token", description="A token of the host: signed, or its session.")
]
HINTS = {
    "token_missing": "Send the host's token in the header X-GCGC-Session-Token.",
    "token_expired": "Sign in at the host again.",
    "token_invalid": "Sign in at the host again; the server's log says what is wrong with the token.",
}


@router.post("/login/sso", response_model=LoginAnswer, responses=sign_in_problems(401, 403))
async def login_with_host_token(services: ServicesDep, token: SessionToken = None) -> Response:
    """Exchange a token of the host for a bearer of this server that lives as long; the same token twice is fine."""
    return _exchanged(services, await _host_caller(services, token))


@router.post("/login", response_model=LoginAnswer, responses=sign_in_problems(401, 403))
async def login_with_token(services: ServicesDep, body: TokenRequest) -> Response:
    """The same with the token in the body."""
    return _exchanged(services, await _host_caller(services, body.token))


@router.post("/login/credentials", response_model=LoginAnswer, responses=problems(401, 403, 429))
async def login_with_credentials(request: Request, services: ServicesDep, body: Credentials) -> Response:
    """Sign in with a local account, or with an account of the host where there is one."""
    async with services.logins.attempt(client_address(request), email_key(body.email)):
        found = await sign_in_with_password(
            services.db, services.auth, services.settings.rights, body.email, body.password
        )
    if found.ends_at is not None:
        token = sessions.exchange(services.own_key, found.user.id, found.ends_at, found.begun_at)
        return _login(found.user, token)
    token = sessions.issue(services.own_key, found.user.id, found.begun_at)
    response = _login(found.user, token)
    session_cookie.keep(response, request, services, token, services.auth.decode(token).expires_at)
    return response


@router.post("/sso/code", response_model=SsoCode, responses=sign_in_problems(401, 403))
async def create_sso_code(services: ServicesDep, token: SessionToken = None) -> Response:
    """For the host's server: a one-time code to put into the callback address instead of a token (version 1.1)."""
    code = await issue_code(services.db, await _host_caller(services, token))
    return answer(SsoCode(code=code, expires_in=CODE_SECONDS))


@router.post("/sso/exchange", response_model=LoginAnswer, responses=sign_in_problems(400, 401))
async def exchange_sso_code(services: ServicesDep, body: CodeRequest) -> Response:
    """Exchange a one-time code for the bearer it stands for."""
    try:
        caller = await redeem_code(services.db, services.auth, body.code or "")
    except ChatError as error:
        if error.code == "sso_code_invalid":
            raise error.wrapped("invalid_sso_code", "Codes work once and for a minute.") from None
        raise
    return _exchanged(services, caller)


@router.post("/session", response_model=LoginAnswer, responses=sign_in_problems(401, 403))
async def resume_session(request: Request, services: ServicesDep, token: SessionToken = None) -> Response:
    """For our own client, at the start and to stay signed in: a short bearer, and the cookie beside it (version 1.1).

    From the header right after the host's callback, from our own bearer to renew it (also when its minutes are over),
    from the host's cookie, or from ours; the cookies need an accepted Origin. With local accounts: from our cookie.
    """
    session = await resume(services.auth, _shown(request, services, token))
    response = _login(session.user, session.token)
    session_cookie.keep(response, request, services, session.cookie, session.kept_until)
    return response


@router.post("/validate", response_model=Validation, responses=problems())
async def validate_token(services: ServicesDep, body: TokenRequest) -> Response:
    """Whether a bearer token would be accepted, and whose it is."""
    try:
        caller = await services.auth.caller(body.token)
    except TokenRefused as refusal:
        return answer(Validation(valid=False, user=None, message=refusal.detail))
    return answer(Validation(valid=True, user=validated_user(caller.user), message="The token is valid."))


@router.post("/validate-gcgc-session", response_model=HostValidation, responses=problems())
async def validate_host_token(services: ServicesDep, body: HostTokenRequest) -> Response:
    """Whether a token of the host is good; whether the host still knows its person is not asked."""
    try:
        claims = services.auth.decode(body.gcgc_token)
        if not claims.from_host:
            raise TokenRefused("token_invalid", "a token of ours")
        if await services.auth.objection(claims) is not None:
            raise TokenRefused("token_invalid", "it does not count any more")
    except TokenRefused as refusal:
        return answer(HostValidation(valid=False, user=None, message=refusal.detail))
    user = HostUser(id=claims.user_id, email=claims.email)
    return answer(HostValidation(valid=True, user=user, message="The token is valid."))


@router.post("/verify-password", response_model=PasswordVerified, responses=problems(401, 403, 429))
async def verify_password(request: Request, services: ServicesDep, caller: CallerDep, body: Credentials) -> Response:
    """Ask for the caller's own password once more; anybody else's is refused, right or wrong."""
    async with services.logins.attempt(client_address(request), caller.id):
        await check_own_password(services.db, services.auth, caller.user, body.email, body.password)
    return answer(PasswordVerified())


@router.post("/logout", response_model=Done, responses=problems(401, 403))
async def log_out(request: Request, services: ServicesDep, _documented: BearerDep) -> Response:
    """Revoke this session, also with a bearer that is overdue, and close its sockets; other devices stay signed in."""
    cookie_too = await leave(services.db, services.auth, _shown(request, services, None))
    response = answer(Done(message="Signed out."))
    if cookie_too:
        session_cookie.forget(response)
    return response


def _shown(request: Request, services: Services, host_token: str | None) -> Shown:
    return Shown(
        host_token=host_token,
        bearer=bearer_token(request),
        own_cookie=request.cookies.get(session_cookie.NAME),
        cookie_header=cookie_header(request.headers),
        check_origin=lambda: check_origin(request, services),
    )


async def _host_caller(services: ServicesDep, token: str | None) -> Caller:
    try:
        return await services.auth.sign_in(token)
    except TokenRefused as refusal:
        name = "missing_session_token" if refusal.code == "token_missing" else "invalid_jwt_token"
        raise refusal.wrapped(name, HINTS[refusal.code]) from None


def _exchanged(services: ServicesDep, caller: Caller) -> Response:
    token = sessions.exchange(services.own_key, caller.id, caller.claims.expires_at, caller.checked_at)
    return _login(caller.user, token)


def _login(user: User, token: str) -> Response:
    return answer(LoginAnswer(user=user_answer(user, with_settings=True), token=token, message="Signed in."))
