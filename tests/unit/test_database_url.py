"""DATABASE_URL as people and platforms write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tms_chat.db.url import parse_database_url

DATA = Path("somewhere")
PASSWORD = "s3cr:t/@word"
QUOTED = "s3cr%3At%2F%40word"


def test_without_a_url_the_data_is_in_one_file_of_the_data_directory() -> None:
    for nothing in (None, ""):
        url = parse_database_url(nothing, None, DATA)
        assert (url.dialect, url.path, url.connect) == ("sqlite", DATA / "tms-chat.sqlite3", {})


@pytest.mark.parametrize(
    "scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg2", "POSTGRES+x"]
)
def test_every_driver_suffix_means_the_same_database(scheme: str) -> None:
    url = parse_database_url(f"{scheme}://tms:{QUOTED}@db.example:5433/chat", None, DATA)
    assert url.dialect == "postgresql"
    assert url.connect == {
        "host": "db.example", "port": 5433, "database": "chat", "user": "tms", "password": PASSWORD,
    }  # fmt: skip
    assert url.label == "postgresql db.example:5433/chat"
    assert PASSWORD not in url.label


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("postgresql:///chat?host=/run/postgresql", {"host": "/run/postgresql", "database": "chat"}),
        ("postgresql://db/chat?sslmode=require", {"host": "db", "database": "chat", "ssl": "require"}),
        ("postgresql://db/chat?ssl=verify-full", {"host": "db", "database": "chat", "ssl": "verify-full"}),
        ("postgresql://db/chat?connect_timeout=10", {"host": "db", "database": "chat", "timeout": 10.0}),
        (
            "postgresql://db/chat?application_name=tms",
            {"host": "db", "database": "chat", "server_settings": {"application_name": "tms"}},
        ),
        ("postgresql://db/chat?schema=public&pgbouncer=true", {"host": "db", "database": "chat"}),
        ("postgresql://db/my%20chat", {"host": "db", "database": "my chat"}),
        ("postgresql://[::1]:5432/chat", {"host": "::1", "port": 5432, "database": "chat"}),
        ("postgresql://a%40b@db/chat", {"host": "db", "database": "chat", "user": "a@b"}),
    ],
)
def test_what_platforms_add_is_understood_or_left_out(text: str, part: dict[str, Any]) -> None:
    assert parse_database_url(text, None, DATA).connect == part


@pytest.mark.parametrize(
    ("text", "path"),
    [("sqlite:///data/chat.db", "data/chat.db"), ("sqlite:////var/lib/chat.db", "/var/lib/chat.db"),
     ("sqlite+aiosqlite:///a%20b.db?x=1", "a b.db")],
)  # fmt: skip
def test_sqlite_takes_a_relative_or_an_absolute_file(text: str, path: str) -> None:
    url = parse_database_url(text, None, DATA)
    assert (url.dialect, url.path) == ("sqlite", Path(path))


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("mysql://tms:{}@db/chat", "must start with postgresql://"),
        ("db.example/chat", "must start with postgresql://"),
        ("tms:{}@db/chat", "must start with postgresql://"),
        ("sqlite://", "sqlite:///relative/path"),
        ("sqlite:///", "sqlite:///relative/path"),
        ("sqlite:///:memory:", "sqlite:///relative/path"),
        ("postgresql://tms:{}@db", "/NAME"),
        ("postgresql://tms:{}@db/", "/NAME"),
        ("postgresql://tms:{}@db:port/chat", "check the port"),
        ("postgresql://tms:{}@db:99999/chat", "check the port"),
        ("postgresql://tms:[{}@db/chat", "percent-encode"),
        ("postgresql://tms:{}@db/chat?sslmode=sometimes", "one of disable, allow"),
        ("postgresql://tms:{}@db/chat?connect_timeout=soon", "number of seconds"),
        ("postgresql://tms:{}@db/chat?options=-csearch_path", "remove it"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_remedy_and_without_the_password(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as refused:
        parse_database_url(text.format(QUOTED), None, DATA)
    sentence = str(refused.value)
    assert remedy in sentence
    assert "\n" not in sentence
    assert QUOTED not in sentence
    assert PASSWORD not in sentence


def test_the_alias_is_used_when_it_is_alone() -> None:
    assert parse_database_url(None, "postgresql+psycopg2://db/chat", DATA).connect["host"] == "db"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("postgresql+asyncpg://a:1@db/chat", "postgresql+psycopg2://a:1@db/chat"),
        ("postgresql://one@db/chat", "postgres://two@db/chat"),
        ("postgresql://db/chat", "postgresql://DB:5432/chat"),
        ("postgresql://db/chat?sslmode=require", "postgresql://db/chat"),
    ],
)
def test_both_may_be_set_when_they_name_the_same_database_and_the_first_wins(first: str, second: str) -> None:
    assert parse_database_url(first, second, DATA) == parse_database_url(first, None, DATA)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"postgresql://a:{QUOTED}@one/chat", f"postgresql://a:{QUOTED}@two/chat"),
        (f"postgresql://a:{QUOTED}@db:5432/chat", f"postgresql://a:{QUOTED}@db:5433/chat"),
        (f"postgresql://a:{QUOTED}@db/chat", "sqlite:///chat"),
    ],
)
def test_two_different_places_stop_the_start(first: str, second: str) -> None:
    with pytest.raises(ValueError, match="set only DATABASE_URL") as refused:
        parse_database_url(first, second, DATA)
    assert QUOTED not in str(refused.value)
