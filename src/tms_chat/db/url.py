"""`DATABASE_URL` as people write it, turned into what the async driver takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """`dialect` is sqlite or postgresql; `connect` holds the keyword arguments of the driver's `connect`."""

    dialect: str
    label: str
    connect: dict[str, Any]
    path: Path | None = None


def parse_database_url(url: str | None, alias: str | None, data_dir: Path) -> DatabaseUrl:
    """The database to use. Raises ValueError with a sentence that never contains the password."""
    if url and alias and _address(url) != _address(alias):
        raise ValueError("DATABASE_URL and DATABASE_URL_SYNC name different databases: set only DATABASE_URL")
    chosen = url or alias
    if not chosen:
        path = data_dir / "tms-chat.sqlite3"
        return DatabaseUrl("sqlite", f"sqlite {path}", {}, path)
    scheme = chosen.partition("://")[0].partition("+")[0].lower()
    if scheme == "sqlite":
        return _sqlite(chosen)
    if scheme in ("postgresql", "postgres"):
        return _postgresql(chosen)
    raise ValueError(
        "DATABASE_URL must start with postgresql://, postgres:// or sqlite:/// (a driver suffix is ignored)"
    )


def _address(url: str) -> tuple[str | None, int | None, str]:
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or 5432, parts.path
    except ValueError:
        return None, None, url


def _sqlite(url: str) -> DatabaseUrl:
    rest = url.partition("://")[2].partition("?")[0]
    if not rest.startswith("/") or rest in ("/", "/:memory:"):
        raise ValueError("DATABASE_URL with SQLite needs a file: sqlite:///relative/path or sqlite:////absolute/path")
    path = Path(unquote(rest[1:]))
    return DatabaseUrl("sqlite", f"sqlite {path}", {}, path)


def _postgresql(url: str) -> DatabaseUrl:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(
            "DATABASE_URL cannot be read: percent-encode special characters in the password and check the port"
        ) from None
    database = unquote(parts.path.removeprefix("/"))
    if not database:
        raise ValueError("DATABASE_URL has no database name: postgresql://user:password@host:5432/NAME")
    connect: dict[str, Any] = {"host": parts.hostname, "port": port, "database": database}
    connect["user"] = unquote(parts.username) if parts.username else None
    connect["password"] = unquote(parts.password) if parts.password else None
    for name, value in parse_qsl(parts.query):
        if name in ("sslmode", "ssl"):
            if value not in SSL_MODES:
                raise ValueError(f"DATABASE_URL has sslmode={value}: it must be one of {', '.join(SSL_MODES)}")
            connect["ssl"] = value
        elif name == "host":
            connect["host"] = value
        elif name == "connect_timeout":
            connect["timeout"] = _seconds(value)
        elif name == "application_name":
            connect.setdefault("server_settings", {})["application_name"] = value
        elif name not in ("channel_binding", "pgbouncer", "schema", "connection_limit", "pool_timeout"):
            raise ValueError(f"DATABASE_URL has the parameter {name!r}, which this server does not know: remove it")
    label = f"postgresql {connect['host'] or 'localhost'}:{port or 5432}/{database}"
    return DatabaseUrl("postgresql", label, {key: value for key, value in connect.items() if value is not None})


def _seconds(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError("DATABASE_URL has a connect_timeout that is not a number of seconds") from None
