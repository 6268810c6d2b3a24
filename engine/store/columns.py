"""Column types that read the same from both databases: times as microseconds, JSON and states as text.

They stand on BIGINT and TEXT, so a migration needs nothing special, and convert with one plain function per value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Dialect, Text, literal_column
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

Convert = Callable[[Any], Any]


# A verb writes its one time into each of its rows: the last answer is the next one, mostly.
_last: tuple[datetime | None, int | None] = (None, None)


def to_micros(at: datetime | None) -> int | None:
    """Microseconds since 1970 in UTC."""
    global _last  # noqa: PLW0603 - one pair, exchanged as a whole
    if at is None:
        return None
    known, answer = _last
    if known is not at:
        answer = (at - _EPOCH) // _MICROSECOND
        _last = (at, answer)
    return answer


def from_micros(value: int | None) -> datetime | None:
    """The aware time, in UTC."""
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def to_json(value: Any) -> str:
    """JSON text, UTF-8 as it is."""
    return _encode(value).decode()


def from_json(text: str | None) -> Any:
    """The value of a JSON text; None for no text."""
    return None if text is None else _decode(text)


class Instant(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Convert:
        return to_micros

    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        return from_micros


class Json(TypeDecorator[Any]):
    """Any JSON value, kept as text. Python's None is the JSON null, never SQL's."""

    impl = Text
    cache_ok = True
    should_evaluate_none = True

    def bind_processor(self, dialect: Dialect) -> Convert:
        return to_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        return from_json


#: Text that sorts by its bytes, as SQLite always does; PostgreSQL would ask its locale.
SortKey = Text().with_variant(Text(collation="C"), "postgresql")


class OptionalJson(Json):
    """JSON text, or SQL's NULL for None."""

    cache_ok = True
    should_evaluate_none = False

    def bind_processor(self, dialect: Dialect) -> Convert:
        return lambda value: None if value is None else to_json(value)


def constant(state: StrEnum) -> ColumnElement[Any]:
    """A state as SQL text. Planners match partial indexes by text; a parameter would hide what it is."""
    return literal_column(f"'{state.value}'")


class State(TypeDecorator[StrEnum]):
    """A state, kept as its word."""

    impl = Text
    cache_ok = True

    def __init__(self, states: type[StrEnum]) -> None:
        super().__init__()
        self.states = states

    def bind_processor(self, dialect: Dialect) -> Convert:
        return str  # drivers treat enumerations in ways of their own

    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        return {state.value: state for state in self.states}.get
