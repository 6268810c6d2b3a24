"""Values as text: what `string()` gives, and how messages show a value."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.feel import temporal
from bpmn.feel.values import (
    KNOWN,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Function,
    Range,
    Time,
    Value,
    YearsMonths,
    number_text,
    take_in,
)

_MAXIMUM_PARTS = 100_000
_SHOWN = 80
_ZERO = {"dmn": ("P0M", "PT0S"), "camunda": ("P0Y", "P0D")}


def text_of(value: Value, dialect: str = "dmn") -> str:
    """A value as `string()` writes it; a string is itself."""
    if type(value) is str:
        return value
    return _written(value, dialect, [_MAXIMUM_PARTS])


def shown(value: Value) -> str:
    """A value in a message, cut at 80 characters."""
    try:
        text = _written(value, "dmn", [1000])
    except EvaluationError:
        return f"a large {kind_of(value)}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def kind_of(value: Value) -> str:
    """The FEEL name of a value's type."""
    return _KINDS.get(type(value)) or _KINDS.get(type(take_in(value)), "value")


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    YearsMonths: "years and months duration",
    DaysTime: "days and time duration",
    Range: "range",
    Function: "function",
}


def _written(value: Value, dialect: str, budget: list[int]) -> str:
    budget[0] -= 1
    if budget[0] < 0:
        raise EvaluationError(f"A value with more than {_MAXIMUM_PARTS} parts cannot be written as text.")
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is list:
        return "[" + ", ".join(_written(item, dialect, budget) for item in value) + "]"
    if kind is dict:
        return _context(value, dialect, budget)
    if kind is Range:
        return _range(value, dialect, budget)
    return _scalar(value, dialect, budget)


def _scalar(value: Value, dialect: str, budget: list[int]) -> str:
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if type(value) in (YearsMonths, DaysTime):
        return temporal.duration_text(_whole_seconds(value) if dialect == "camunda" else value, _ZERO[dialect])
    return _written(take_in(value), dialect, budget) if type(value) not in KNOWN else str(value)


def _whole_seconds(value: YearsMonths | DaysTime) -> YearsMonths | DaysTime:
    """Camunda leaves fractions of a second out of a duration's text."""
    if type(value) is not DaysTime or value.nanoseconds % SECOND == 0:
        return value
    seconds = abs(value.nanoseconds) // SECOND * SECOND
    return DaysTime(-seconds if value.nanoseconds < 0 else seconds)


_WRITERS: dict[type, Callable[[Any], str]] = {
    int: str,
    Decimal: number_text,
    Date: temporal.date_text,
    Time: temporal.time_text,
    DateTime: temporal.date_time_text,
    Function: lambda value: f"function({', '.join(value.parameters)})",
}


def _context(value: dict[str, Value], dialect: str, budget: list[int]) -> str:
    if dialect == "camunda":
        # Camunda writes the texts of a context without quotation marks, those of a list with them.
        entries = [
            f"{key}:{item if type(item) is str else _written(item, dialect, budget)}" for key, item in value.items()
        ]
    else:
        entries = [f"{_key(key)}: {_written(item, dialect, budget)}" for key, item in value.items()]
    return "{" + ", ".join(entries) + "}"


def _key(key: str) -> str:
    return key if key and not set(key) & set('{}[]:,"') else _quoted(key)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _range(value: Range, dialect: str, budget: list[int]) -> str:
    if value.operator:
        operand = value.end if value.operator in ("<", "<=") else value.start
        return f"({value.operator} {_written(operand, dialect, budget)})"
    start = "[" if value.start_included else "("
    end = "]" if value.end_included else ")"
    return f"{start}{_written(value.start, dialect, budget)}..{_written(value.end, dialect, budget)}{end}"
