"""Built-in functions that make one type of another (DMN 1.5, 10.3.4.1), and boolean and clock functions."""

from __future__ import annotations

import datetime as python
import re
from typing import Any

from bpmn.errors import LanguageError
from bpmn.feel import operators, syntax, temporal
from bpmn.feel.library.registry import Library
from bpmn.feel.parser import parse
from bpmn.feel.run import Fault, Run
from bpmn.feel.scanner import number_value
from bpmn.feel.text import text_of
from bpmn.feel.tokens import name_table
from bpmn.feel.values import SECOND, Date, DateTime, DaysTime, Range, Time, Value, YearsMonths, take_in, tidy

CONVERSION = Library()
define = CONVERSION.define
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")


@define("string(from: any): string")
def string(value: Value) -> str | None:
    return None if value is None else text_of(value)


@define("number(from: string): number")
def number(text: str) -> Any:
    if not _NUMBER.fullmatch(text):
        raise Fault("the text is not a number.")
    value = number_value(text.removeprefix("-"))
    found = tidy(value) if not isinstance(value, int) else value
    if found is None:
        raise Fault("the number is too large.")
    return -found if text.startswith("-") else found


@define("number(from: string, grouping separator: string|null, decimal separator: string|null): number")
def number_with_separators(text: str, grouping: str | None, decimal: str | None) -> Any:
    if grouping not in (None, " ", ",", ".") or decimal not in (None, ",", "."):
        raise Fault("the separators can be ' ', ',' or '.' for groups and ',' or '.' for decimals.")
    if grouping is not None and grouping == decimal:
        raise Fault("the two separators must differ.")
    if grouping:
        text = text.replace(grouping, "")
    if decimal and decimal != ".":
        if "." in text:
            raise Fault("the text is not a number.")
        text = text.replace(decimal, ".")
    return number(text)


# -- dates and times ---------------------------------------------------------------------------------------------


def _found(value: Value, what: str) -> Value:
    if value is None:
        raise Fault(f"the text is not a {what}.")
    return value


@define("date(from: string): date")
def date_of_text(text: str) -> Value:
    return _found(temporal.parse_date(text), "date")


@define("date(from: date|date and time): date")
def date_of(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@define("date(year: number, month: number, day: number): date")
def date_of_parts(year: Any, month: Any, day: Any) -> Value:
    if abs(year) > temporal.MAXIMUM_YEAR:
        raise Fault("the year is too large.")
    return _found(temporal.make_date(_part(year), _part(month), _part(day)), "day of the calendar")


def _part(value: Any) -> int:
    if value != int(value):
        raise Fault("the parts must be whole numbers.")
    return int(value)


@define("time(from: string): time")
def time_of_text(text: str) -> Value:
    return _found(temporal.parse_time(text), "time")


@define("time(from: date|time|date and time): time")
def time_of(value: Date | Time | DateTime) -> Time:
    if isinstance(value, Date):
        return Time(0, 0, 0, 0, 0)
    return value.time if isinstance(value, DateTime) else value


@define("time(hour: number, minute: number, second: number, offset?: days and time duration|null): time")
def time_of_parts(hour: Any, minute: Any, second: Any, offset: DaysTime | None = None) -> Value:
    nanoseconds = int(second * SECOND)
    seconds = None if offset is None else offset.nanoseconds // SECOND
    found = temporal.make_time(_part(hour), _part(minute), nanoseconds // SECOND, nanoseconds % SECOND, seconds)
    return _found(found, "time of day")


@define("date and time(from: string): date and time")
def date_time_of_text(text: str) -> Value:
    return _found(temporal.parse_date_time(text), "date and time")


@define("date and time(from: date|date and time): date and time")
def date_time_of(value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else temporal.midnight_utc(value)


@define("date and time(date: date|date and time, time: time): date and time")
def date_time_of_both(date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


@define(
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number, "
    "offset?: days and time duration|string|null): date and time"
)
def date_time_of_parts(*parts: Any) -> Value:
    date = date_of_parts(*parts[:3])
    offset = parts[6] if len(parts) > 6 else None
    hour, minute, second = parts[3:6]
    time = time_of_parts(hour, minute, second, offset if isinstance(offset, DaysTime) else None)
    if isinstance(offset, str):
        if temporal.zone_named(offset) is None:
            raise Fault("there is no such time zone.")
        time = Time(time.hour, time.minute, time.second, time.nanosecond, None, offset)
    return DateTime(date, time)


@define("duration(from: string): days and time duration")
def duration_of_text(text: str) -> Value:
    return _found(temporal.parse_duration(text), "duration")


@define("duration(from: duration): days and time duration")
def duration_of(value: Value) -> Value:
    return value


@define("years and months duration(from: date|date and time, to: date|date and time): years and months duration")
def years_and_months_between(start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    if type(start) is not type(end):
        start, end = _as_date_time(start), _as_date_time(end)
    sign = 1
    first, last = _moment(start), _moment(end)
    if first > last:
        sign, first, last = -1, last, first
    months = (last[0] - first[0]) * 12 + last[1] - first[1] - (last[2:] < first[2:])
    return YearsMonths(sign * months)


def _as_date_time(value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else temporal.midnight_utc(value)


def _moment(value: Date | DateTime) -> tuple[int, int, int, int]:
    if isinstance(value, Date):
        return value.year, value.month, value.day, 0
    return value.date.year, value.date.month, value.date.day, temporal.nanosecond_of_day(value.time)


@define("now(): date and time", with_run=True)
def now(run: Run) -> DateTime:
    found = take_in(run.now or python.datetime.now(python.UTC))
    if not isinstance(found, DateTime):
        raise Fault("the clock gives no date and time.")
    return found


@define("today(): date", with_run=True)
def today(run: Run) -> Date:
    return now(run).date


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@define("day of year(date: date|date and time): number")
def day_of_year(value: Date | DateTime) -> int:
    return temporal.day_of_year(date_of(value))


@define("day of week(date: date|date and time): string")
def day_of_week(value: Date | DateTime) -> str:
    return _DAYS[temporal.weekday(date_of(value)) - 1]


@define("month of year(date: date|date and time): string")
def month_of_year(value: Date | DateTime) -> str:
    return _MONTHS[date_of(value).month - 1]


@define("week of year(date: date|date and time): number")
def week_of_year(value: Date | DateTime) -> int:
    return temporal.week_of_year(date_of(value))


# -- booleans, identity, ranges ----------------------------------------------------------------------------------


@define("not(negand: any): boolean")
def negated(value: Value) -> bool | None:
    return not value if type(value) is bool else None


@define("is(value1?: any, value2?: any): boolean")
def is_same(one: Value = None, other: Value = None) -> bool:
    """Whether two values are the same, zones and all (DMN 1.5, 10.3.4.8)."""
    if isinstance(one, Time | DateTime) and type(one) is type(other):
        return one == other
    return operators.equal(one, other) is True


@define("range(from: string): range")
def range_of(text: str) -> Range:
    """A range from its text; the ends must be constants (DMN 1.5, 10.3.4.1)."""
    try:
        node = parse(text, functions=_FUNCTIONS)
    except LanguageError as error:
        raise Fault(f"the text is not a range: {error}") from None
    if not isinstance(node, syntax.RangeLiteral):
        raise Fault("the text is not a range.")
    low, high = (_constant(end) for end in (node.start, node.end))
    if node.operator or (low is None and high is None):
        raise Fault("the text is not a range with two ends.")
    if low is not None and high is not None and operators.compare(low, high) not in (-1, 0):
        raise Fault("the ends of the range must be of one type, the smaller one first.")
    return Range(low, high, node.start_included, node.end_included)


def _functions() -> Any:
    return name_table(("date and time", "years and months duration"))


_FUNCTIONS = name_table(("date and time", "years and months duration"))
_CONSTANT_FUNCTIONS = {
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "date and time": temporal.parse_date_time,
    "duration": temporal.parse_duration,
}


def _constant(node: syntax.Node | None) -> Value:
    """The value of a constant end, such as `5`, `"a"`, `@"P1D"` or `date("2024-01-01")`."""
    match node:
        case syntax.Literal(value=bool()):
            raise Fault("an end of a range must have an order.")
        case syntax.Literal():
            return node.value
        case syntax.Negation(operand=syntax.Literal(value=value)):
            return operators.negate(value)
        case syntax.Call(function=syntax.Name(name=name), arguments=(syntax.Literal(value=str() as text),)):
            if name in _CONSTANT_FUNCTIONS:
                return _found(_CONSTANT_FUNCTIONS[name](text), name)
    raise Fault("the ends of the range must be constants.")
