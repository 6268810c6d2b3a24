"""The values of FEEL in Python, and the border between them and what callers hold.

number                       `int` or `decimal.Decimal` (34 digits, half-even); `float` is taken in through its repr
string, boolean, null        `str`, `bool`, `None`
list, context                `list`, `dict` with string keys
date, time, date and time    `Date`, `Time`, `DateTime` below: years to 999,999,999, nanoseconds, the zone kept
durations                    `YearsMonths` (whole months) and `DaysTime` (whole nanoseconds)
range                        `Range`
function                     `Function`

Python's own `date`, `time`, `datetime` and `timedelta` are accepted wherever a value comes in; `to_python` gives them
back where they can hold the value.
"""

from __future__ import annotations

import datetime as python
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from bpmn.errors import EvaluationError

Value = Any

DIGITS = 34
DECIMAL = Context(prec=DIGITS, Emin=-6143, Emax=6144, traps=[])
SECOND = 1_000_000_000
DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the proleptic Gregorian calendar; the year may be negative (ISO 8601, year 0 exists)."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day. `offset` is seconds east of UTC, `zone` an IANA name; both None for a local time."""

    hour: int
    minute: int
    second: int
    nanosecond: int = 0
    offset: int | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date and a time of day."""

    date: Date
    time: Time


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A years and months duration, in whole months."""

    months: int


@dataclass(frozen=True, slots=True)
class DaysTime:
    """A days and time duration, in whole nanoseconds."""

    nanoseconds: int


@dataclass(frozen=True, slots=True)
class Range:
    """An interval. A None end is open to that side.

    `operator` is set for `(< 10)` and its kin, which only equal their like.
    """

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True
    operator: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function value: its parameter names and what it does with them. `types` are checked by whoever calls."""

    parameters: tuple[str, ...]
    call: Callable[[Sequence[Value]], Value]
    types: tuple[Any, ...] = ()
    builtin: Any = None


_MAXIMUM_PARTS = 1_000_000
KNOWN: frozenset[type] = frozenset(
    {int, str, bool, type(None), Decimal, list, dict, Date, Time, DateTime, YearsMonths, DaysTime, Range, Function}
)
NUMBERS: frozenset[type] = frozenset({int, Decimal})
_PLAIN = KNOWN - {list, dict}
_TEXT = frozenset({str})


def take_in(value: Any) -> Value:
    """Any Python value as a FEEL value, nested ones too; what FEEL has no word for becomes its text.

    A float that is not finite becomes null. Lists and contexts that need no change are not copied. Raises
    `EvaluationError` for a value with more than a million parts, or nested too deeply.
    """
    kind = type(value)
    if kind in _PLAIN or (kind is list and _is_flat_list(value)) or (kind is dict and _is_flat(value)):
        return value
    try:
        return _take_in(value, [_MAXIMUM_PARTS])
    except RecursionError:
        raise EvaluationError("A value is nested too deeply. Make lists and contexts flatter.") from None


def _is_flat(value: dict[Any, Any]) -> bool:
    return _PLAIN.issuperset(map(type, value.values())) and _TEXT.issuperset(map(type, value))


def _is_flat_list(value: list[Any]) -> bool:
    """Whether a list holds plain values, or rows of them: what most results are."""
    if not value or type(value[0]) is not dict:
        return _PLAIN.issuperset(map(type, value))
    # Rows are short: going through them here takes half of the time that sets of their types take.
    for row in value:
        if type(row) is not dict:
            return False
        for key, part in row.items():
            if type(part) not in _PLAIN or type(key) is not str:
                return False
    return True


def _take_in(value: Any, budget: list[int]) -> Value:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return from_float(value)
    if kind is list or kind is dict:
        budget[0] -= len(value) + 1
        if budget[0] < 0:
            raise EvaluationError(f"A value with more than {_MAXIMUM_PARTS} parts is too large.")
        return _take_in_list(value, budget) if kind is list else _take_in_dict(value, budget)
    return _take_in_foreign(value, budget)


def _take_in_list(value: list[Any], budget: list[int]) -> Value:
    if _is_flat_list(value):
        return value
    changed = value
    for place, item in enumerate(value):
        if type(item) not in _PLAIN and (taken := _take_in(item, budget)) is not item:
            changed = value[:] if changed is value else changed
            changed[place] = taken
    return changed


def _take_in_dict(value: dict[Any, Any], budget: list[int]) -> Value:
    if not _TEXT.issuperset(map(type, value)):
        value = {str(key): item for key, item in value.items()}
    if _PLAIN.issuperset(map(type, value.values())):
        return value
    changed = value
    for key, item in value.items():
        if type(item) not in _PLAIN and (taken := _take_in(item, budget)) is not item:
            changed = value.copy() if changed is value else changed
            changed[key] = taken
    return changed


def _take_in_foreign(value: Any, budget: list[int]) -> Value:
    if isinstance(value, float):
        return from_float(float(value))
    if isinstance(value, Decimal):
        return Decimal(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return _take_in_dict(dict(value), budget)
    if isinstance(value, list | tuple | set | frozenset):
        return _take_in_list(list(value), budget)
    return _from_python_time(value)


def from_float(value: float) -> Decimal | int | None:
    """The number that the float's shortest text names; null for infinities and NaN."""
    found = _NUMBERS_OF_FLOATS.get(value)
    if found is None and math.isfinite(value):
        if len(_NUMBERS_OF_FLOATS) > _MAXIMUM_FLOATS:
            _NUMBERS_OF_FLOATS.clear()
        found = int(value) if value.is_integer() and abs(value) < 2**53 else Decimal(repr(value))
        _NUMBERS_OF_FLOATS[value] = found
    return found


# A price comes in again and again, and reading its text takes ten times as long as finding it here.
_NUMBERS_OF_FLOATS: dict[float, Decimal | int] = {}
_MAXIMUM_FLOATS = 10_000


def _from_python_time(value: Any) -> Value:
    if isinstance(value, python.datetime):
        return DateTime(Date(value.year, value.month, value.day), _time_from_python(value))
    if isinstance(value, python.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, python.time):
        return _time_from_python(value)
    if isinstance(value, python.timedelta):
        return DaysTime((value // python.timedelta(microseconds=1)) * 1000)
    return str(value)


def _time_from_python(value: python.datetime | python.time) -> Time:
    offset, zone = None, None
    if value.tzinfo is not None:
        zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        between = value.utcoffset()
        offset = int(between.total_seconds()) if zone is None and between is not None else None
    return Time(value.hour, value.minute, value.second, value.microsecond * 1000, offset, zone)


def to_python(value: Value) -> Any:
    """A temporal value as Python's own type; anything else as it is.

    Nanoseconds below a microsecond are cut. Raises `ValueError` or `OverflowError` outside the years 1 to 9999. A
    YearsMonths has no Python type and stays.
    """
    if type(value) is Date:
        return python.date(value.year, value.month, value.day)
    if type(value) is Time:
        return _time_to_python(value)
    if type(value) is DateTime:
        return python.datetime.combine(to_python(value.date), _time_to_python(value.time))
    if type(value) is DaysTime:
        return python.timedelta(microseconds=value.nanoseconds // 1000)
    return value


def _time_to_python(value: Time) -> python.time:
    zone: python.tzinfo | None = None
    if value.zone is not None:
        zone = ZoneInfo(value.zone)
    elif value.offset is not None:
        zone = python.timezone(python.timedelta(seconds=value.offset))
    return python.time(value.hour, value.minute, value.second, value.nanosecond // 1000, tzinfo=zone)


def tidy(number: Decimal) -> Decimal | None:
    """A result of decimal arithmetic as FEEL has it: null when it is not finite."""
    return number if number.is_finite() else None


def number_text(number: int | Decimal) -> str:
    """A number as FEEL writes it: no exponent, no trailing zeros after the point, no negative zero."""
    if type(number) is int:
        return str(number)
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def fits_exactly(number: Decimal) -> bool:
    """Whether a number has at most 34 significant digits."""
    with localcontext(DECIMAL) as context:
        context.clear_flags()
        context.plus(number)
        return not context.flags[Inexact]
