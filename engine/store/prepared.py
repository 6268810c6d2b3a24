"""Statements that are compiled once and run on the driver itself.

SQLAlchemy's own execution costs five to ten times what the driver takes for a small statement, and a verb runs about
ten of them. So the statements of the verbs are written in Core, compiled by Core for the database at hand, and from
then on only their parameters are converted (by Core's own type processors). Whoever listens to SQLAlchemy's
events gets the ordinary execution, statement for statement the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    Text,
    bindparam,
    exc,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal, iterate
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.store.columns import to_json
from engine.store.link import Link
from engine.store.many_rows import ManyRows, many_rows

Convert = Callable[[Any], Any]
Parameters = Mapping[str, Any] | tuple[Any, ...]


class Rows:
    """The rows of a statement, as plain tuples. Offers the part of SQLAlchemy's result that the store uses."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[tuple[Any, ...]], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows)

    def all(self) -> list[tuple[Any, ...]]:
        return self._rows

    def first(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> list[Any]:
        return [row[0] for row in self._rows]


class Prepared:
    """A statement of Core that is run often. Immutable; shared by threads and databases.

    With `names`, its parameter sets are tuples of values in this order; it is for those that write many rows.
    """

    def __init__(self, statement: Any, names: Sequence[str] = ()) -> None:
        self.statement = statement
        self.names = tuple(names)
        self._takes_columns: bool = statement.is_insert and not names
        self._compiled: dict[Any, _Compiled] = {}

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables that it reads or writes."""
        found = {one.name for one in iterate(self.statement) if isinstance(one, Table)}
        return frozenset(found | {self.statement.table.name})

    @cached_property
    def is_movable(self) -> bool:
        """Whether it may come before writes to other tables: the database does not compare its rows with theirs."""
        table = self.statement.table
        targets = {key.column.table for other in table.metadata.tables.values() for key in other.foreign_keys}
        return table not in targets and not table.foreign_keys

    def named(self, parameters: Any) -> Any:
        """Parameters as SQLAlchemy takes them."""
        if not self.names:
            return parameters
        many = [dict(zip(self.names, values, strict=True)) for values in _each(parameters)]
        return many if isinstance(parameters, list) else many[0]

    def run(self, link: Link, parameters: Parameters | Sequence[Parameters] | None) -> Rows:
        """Run it once, or for each of many parameter sets, on the driver."""
        if isinstance(parameters, list):
            if len(parameters) > 1:
                return self.compiled(link.dialect, parameters[0]).run_many(link, parameters)
            parameters = parameters[0]
        one: Parameters = parameters or {}  # type: ignore[assignment]
        return self.compiled(link.dialect, one).run(link, one)

    def compiled(self, dialect: Dialect, sample: Parameters) -> _Compiled:
        """The statement for this database, and, if it takes its columns from its parameters, for those named so."""
        key = (dialect.name, *sample) if self._takes_columns else dialect.name
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _Compiled(self, dialect, list(self.names or sample))
        return compiled


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that changes rows and waits to be run; `unless` as in `UnitOfWork.write`."""

    statement: Prepared
    parameters: list[Parameters]
    unless: str = ""

    def takes(self, other: Write) -> bool:
        """Whether the other one is of the same kind, so that both can be one."""
        mine, theirs = self.parameters[0], other.parameters[0]
        if self.statement is not other.statement or bool(self.unless) != bool(other.unless):
            return False
        return bool(self.statement.names) or list(mine) == list(theirs)


class Waiting:
    """Writes that the database has not been sent yet, in their order.

    Those of a kind become one where that is the same: nothing that stands between them touches their tables.
    """

    __slots__ = ("_writes",)

    def __init__(self) -> None:
        self._writes: list[Write] = []

    def __bool__(self) -> bool:
        return bool(self._writes)

    def add(self, new: Write) -> None:
        if new.statement.is_movable:
            for earlier in reversed(self._writes):
                if earlier.takes(new):
                    earlier.parameters.extend(new.parameters)
                    return
                if not earlier.statement.tables.isdisjoint(new.statement.tables):
                    break
        self._writes.append(new)

    def add_last(self, new: Write) -> None:
        """As `add`, and it stays by itself at the end."""
        self._writes.append(new)

    def take(self) -> list[Write]:
        """All of them; they wait no longer."""
        writes, self._writes = self._writes, []
        return writes


def run_together(link: Link, writes: Sequence[Write]) -> list[int]:
    """Run statements in their order, on PostgreSQL in one round trip; returns how many rows each changed."""
    try:
        if len(writes) == 1:  # the driver's pipeline costs as much as two statements
            return [_sent(link, writes[0]).rowcount]
        with link.driver.pipeline():
            cursors = [_sent(link, one) for one in writes]
    except link.dialect.loaded_dbapi.Error as error:
        raise _wrapped(link.connection, error, "") from error
    return [cursor.rowcount for cursor in cursors]


def _sent(link: Link, write: Write) -> Any:
    cursor = link.driver.cursor()
    write.statement.compiled(link.dialect, write.parameters[0]).send(cursor, write.parameters)
    return cursor


class _Compiled:
    """The text for one database, and how values go in and come out."""

    def __init__(self, prepared: Prepared, dialect: Dialect, keys: list[str]) -> None:
        statement = prepared.statement
        # Only an insert takes its columns from the parameters; the others name theirs.
        compiled = statement.compile(dialect=dialect, column_keys=keys if statement.is_insert else None)
        self.text = str(compiled)
        self._statement, self._dialect = statement, dialect
        binds: dict[str, BindParameter[Any]] = compiled.binds
        order = compiled.positiontup if compiled.positional else list(binds)
        self._names = None if compiled.positional else order
        given = [name for name in order if binds[name].required]
        self._values_of = _values_of([prepared.names.index(name) for name in given] if prepared.names else given)
        self._inward = [(at, convert) for at, name in enumerate(given) if (convert := _bind(binds[name], dialect))]
        self._fixed = [(at, _fixed(binds[name], dialect)) for at, name in enumerate(order) if not binds[name].required]
        self._changes = bool(self._inward or self._fixed)
        columns = list(getattr(statement, "exported_columns", ()))
        self._has_rows = bool(columns)
        converters = [_result(column.type, dialect) for column in columns]
        self._outward = [(index, convert) for index, convert in enumerate(converters) if convert is not None]

    def run(self, link: Link, parameters: Parameters) -> Rows:
        cursor = link.driver.cursor()
        try:
            cursor.execute(self.text, self._bound(parameters))
        except link.dialect.loaded_dbapi.Error as error:
            raise _wrapped(link.connection, error, self.text) from error
        found = Rows(self._converted(cursor.fetchall()) if self._has_rows else [], cursor.rowcount)
        cursor.close()
        return found

    def run_many(self, link: Link, many: Sequence[Parameters]) -> Rows:
        cursor = link.driver.cursor()
        try:
            self.send(cursor, many)
        except link.dialect.loaded_dbapi.Error as error:
            raise _wrapped(link.connection, error, self.text) from error
        cursor.close()
        return Rows([], cursor.rowcount)

    def send(self, cursor: Any, many: Sequence[Parameters]) -> None:
        """Give it to a cursor of the driver, for one parameter set or many."""
        if len(many) == 1:
            cursor.execute(self.text, self._bound(many[0]))
        elif self._for_many is not None:
            for parameters in self._for_many.parameters(map(self._bound, many)):
                cursor.execute(self._for_many.text, parameters)
        else:
            cursor.executemany(self.text, [self._bound(parameters) for parameters in many])

    @cached_property
    def _for_many(self) -> ManyRows | None:
        return many_rows(self._statement, self._dialect, self._names or ())

    def _bound(self, parameters: Parameters) -> Any:
        values = self._values_of(parameters)
        if self._changes:
            values = list(values)
            for index, convert in self._inward:
                values[index] = convert(values[index])
            for index, value in self._fixed:
                values.insert(index, value)
        return values if self._names is None else dict(zip(self._names, values, strict=True))

    def _converted(self, rows: list[Any]) -> list[tuple[Any, ...]]:
        if not self._outward or not rows:
            return rows
        found = []
        for row in rows:
            values = list(row)
            for index, convert in self._outward:
                values[index] = convert(values[index])
            found.append(tuple(values))
        return found


def _each(parameters: Any) -> Sequence[Any]:
    return parameters if isinstance(parameters, list) else [parameters]


def _values_of(places: Sequence[Any]) -> Callable[[Any], Sequence[Any]]:
    """What takes the values at these names or positions out of a parameter set, in this order."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda parameters: [parameters[place] for place in places]


def _bind(bind: BindParameter[Any], dialect: Dialect) -> Convert | None:
    return bind.type.dialect_impl(dialect).bind_processor(dialect)


def _fixed(bind: BindParameter[Any], dialect: Dialect) -> Any:
    """What stands in the statement itself."""
    convert = _bind(bind, dialect)
    return bind.value if convert is None else convert(bind.value)


def _result(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if dialect.name == "postgresql" and not isinstance(type_, TypeDecorator):
        return None  # psycopg gives Python's own values
    return type_.dialect_impl(dialect).result_processor(dialect, None)


def _wrapped(connection: Connection, error: Any, text: str) -> Exception:
    """SQLAlchemy's error for one of the driver's; a broken connection is given up."""
    driver: Any = connection.connection.dbapi_connection
    is_lost = connection.dialect.is_disconnect(error, driver, None)
    if is_lost:
        connection.invalidate(error)
        connection.engine.dispose()  # what broke one connection broke the others that wait in the pool
    kind = connection.dialect.loaded_dbapi.Error
    wrapped: Exception = exc.DBAPIError.instance(
        text, None, error, kind, connection_invalidated=is_lost, dialect=connection.dialect
    )
    return wrapped


class _List(TypeDecorator[Any]):
    """A list as one parameter: an array for PostgreSQL, JSON for SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.ARRAY(self.item()) if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Convert:
        return list if dialect.name == "postgresql" else lambda values: to_json(list(values))


class OneOf(ColumnElement[bool]):
    """`column IN (...)` with the whole list as one parameter, so that the statement's text is always the same."""

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [  # noqa: RUF012 - SQLAlchemy's base class declares it so
        ("column", InternalTraversal.dp_clauseelement),
        ("values", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: Any, name: str, item: Any = BigInteger) -> None:
        self.column = column
        self.values = bindparam(name, type_=_List(item))

    def self_group(self, against: Any = None) -> Any:
        """As it is. SQLAlchemy would write `(...) = 1` for SQLite, which no index serves."""
        return self


@compiles(OneOf, "sqlite")
def _on_sqlite(element: OneOf, compiler: Any, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.values, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are Core's own text


@compiles(OneOf, "postgresql")
def _on_postgresql(element: OneOf, compiler: Any, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.values, **options)
    return f"{column} = ANY ({values})"
