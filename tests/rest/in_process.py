"""The whole application in this process, over a real database: for tests that look inside or walk many requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import pytest

from tms_chat.app import create_app, open_services
from tms_chat.core.ids import UserId, uuid7
from tms_chat.db import pulse
from tms_chat.http.deps import Services
from tms_chat.identity.sessions import issue
from tms_chat.people.actions import add_user, make_user
from tms_chat.people.model import User
from tms_chat.settings import Settings

PATIENCE_SECONDS = 30.0
HOST = "chat.test"
OWN_ORIGIN = f"http://{HOST}"
#: For async tests that use the fixtures `app` and `shared_app`, which live on the loop of their module.
on_module_loop = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class App:
    """`http` reaches the application as a browser's request would, from Socket.IO inwards."""

    services: Services
    http: httpx.AsyncClient

    async def person(self, name: str, *, role: str = "MEMBER", **fields: Any) -> User:
        """Somebody new."""
        user_id = UserId(fields.pop("id", uuid7()))
        email = f"{name.split()[0].lower()}.{uuid7()[-12:]}@corp.local"
        async with self.services.db.unit() as unit:
            return await add_user(unit, make_user(user_id, email, name, role, **fields))

    async def people(self, count: int) -> list[str]:
        """The ids of a crowd."""
        made = [make_user(UserId(uuid7()), f"{n}@crowd.local", f"Crowd {n:04d}", "MEMBER") for n in range(count)]
        async with self.services.db.unit() as unit:
            return [(await add_user(unit, user)).id for user in made]

    def bearer(self, user: User) -> dict[str, str]:
        """The header of a session of this person, a new one at each call."""
        return {"Authorization": f"Bearer {issue(self.services.own_key, user.id)}"}


@asynccontextmanager
async def open_app(folder: Path, database_url: str | None = None, **settings: Any) -> AsyncIterator[App]:
    """Rate limits are off unless asked for; nothing is read from the environment or an .env file.

    A database that is slow counts as slow: on a busy machine a new connection and a commit may both take seconds, and
    whatever is asked until the next look would be refused as if the database were frozen, test after test.
    """
    values = {"data_dir": folder, "database_url": database_url, "rate_limits": "off", **settings}
    # The prefix: settings that happen to be exported on a developer's machine have other names.
    made = Settings(_env_file=None, _env_prefix="NOT_FROM_THE_ENVIRONMENT_", **values)
    with pytest.MonkeyPatch.context() as patience:
        patience.setattr(pulse, "WAITED_SECONDS", PATIENCE_SECONDS)
        async with _serving(made) as app:
            yield app


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[App]:
    async with open_services(settings) as services:
        app, sockets = create_app(services)
        # A 500 is an answer here; what caused it is in the log.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        # No cookie sticks: a request carries what its test gives it.
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        async with httpx.AsyncClient(transport=transport, base_url=OWN_ORIGIN, timeout=30, cookies=jar) as http:
            try:
                yield App(services, http)
            finally:
                await sockets.stop()
