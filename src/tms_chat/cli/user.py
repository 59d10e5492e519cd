"""`tms user …`: accounts, from the machine the server runs on. A running server notices within seconds."""

import asyncio
import getpass
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from cyclopts import App, Parameter
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from tms_chat.app import open_services
from tms_chat.http.deps import Services
from tms_chat.identity.accounts import NewAccount, add_account, close_account, find_account, set_password
from tms_chat.identity.schema import NewAccountRequest, NewPassword
from tms_chat.logs import configure_logs
from tms_chat.people.queries import all_users
from tms_chat.schema import refusal
from tms_chat.settings import load_settings

user = App(name="user", help="Manage accounts.")

Email = Annotated[str, Parameter(help="The e-mail address of the account.")]
Password = Annotated[str | None, Parameter(help="The password; asked for, or made and printed, when left out.")]
Result = TypeVar("Result")


@user.command
def add(
    email: Email,
    *,
    name: Annotated[str | None, Parameter(help="What people call this person.")] = None,
    password: Password = None,
    admin: Annotated[bool, Parameter(help="May invite people and administer the server.", negative="")] = False,
) -> None:
    """Add an account."""
    chosen = password or _ask_password()
    form = {"token": "-", "email": email, "password": chosen, "name": name or email.partition("@")[0]}
    try:
        checked = NewAccountRequest.model_validate(form)
    except ValidationError as error:
        raise refusal(error.errors(include_url=False, include_input=False)) from None
    account = NewAccount(checked.email, checked.password, checked.name)
    added = _with_services(lambda services: add_account(services.db, account, "ADMIN" if admin else "MEMBER"))
    print(f"Added {added.email} ({added.role.lower()}).")


@user.command(name="list")
def list_() -> None:
    """List everybody."""
    people = _with_services(lambda services: all_users(services.db))
    if not people:
        print("There are no accounts yet: start the server for the set-up link, or use `tms user add --admin`.")
        return
    table = Table("E-mail", "Name", "Role", "State", "Since", box=None, pad_edge=False)
    for person in people:
        state = "active" if person.is_active else "deactivated"
        table.add_row(person.email, person.display_name, person.role, state, person.created_at.date().isoformat())
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@user.command
def deactivate(email: Email) -> None:
    """Refuse every request of this account and close its sockets; what it wrote stays."""

    async def work(services: Services) -> None:
        await close_account(services.db, (await find_account(services.db, email)).id)

    _with_services(work)
    print(f"Deactivated {email}.")


@user.command(name="reset-password")
def reset_password(email: Email, *, password: Password = None) -> None:
    """Set a new password and end every session of this account."""
    chosen = password or _ask_password()
    try:
        TypeAdapter(NewPassword).validate_python(chosen)
    except ValidationError as error:
        raise refusal(error.errors(include_url=False, include_input=False)) from None

    async def work(services: Services) -> None:
        await set_password(services.db, (await find_account(services.db, email)).id, chosen)

    _with_services(work)
    print(f"The password of {email} is changed; its sessions have ended.")


def _with_services(work: Callable[[Services], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with open_services(load_settings()) as services:
            return await work(services)

    configure_logs(debug=False)
    return asyncio.run(run())


def _ask_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    made = secrets.token_urlsafe(12)
    print(f"Password: {made}")
    return made
