"""Rows as JSON, the same from both databases and for both: what SQLite and PostgreSQL write differently is named here.

A table stands in the backup with the names and kinds of its columns, so that an older backup fits into the schema it
was made from, which restoring makes first and then brings up to date.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from tms_chat.core.clock import from_iso, iso
from tms_chat.core.errors import StartError
from tms_chat.db.migrate import SEARCH_INDEX, VERSION_TABLE
from tms_chat.db.types import Instant, Json, metadata

#: By kind; Instant and Json are text on SQLite.
KINDS: Final[Mapping[str, type[TypeEngine[Any]]]] = {
    "instant": Instant,
    "json": Json,
    "boolean": Boolean,
    "integer": BigInteger,
    "float": Float,
    "text": Text,
}
#: A reply stands behind what it answers. Other tables are in the order of their keys.
ORDER: Final = {"messages": ("conversation_id", "number")}
#: Not of the schema: the version of it, and the tables inside the index of SQLite's search, which triggers fill.
ELSEWHERE: Final = (VERSION_TABLE, SEARCH_INDEX)


def stored_tables(connection: Connection) -> list[Table]:
    """All tables, those that others point at first. Raises StartError for one that this code does not know."""
    found = {name for name in inspect(connection).get_table_names() if not name.startswith(ELSEWHERE)}
    unknown = sorted(found ^ metadata.tables.keys())
    if unknown:
        raise StartError(f"The database is not as this version of TMS Chat made it (table {unknown[0]}).")
    return metadata.sorted_tables


def columns_of(table: Table) -> dict[str, str]:
    """Name and kind of each column that is kept. A counter of the database's own is counted anew."""
    return {
        str(column.name): _kind(column)
        for column in table.columns
        if not (column.primary_key and column is table.autoincrement_column)
    }


def rows_of(table: Table) -> Select[Any]:
    """All rows, always in the same order."""
    order = [table.c[name] for name in ORDER.get(table.name, ())] or [*table.primary_key.columns]
    return select(*(table.c[name] for name in columns_of(table))).order_by(*order)


def as_values(row: Sequence[Any]) -> list[Any]:
    """A row for JSON."""
    return [iso(value) if isinstance(value, datetime) else value for value in row]


def as_table(name: str, columns: Mapping[str, str]) -> Table:
    """The table to put them back into, as it was."""
    return Table(name, MetaData(), *(Column(column, KINDS[kind]()) for column, kind in columns.items()))


def from_values(columns: Mapping[str, str], values: Sequence[Any]) -> dict[str, Any]:
    """The inverse of `as_values`, as parameters."""
    return {
        name: from_iso(value) if kind == "instant" and value is not None else value
        for (name, kind), value in zip(columns.items(), values, strict=True)
    }


def schema_of(connection: Connection) -> str | None:
    """The version of the schema; None of an empty database."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return version


def _kind(column: Column[Any]) -> str:
    for kind, type_ in KINDS.items():
        if isinstance(column.type, type_):
            return kind
    if isinstance(column.type, Integer):
        return "integer"
    raise AssertionError(f"{column} has a type that no backup knows")
