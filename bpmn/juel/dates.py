"""The methods of Java's Date and Joda's DateTime, which `now()`, `dateTime()` and ISO texts of dates have."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable
from typing import Any

from bpmn.juel.operators import moment, number, text

Moment = datetime.datetime
_PATTERN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)


def _plus(unit: str, sign: int) -> Callable[[Any, Any], Any]:
    return lambda date, amount: date + datetime.timedelta(**{unit: sign * float(number(amount))})


def _plus_months(factor: int) -> Callable[[Any, Any], Any]:
    def plus(date: Any, amount: Any) -> Any:
        year, month = divmod(date.year * 12 + date.month - 1 + factor * int(number(amount)), 12)
        if not 1 <= year <= 9999:
            raise OverflowError(year)
        day = min(date.day, calendar.monthrange(year, month + 1)[1])
        return date.replace(year=year, month=month + 1, day=day)

    return plus


def _aware(date: Any) -> Moment:
    """A date as its midnight, a time without zone in UTC, the text of either."""
    found = moment(date) if isinstance(date, str) else date
    if not isinstance(found, datetime.date):
        raise TypeError(date)
    if not isinstance(found, Moment):
        found = Moment(found.year, found.month, found.day)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _milliseconds(date: Moment) -> int:
    return (_aware(date) - Moment(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(milliseconds=1)


def _before(date: Any, other: Any) -> bool:
    return _aware(date) < _aware(other)


def _after(date: Any, other: Any) -> bool:
    return _aware(date) > _aware(other)


def _written(date: Any, pattern: Any = None) -> str:
    """As text: ISO, or by a pattern of Joda's DateTimeFormat such as dd.MM.yyyy HH:mm."""
    if pattern is None:
        return text(date)
    if not isinstance(pattern, str) or len(pattern) > 200:
        raise TypeError(pattern)
    return "".join(_field(date, found) for found in _PATTERN.finditer(pattern))


def _field(date: Any, found: re.Match[str]) -> str:
    if found[2] is None:
        return "'" if found[0] == "''" else (found[1] if found[1] is not None else found[0]).replace("''", "'")
    letter, width = found[2], len(found[0])
    if letter == "M" and width > 2:
        return date.strftime("%B" if width > 3 else "%b")  # type: ignore[no-any-return]
    if letter == "E":
        return date.strftime("%A" if width > 3 else "%a")  # type: ignore[no-any-return]
    if letter in "yYu" and width == 2:
        return f"{date.year % 100:02}"
    if letter not in _FIELDS:
        raise ValueError(letter)
    value = _FIELDS[letter](date)
    return value if isinstance(value, str) else f"{value:0{min(width, 9)}}"


_FIELDS: dict[str, Callable[[Any], int | str]] = {
    "y": lambda date: date.year,
    "Y": lambda date: date.year,
    "u": lambda date: date.year,
    "M": lambda date: date.month,
    "d": lambda date: date.day,
    "D": lambda date: date.timetuple().tm_yday,
    "e": lambda date: date.isoweekday(),
    "w": lambda date: date.isocalendar()[1],
    "H": lambda date: date.hour,
    "h": lambda date: (date.hour + 11) % 12 + 1,
    "m": lambda date: date.minute,
    "s": lambda date: date.second,
    "S": lambda date: date.microsecond // 1000,
    "a": lambda date: "AM" if date.hour < 12 else "PM",
    "Z": lambda date: _aware(date).strftime("%z"),
}


def _is_same(date: Any, other: Any) -> bool:
    return isinstance(other, datetime.date | str) and _aware(date) == _aware(other)


DATE: dict[str, Callable[..., Any]] = {
    "toString": _written,
    "equals": _is_same,
    "getYear": lambda date: date.year,
    "getMonthOfYear": lambda date: date.month,
    "getMonthValue": lambda date: date.month,
    "getDayOfMonth": lambda date: date.day,
    "getDayOfWeek": lambda date: date.isoweekday(),
    "getDayOfYear": lambda date: date.timetuple().tm_yday,
    "getWeekOfWeekyear": lambda date: date.isocalendar()[1],
    "withDayOfMonth": lambda date, day: date.replace(day=int(number(day))),
    "withMonthOfYear": lambda date, month: date.replace(month=int(number(month))),
    "withYear": lambda date, year: date.replace(year=int(number(year))),
    "isBefore": _before,
    "isAfter": _after,
    "isEqual": _is_same,
    "before": _before,
    "after": _after,
    "compareTo": lambda date, other: _after(date, other) - _before(date, other),
}
MOMENT: dict[str, Callable[..., Any]] = DATE | {
    "toDate": lambda date: date,
    "toDateTime": lambda date: date,
    "toInstant": lambda date: date,
    "toLocalDate": lambda date: date.date(),
    "toLocalDateTime": lambda date: date,
    "getTime": _milliseconds,
    "getMillis": _milliseconds,
    "toEpochMilli": _milliseconds,
    "getHourOfDay": lambda date: date.hour,
    "getMinuteOfHour": lambda date: date.minute,
    "getMinuteOfDay": lambda date: date.hour * 60 + date.minute,
    "getSecondOfMinute": lambda date: date.second,
    "getMillisOfSecond": lambda date: date.microsecond // 1000,
    "withTimeAtStartOfDay": lambda date: date.replace(hour=0, minute=0, second=0, microsecond=0),
    "withHourOfDay": lambda date, hour: date.replace(hour=int(number(hour))),
    "withMinuteOfHour": lambda date, minute: date.replace(minute=int(number(minute))),
    "withSecondOfMinute": lambda date, second: date.replace(second=int(number(second))),
    "withMillisOfSecond": lambda date, part: date.replace(microsecond=1000 * int(number(part))),
    "withTime": lambda date, hour, minute, second, part: date.replace(
        hour=int(hour), minute=int(minute), second=int(second), microsecond=1000 * int(part)
    ),
    "plus": _plus("milliseconds", 1),
    "minus": _plus("milliseconds", -1),
}
for _sign, _word in ((1, "plus"), (-1, "minus")):
    for _table, _units in ((DATE, ("days", "weeks")), (MOMENT, ("days", "weeks", "hours", "minutes", "seconds"))):
        _table |= {f"{_word}{unit.capitalize()}": _plus(unit, _sign) for unit in _units}
        _table |= {f"{_word}Months": _plus_months(_sign), f"{_word}Years": _plus_months(12 * _sign)}
    MOMENT[f"{_word}Millis"] = _plus("milliseconds", _sign)
__all__ = ["DATE", "MOMENT", "moment"]
