"""The one MetaData, and column types that mean the same on both databases."""

from datetime import UTC, datetime
from typing import Any, overload

import orjson
from sqlalchemy import JSON, Column, DateTime, Dialect, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from tms_chat.core.clock import from_iso, iso

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# The epoch of this history, and the hash of the set-up link.
meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))


@overload
def moment(value: str | datetime) -> datetime: ...
@overload
def moment(value: str | datetime | None) -> datetime | None: ...
def moment(value: str | datetime | None) -> datetime | None:
    """An `Instant` as a driver gives it to a prepared statement: text on SQLite, a time on PostgreSQL."""
    return from_iso(value) if isinstance(value, str) else value


def shown(value: str | datetime | None) -> str | None:
    """The same as the wire shows it, which is the text that SQLite stores."""
    return value if value is None or isinstance(value, str) else iso(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time: `timestamptz` on PostgreSQL, ISO 8601 text with six digits (sortable) on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else iso(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return from_iso(value) if isinstance(value, str) else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value, kept to the letter: `json` on PostgreSQL (`jsonb` would reorder keys), text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSON() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return orjson.loads(value) if isinstance(value, str) and dialect.name != "postgresql" else value
