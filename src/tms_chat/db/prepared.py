"""Statements that are compiled once: written in SQLAlchemy Core like all others, run without its execution layer.

The execution layer costs more than SQLite's answer does. What it would do to the values is left out with it: rows are
tuples as the driver makes them (times are text on SQLite, flags are numbers there, JSON is text on both).

A question of several statements is a *plan*: a generator that yields them and is sent their rows. It waits for nothing
itself, so it runs without a thread on SQLite and between round trips on PostgreSQL, and it may run a second time.
"""

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, ParamSpec, TypeVar

import orjson
from sqlalchemy import ARRAY, ColumnElement, Dialect, Select, Text, bindparam, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine

Row = Sequence[Any]
Rows = Sequence[Row]
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
PARAMETER = re.compile(r"\$([0-9]+)")


class Prepared:
    """A SELECT and the order in which its parameters (`bindparam`s by these names) are given."""

    def __init__(self, statement: Select[Any], *names: str) -> None:
        self._statement = statement
        self._names = names
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: str) -> "Compiled":
        """For `sqlite` or `postgresql`; made at the first use."""
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = _compile(self._statement, self._names, DIALECTS[dialect])
        return found

    def types(self, dialect: str) -> list[str]:
        """The names of its columns' types."""
        return [column.type.compile(DIALECTS[dialect]) for column in self._statement.selected_columns]


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL as the driver takes it, and what makes its parameters, in their places, from the given ones."""

    sql: str
    bind: Callable[[tuple[Any, ...]], Sequence[Any]]
    count: int


class Together:
    """Statements that wait for nothing of each other, asked at once: values are a tuple for each, and so are the rows.

    On PostgreSQL they are one statement, hence one round trip and one snapshot: `main` may have many rows, those of
    the others come packed into a single one before them. SQLite, where nothing is far away, is asked one by one.
    """

    def __init__(self, main: Prepared, *beside: Prepared) -> None:
        self.main = main
        self.beside = beside
        self.parts = (main, *beside)

    @cached_property
    def packed(self) -> str:
        """The one statement, for PostgreSQL."""
        written, count = [], 0
        for part in self.parts:
            compiled = part.compiled("postgresql")
            written.append(PARAMETER.sub(partial(_moved, count), compiled.sql))
            count += compiled.count
        main, *beside = written
        head = ", ".join(f"(SELECT array_agg(rows_of) FROM ({sql}) rows_of)" for sql in beside)
        nothing = ", ".join(f"NULL::{name}" for name in self.main.types("postgresql"))
        before = "NULL, " * len(beside)
        return f"SELECT {head}, {nothing} UNION ALL SELECT {before}main.* FROM ({main}) main"

    def bind(self, values: tuple[tuple[Any, ...], ...]) -> list[Any]:
        """The parameters of it."""
        given = zip(self.parts, values, strict=True)
        return [value for part, of_part in given for value in part.compiled("postgresql").bind(of_part)]

    def unpacked(self, rows: Sequence[Any]) -> tuple[Rows, ...]:
        """The rows of each, from those of the one statement."""
        count = len(self.beside)
        return [row[count:] for row in rows[1:]], *(found or () for found in rows[0][:count])


Asked = tuple[Prepared | Together, tuple[Any, ...]]
#: What a plan is sent are the rows of what it asked for; those of each in a tuple where it asked for several.
Steps = Generator[Asked, Any, Result]
Plan = Callable[Arguments, Steps[Result]]


class among(ColumnElement[bool]):  # noqa: N801  (used like a function: `where(among(c.id, "ids"))`)
    """A column's value is in the list given as this parameter: one statement however long the list is."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.parameter = bindparam(name, type_=TextList())


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: Any, **options: Any) -> str:
    listed = compiler.process(element.parameter, **options)
    return f"{compiler.process(element.column, **options)} IN (SELECT value FROM json_each({listed}))"


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: Any, **options: Any) -> str:
    listed = compiler.process(element.parameter, **options)
    return f"{compiler.process(element.column, **options)} = ANY ({listed})"


class among_pairs(ColumnElement[bool]):  # noqa: N801
    """A text column and an integer one have two values that are together in the list of pairs given as this parameter.

    The values are cast to what the columns are: without that, SQLite looks for one of them only.
    """

    inherit_cache = False

    def __init__(self, text: ColumnElement[Any], number: ColumnElement[Any], name: str) -> None:
        self.text = text
        self.number = number
        self.parameter = bindparam(name, type_=JsonPairs())


@compiles(among_pairs, "sqlite")
def _pairs_sqlite(element: among_pairs, compiler: Any, **options: Any) -> str:
    listed = compiler.process(element.parameter, **options)
    pairs = f"SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS INTEGER) FROM json_each({listed})"
    return _in_pairs(element, compiler, pairs, options)


@compiles(among_pairs, "postgresql")
def _pairs_postgresql(element: among_pairs, compiler: Any, **options: Any) -> str:
    listed = compiler.process(element.parameter, **options)
    pairs = f"SELECT pair ->> 0, (pair ->> 1)::bigint FROM json_array_elements(CAST({listed} AS json)) AS pair"
    return _in_pairs(element, compiler, pairs, options)


def _in_pairs(element: among_pairs, compiler: Any, pairs: str, options: Any) -> str:
    columns = ", ".join(compiler.process(column, **options) for column in (element.text, element.number))
    return f"({columns}) IN ({pairs})"


class JsonPairs(TypeDecorator[Sequence[tuple[str, int]]]):
    """Pairs as a JSON text, on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return orjson.dumps(value).decode()


class TextList(TypeDecorator[Sequence[str]]):
    """Strings: an array on PostgreSQL, a JSON list on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else orjson.dumps(list(value)).decode()


class version(ColumnElement[str]):  # noqa: N801
    """See `SNAPSHOT`."""

    inherit_cache = False
    type = Text()


@compiles(version)
def _version(element: version, compiler: Any, **options: Any) -> str:
    # Which transactions are seen. Another server with the same numbers (a copy, a restored one) was started later.
    return "(pg_current_snapshot()::text || '@' || pg_postmaster_start_time()::text)"


#: What tells snapshots apart: the same value, and nobody has committed anything in between, in no process. A reader of
#: SQLite knows it without a statement.
SNAPSHOT = Prepared(select(version()))

DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": asyncpg.dialect(),  # type: ignore[no-untyped-call]
}


def _compile(statement: Select[Any], names: tuple[str, ...], dialect: Dialect) -> Compiled:
    compiled: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    # What was written as a value in the statement is a parameter too, with a value of its own.
    constants = tuple(value for name, value in compiled.params.items() if name not in names)
    known = {name: place for place, name in enumerate((*names, *(n for n in compiled.params if n not in names)))}
    missing = set(names) - set(compiled.params)
    assert not missing, f"not in the statement: {missing}"
    order = [known[name] for name in compiled.positiontup]
    processors = compiled._bind_processors
    special = [(place, processors[name]) for name, place in known.items() if name in processors]
    return Compiled(str(compiled), _binder(order, constants, special, len(names)), len(order))


def _moved(by: int, found: re.Match[str]) -> str:
    return f"${int(found[1]) + by}"


def _binder(
    order: list[int], constants: tuple[Any, ...], special: list[tuple[int, Callable[[Any], Any]]], given: int
) -> Callable[[tuple[Any, ...]], Sequence[Any]]:
    in_place = order == list(range(given)) and not constants
    pick = itemgetter(*order) if len(order) > 1 else lambda values: tuple(values[place] for place in order)

    def bind(values: tuple[Any, ...]) -> Sequence[Any]:
        assert len(values) == given
        if special:
            changed = [*values, *constants]
            for place, process in special:
                changed[place] = process(changed[place])
            return pick(changed)
        return values if in_place else pick((*values, *constants))

    return bind
