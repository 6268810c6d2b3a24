"""What a dot gives on values that are no contexts: parts of dates, durations and ranges; on a list, of each item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn.feel import temporal
from bpmn.feel.run import Run
from bpmn.feel.text import kind_of
from bpmn.feel.values import KNOWN, SECOND, Date, DateTime, DaysTime, Range, Time, Value, YearsMonths, take_in

Reader = Callable[[Any], Value]
_MAXIMUM_DEPTH = 20


def read(value: Value, name: str, run: Run, column: int, depth: int = 0) -> Value:
    """The property of a value; null with a warning when it has none."""
    kind = type(value)
    if kind is list:
        return _of_each(value, name, run, column, depth)
    if kind is dict:
        found = value.get(name)
        return found if type(found) in KNOWN else take_in(found)
    if kind not in KNOWN:
        return read(take_in(value), name, run, column, depth)
    reader = _PROPERTIES.get(kind, {}).get(name)
    if reader is None:
        run.warn(f"A {kind_of(value)} has no '{name}'.", column)
        return None
    return reader(value)


def _of_each(items: list[Value], name: str, run: Run, column: int, depth: int) -> Value:
    if depth > _MAXIMUM_DEPTH:
        return None
    run.tick(len(items))
    return [read(item, name, run, column, depth + 1) for item in items]


def _signed(part: int) -> Reader:
    def read_part(value: DaysTime) -> int:
        parts = temporal.split_nanoseconds(abs(value.nanoseconds))
        return -parts[part] if value.nanoseconds < 0 else parts[part]

    return read_part


def _years(value: YearsMonths) -> int:
    years = abs(value.months) // 12
    return -years if value.months < 0 else years


def _months(value: YearsMonths) -> int:
    months = abs(value.months) % 12
    return -months if value.months < 0 else months


def _offset(seconds: int | None) -> DaysTime | None:
    return None if seconds is None else DaysTime(seconds * SECOND)


_DATE: dict[str, Reader] = {
    "year": lambda date: date.year,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
    "weekday": temporal.weekday,
}
_TIME: dict[str, Reader] = {
    "hour": lambda time: time.hour,
    "minute": lambda time: time.minute,
    "second": lambda time: time.second,
    "time offset": lambda time: _offset(temporal.time_offset_of(time)),
    "timezone": lambda time: time.zone,
}


def _of_date(read_part: Reader) -> Reader:
    return lambda value: read_part(value.date)


def _of_time(read_part: Reader) -> Reader:
    return lambda value: read_part(value.time)


_DATE_TIME: dict[str, Reader] = {name: _of_date(read_part) for name, read_part in _DATE.items()}
_DATE_TIME |= {name: _of_time(read_part) for name, read_part in _TIME.items()}
_DATE_TIME["time offset"] = lambda value: _offset(temporal.offset_of(value))
_PROPERTIES: dict[type, dict[str, Reader]] = {
    Date: _DATE,
    Time: _TIME,
    DateTime: _DATE_TIME,
    YearsMonths: {"years": _years, "months": _months},
    DaysTime: {"days": _signed(0), "hours": _signed(1), "minutes": _signed(2), "seconds": _signed(3)},
    Range: {
        "start": lambda range_: range_.start,
        "end": lambda range_: range_.end,
        "start included": lambda range_: range_.start_included,
        "end included": lambda range_: range_.end_included,
    },
}
