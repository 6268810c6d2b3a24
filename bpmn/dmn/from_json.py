"""Values of variables, which are JSON, read as what the model says they are: dates and big numbers arrive as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bpmn.feel.temporal import parse_date, parse_date_time, parse_duration, parse_time
from bpmn.feel.values import DECIMAL, Value

Read = Callable[[str], Value]
_WORDS = {"true": True, "false": False}


def _number(text: str) -> Value:
    try:
        number = DECIMAL.create_decimal(text.strip())
    except (ArithmeticError, ValueError):
        return text
    return number if number.is_finite() else text


def _date(text: str) -> Value:
    return parse_date(text) or parse_date_time(text) or text


def _date_time(text: str) -> Value:
    return parse_date_time(text) or parse_date(text) or text


def _time(text: str) -> Value:
    return parse_time(text) or text


def _duration(text: str) -> Value:
    return parse_duration(text) or text


TEMPORAL: Mapping[str, Read] = MappingProxyType(
    {
        "date": _date,
        "time": _time,
        "dateTime": _date_time,
        "date and time": _date_time,
        "days and time duration": _duration,
        "dayTimeDuration": _duration,
        "years and months duration": _duration,
        "yearMonthDuration": _duration,
    }
)
# What Camunda 7 makes of a text by the type of an input column.
OF_COLUMNS: Mapping[str, Read] = MappingProxyType(
    {
        **TEMPORAL,
        "number": _number,
        "integer": _number,
        "long": _number,
        "double": _number,
        "boolean": lambda text: _WORDS.get(text.strip().lower(), text),
    }
)
