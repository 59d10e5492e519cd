"""The pages of the small host: sign in, come back to where one wanted to go, sign out. For browsers."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.host.host_state import HostState

COOKIE = "host_session"
SSO = "/api/v1/auth/sso"


def state_of(request: Request) -> HostState:
    state: HostState = request.app.state.host
    return state


async def home(request: Request) -> Response:
    """Who is signed in, with the button that ends it."""
    person = state_of(request).signed_in(request.cookies.get(COOKIE))
    if person is None:
        return RedirectResponse("/sign-in", 303)
    return page(
        "Host",
        f"<p data-testid='who'>Signed in as {escape(person['name'])}</p>"
        "<form method='post' action='/sign-out'><button>Sign out</button></form>",
    )


async def sign_in_page(request: Request) -> Response:
    """The form."""
    return form(request.query_params.get("callbackUrl", "/"))


async def sign_in(request: Request) -> Response:
    """Begins a session and goes on to where the person wanted to go; only to places of this host."""
    state, fields = state_of(request), parse_qs((await request.body()).decode())
    given = {name: values[0] for name, values in fields.items()}
    wanted = given.get("callbackUrl", "/")
    person = state.by_credentials(given.get("email", ""), given.get("password", ""))
    if person is None:
        return form(wanted, "The e-mail address or the password is wrong.", 401)
    if not person["isActive"]:
        return form(wanted, "This account is deactivated.", 403)
    answer = RedirectResponse(wanted if wanted.startswith("/") and not wanted.startswith("//") else "/", 303)
    answer.set_cookie(COOKIE, state.begin(person), httponly=True, samesite="lax")
    return answer


async def sign_out(request: Request) -> Response:
    """Ends the session at the host. What other products do then is their business."""
    state_of(request).sessions.pop(request.cookies.get(COOKIE, ""), None)
    answer = page("Signed out", "<p>Signed out.</p><a href='/sign-in'>Sign in</a>")
    answer.delete_cookie(COOKIE)
    return answer


async def single_sign_on(request: Request) -> Response:
    """Sends a signed-in person back to `callbackUrl` with a token, anybody else through the sign-in page first."""
    state, target = state_of(request), request.query_params.get("callbackUrl", "")
    address = urlsplit(target)
    if address.scheme not in ("http", "https") or not address.netloc:
        return page("Error", "<p>callbackUrl must be a complete address.</p>", 400)
    person = state.signed_in(request.cookies.get(COOKIE))
    if person is None:
        return RedirectResponse(f"/sign-in?{urlencode({'callbackUrl': f'{SSO}?{request.url.query}'})}", 302)
    token, _ = state.token(person)
    query = "&".join(part for part in (address.query, urlencode({"gcgc_token": token})) if part)
    return RedirectResponse(urlunsplit(address._replace(query=query)), 302)


def form(wanted: str, problem: str = "", status: int = 200) -> Response:
    return page(
        "Sign in",
        f"<p role='alert'>{escape(problem)}</p><form method='post' action='/sign-in'>"
        f"<input type='hidden' name='callbackUrl' value='{escape(wanted, quote=True)}'>"
        "<label>E-mail <input name='email' type='email' autocomplete='username'></label>"
        "<label>Password <input name='password' type='password' autocomplete='current-password'></label>"
        "<button>Sign in</button></form>",
        status,
    )


def page(title: str, body: str, status: int = 200) -> Response:
    # The icon: without one a browser would ask for it and report the 404 as an error of the page.
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><link rel='icon' href='data:,'>"
    return HTMLResponse(
        f"<!doctype html><html lang='en'><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>", status
    )


ROUTES = [
    Route("/", home),
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["GET", "POST"]),
    Route(SSO, single_sign_on),
]
