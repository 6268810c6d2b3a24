"""The methods of Java's numbers and booleans."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn.juel.operators import arithmetic, number


def _number(value: Any) -> int | float | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(value)
    return value


def _compare(value: Any, other: Any) -> int:
    return int(value > _number(other)) - int(value < _number(other))


def _calculates(operator: str) -> Callable[[Any, Any], Any]:
    return lambda value, other: arithmetic(operator, value, _number(other))


NUMBER: dict[str, Callable[..., Any]] = {
    "equals": lambda value, other: not isinstance(other, bool | str) and other is not None and value == number(other),
    "compareTo": _compare,
    "intValue": int,
    "longValue": int,
    "shortValue": int,
    "doubleValue": float,
    "floatValue": float,
    "abs": abs,
    "negate": lambda value: -value,
    "signum": lambda value: (value > 0) - (value < 0),
    "add": _calculates("+"),
    "subtract": _calculates("-"),
    "multiply": _calculates("*"),
    "divide": _calculates("/"),
    "max": lambda value, other: max(value, _number(other)),
    "min": lambda value, other: min(value, _number(other)),
}
BOOLEAN: dict[str, Callable[..., Any]] = {
    "booleanValue": lambda value: value,
    "equals": lambda value, other: isinstance(other, bool) and value == other,
    "compareTo": lambda value, other: (value > bool(other)) - (value < bool(other)),
}
