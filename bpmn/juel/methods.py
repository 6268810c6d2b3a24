"""The methods and properties that values answer to in JUEL: tables only, no attribute of a Python object is reached."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.juel import spin, spin_xml
from bpmn.juel.budget import Budget
from bpmn.juel.containers import CHANGING, LIST, MAP
from bpmn.juel.dates import DATE, MOMENT, moment
from bpmn.juel.decision_results import ROW, ROWS
from bpmn.juel.figures import BOOLEAN, NUMBER
from bpmn.juel.hosts import HostObject
from bpmn.juel.operators import equal, number, shown, text
from bpmn.juel.texts import REGULAR, TEXT

Table = dict[str, Callable[..., Any]]
_PLAIN = (str, int, float, Decimal, bool, list, dict, datetime.date, datetime.time, type(None))
_ANY: Table = {"equals": equal, "toString": text}
_TABLES: tuple[tuple[Any, Table], ...] = (
    (str, _ANY | TEXT),
    (bool, _ANY | BOOLEAN),
    ((int, float, Decimal), _ANY | NUMBER),
    (list, _ANY | LIST | ROWS),
    (dict, _ANY | MAP | ROW),
    (datetime.datetime, _ANY | MOMENT),
    (datetime.date, _ANY | DATE),
)
KNOWN = (
    frozenset(name for _, table in _TABLES for name in table)
    | frozenset(REGULAR)
    | frozenset(spin.METHODS)
    | spin_xml.METHODS
)


def call(value: Any, method: str, args: Sequence[Any], budget: Budget) -> Any:
    """A method of a value. Raises `EvaluationError` for one it does not have, or arguments that do not fit."""
    if isinstance(value, spin.Node) or _is_host(value):
        return value.call(method, args)
    if value is None:
        raise EvaluationError(f"'{method}' cannot be called: the value before it is null.")
    known = _found(value, method, budget)
    if known is None:
        return _otherwise(value, method, args, budget)
    try:
        return known(value, *args)
    except (TypeError, ValueError, IndexError, OverflowError, ArithmeticError) as error:
        raise EvaluationError(f"'{method}' of {shown(value)} cannot be used with {_listed(args)}.") from error


def _is_host(value: Any) -> bool:
    return not isinstance(value, _PLAIN) and isinstance(value, HostObject)


def _table(value: Any) -> Table:
    return next((table for kind, table in _TABLES if isinstance(value, kind)), _ANY)


def _found(value: Any, method: str, budget: Budget) -> Callable[..., Any] | None:
    if isinstance(value, str) and method in REGULAR:
        regular = REGULAR[method]
        return lambda *given: regular(budget, *given)
    return _table(value).get(method)


def _otherwise(value: Any, method: str, args: Sequence[Any], budget: Budget) -> Any:
    """What Camunda 7 keeps as a date, a bean or Spin's JSON is text or plain JSON in Baton's variables."""
    if isinstance(value, str) and method in MOMENT and (date := moment(value)) is not None:
        return call(date, method, args, budget)
    if isinstance(value, dict) and not args and (name := _property(value, method)) is not None:
        return value[name]
    if isinstance(value, dict | list) and method in spin.METHODS:
        return spin.Node(value).call(method, args)
    if isinstance(value, dict | list) and method in CHANGING:
        raise EvaluationError(
            f"'{method}' would change a variable in place. Set a new value with execution.setVariable."
        )
    offered = ", ".join(sorted(_table(value)))
    raise EvaluationError(f"{shown(value)} has no method '{method}'. It has: {offered}.")


def _property(entries: dict[str, Any], method: str) -> str | None:
    """The entry that a getter reads: `getName()` reads `name`, `isPaid()` reads `paid`."""
    for prefix in ("get", "is"):
        rest = method.removeprefix(prefix)
        name = rest[:1].lower() + rest[1:]
        if rest not in (method, "") and name in entries:
            return name
    return None


def _listed(args: Sequence[Any]) -> str:
    return f"({', '.join(shown(arg) for arg in args)})"


def member(value: Any, name: Any) -> Any:
    """`value.name` and `value[name]`: an entry of a map, an item of a list, a property of an object."""
    if value is None:
        return None
    if isinstance(value, spin.Node):
        value = value.value
    if isinstance(value, dict):
        return value.get(name if isinstance(name, str) else text(name))
    if isinstance(value, list):
        return _of_rows(value, name) if f"get{_capital(name)}" in ROWS else _item(value, name)
    if _is_host(value):
        return value.get(text(name))
    word = text(name)
    getter = _table(value).get(f"get{_capital(word)}")
    if getter is None:
        raise EvaluationError(f"{shown(value)} has no property '{word[:80]}'.")
    return getter(value)


def _capital(name: Any) -> str:
    return f"{name[:1].upper()}{name[1:]}" if isinstance(name, str) else ""


def _of_rows(rows: list[Any], name: str) -> Any:
    """A property of a decision's result, such as `decisionResult.singleResult`."""
    return call(rows, f"get{_capital(name)}", (), Budget())


def _item(items: list[Any], index: Any) -> Any:
    """Indexes count from 0; beyond the end there is null."""
    if isinstance(index, str) and not index.lstrip("-").isdecimal():
        raise EvaluationError(f"A list has no property '{index[:80]}'. Its length is .size().")
    place = int(number(index))
    return items[place] if 0 <= place < len(items) else None
