"""Comparisons: what a column or a variable must be, as plain data, turned into SQL that an index serves.

Operators are eq, neq, gt, gte, lt, lte, in, not_in, like (`*` any text, `?` one character; upper and lower case differ)
and exists (value true or false).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, exists, false, or_, select, type_coerce

from engine.errors import InvalidInput
from engine.store.columns import to_json
from engine.store.sort_keys import NUMBER, TEXT, is_exact, sort_key
from engine.store.tables import instances, variables

Json = Any
Sql = ColumnElement[bool]

_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
_SIMPLE: Mapping[str, Callable[[Any, Any], Any]] = {"eq": eq, "neq": ne, **_ORDER}
OPERATORS = (*_SIMPLE, "in", "not_in", "like", "exists")
_AFTER_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the column or variable `name` must be."""

    name: str
    operator: str
    value: Json


def column_is(column: Any, wanted: Comparison, *, is_sqlite: bool) -> Sql:
    """The condition on a column. Raises `InvalidInput` for an operator that is none."""
    value, operator = wanted.value, wanted.operator
    if operator in _SIMPLE:
        compared: Sql = _SIMPLE[operator](column, value)
        return compared
    if operator == "exists":
        return column.is_not(None) if value else column.is_(None)  # type: ignore[no-any-return]
    if operator in ("in", "not_in"):
        listed: Sql = column.in_(_list(wanted))
        return listed if operator == "in" else ~listed
    if operator == "like":
        return _like(column, str(value), is_sqlite=is_sqlite)
    raise _no_such(wanted)


def variable_is(wanted: Comparison, *, is_sqlite: bool) -> Sql:
    """The condition that an instance has such a variable, in whichever of its scopes; `exists` false: has none."""
    if wanted.operator == "exists" and not wanted.value:
        return ~exists(_having(wanted.name).where(variables.c.instance_key == instances.c.key))
    if wanted.operator == "exists":
        return instances.c.key.in_(_having(wanted.name))
    return instances.c.key.in_(_having(wanted.name).where(_value_is(wanted, is_sqlite=is_sqlite)))


def _having(name: str) -> Select[Any]:
    return select(variables.c.instance_key).where(variables.c.name == name)


def _value_is(wanted: Comparison, *, is_sqlite: bool) -> Sql:
    operator, value = wanted.operator, wanted.value
    if operator == "eq":
        return _equals(value)
    if operator == "neq":
        return ~_equals(value)
    if operator == "in":
        return or_(false(), *(_equals(one) for one in _list(wanted)))
    if operator == "not_in":
        return and_(*(~_equals(one) for one in _list(wanted)))
    if operator in _ORDER:
        return _ordered(wanted)
    if operator == "like":
        return _text_like(str(value), is_sqlite=is_sqlite)
    raise _no_such(wanted)


def _equals(value: Json) -> Sql:
    same = variables.c.sort_key == sort_key(value)
    return same if is_exact(value) else and_(same, variables.c.value == value)


def _ordered(wanted: Comparison) -> Sql:
    """Within the values of its kind: a number is neither less nor more than a text."""
    if isinstance(wanted.value, bool) or not isinstance(wanted.value, int | float | str):
        raise InvalidInput(f"Only numbers and texts have an order; '{wanted.name}' is compared with neither.")
    kind = TEXT if isinstance(wanted.value, str) else NUMBER
    key = variables.c.sort_key
    return and_(key >= kind, key < chr(ord(kind) + 1), _ORDER[wanted.operator](key, sort_key(wanted.value)))


def _text_like(pattern: str, *, is_sqlite: bool) -> Sql:
    """A text by its pattern; the part before the first wildcard finds it in the index."""
    start = TEXT + pattern[: min((pattern + "*?").index(sign) for sign in "*?")][:50]
    key = variables.c.sort_key
    quoted = to_json(pattern)  # the value is JSON text: what is escaped there is escaped here
    return and_(key >= start, key < start + _AFTER_LAST, _like(_raw_value(), quoted, is_sqlite=is_sqlite))


def _raw_value() -> Any:
    return type_coerce(variables.c.value, Text)


def _like(column: Any, pattern: str, *, is_sqlite: bool) -> Sql:
    if is_sqlite:  # its LIKE takes upper and lower case for the same
        return column.op("GLOB")(pattern.replace("[", "[[]"))  # type: ignore[no-any-return]
    for sign in "\\%_":
        pattern = pattern.replace(sign, "\\" + sign)
    return column.like(pattern.replace("*", "%").replace("?", "_"), escape="\\")  # type: ignore[no-any-return]


def _list(wanted: Comparison) -> Sequence[Json]:
    if not isinstance(wanted.value, list | tuple):
        raise InvalidInput(f"'{wanted.name}' is compared by {wanted.operator}, which takes a list.")
    return wanted.value


def _no_such(wanted: Comparison) -> InvalidInput:
    known = ", ".join(OPERATORS)
    return InvalidInput(f"'{wanted.name}' is compared by '{wanted.operator[:40]}', which is none of {known}.")
