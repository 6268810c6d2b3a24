"""The methods and properties that values answer to in JUEL: those of Java's strings, lists, maps, numbers and dates,
and of Joda's DateTime. Tables only: no attribute of a Python object is ever reached.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import regex

from bpmn.errors import EvaluationError
from bpmn.juel import spin
from bpmn.juel.hosts import HostObject
from bpmn.juel.operators import equal, number, shown, text

_REGEX_SECONDS = 0.25
_MAXIMUM_CHARACTERS = 1_000_000


def call(value: Any, method: str, args: Sequence[Any]) -> Any:
    """A method of a value. Raises `EvaluationError` for one it does not have."""
    if isinstance(value, spin.Node) or (not isinstance(value, _PLAIN) and isinstance(value, HostObject)):
        return value.call(method, args)
    if value is None:
        raise EvaluationError(f"'{method}' cannot be called: the value before it is null.")
    known = _table(value).get(method)
    if known is None:
        return _call_node(value, method, args)
    try:
        return known(value, *args)
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise EvaluationError(f"'{method}' of {shown(value)} cannot be used with {_listed(args)}.") from error


_PLAIN = (str, int, float, Decimal, bool, list, dict, datetime.date, datetime.time, type(None))


def _call_node(value: Any, method: str, args: Sequence[Any]) -> Any:
    """JSON variables have the methods of Spin's nodes, too."""
    if isinstance(value, dict | list) and method in spin.METHODS:
        return spin.Node(value).call(method, args)
    if isinstance(value, dict | list) and method in _CHANGING:
        raise EvaluationError(
            f"'{method}' would change a variable in place. Set a new value with execution.setVariable."
        )
    offered = ", ".join(sorted(_table(value)))
    raise EvaluationError(f"{shown(value)} has no method '{method}'. It has: {offered}.")


_CHANGING = frozenset(("add", "addAll", "remove", "removeAll", "clear", "put", "putAll", "set", "sort"))


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
        return _item(value, name)
    if not isinstance(value, _PLAIN) and isinstance(value, HostObject):
        return value.get(text(name))
    getter = _table(value).get(f"get{str(name)[:1].upper()}{str(name)[1:]}")
    if getter is not None:
        return getter(value)
    raise EvaluationError(f"{shown(value)} has no property '{name}'.")


def _item(items: list[Any], index: Any) -> Any:
    """Indexes count from 0; beyond the end there is null."""
    if isinstance(index, str) and not index.lstrip("-").isdecimal():
        raise EvaluationError(f"A list has no property '{index}'. Its length is .size().")
    place = int(number(index))
    return items[place] if 0 <= place < len(items) else None


def _table(value: Any) -> dict[str, Callable[..., Any]]:
    for kind, table in _TABLES:
        if isinstance(value, kind):
            return table
    return _ANY


# -- strings -----------------------------------------------------------------------------------------------------


def _pattern(pattern: Any) -> Any:
    try:
        return regex.compile(_text(pattern)[:4000])
    except regex.error as error:
        raise EvaluationError(f"{shown(pattern)} is no regular expression: {error}.") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _timed(operation: Callable[..., Any], *args: Any) -> Any:
    try:
        return operation(*args, timeout=_REGEX_SECONDS)
    except TimeoutError:
        raise EvaluationError(f"A regular expression was stopped after {_REGEX_SECONDS} s. Make it simpler.") from None


def _replace_all(value: str, pattern: Any, replacement: Any) -> str:
    template = regex.sub(r"\$(\d)", r"\\g<\1>", _text(replacement).replace("\\", "\\\\"))
    return _short(_timed(_pattern(pattern).sub, template, value))


def _short(value: str) -> str:
    if len(value) > _MAXIMUM_CHARACTERS:
        raise EvaluationError(f"A text may have at most {_MAXIMUM_CHARACTERS} characters.")
    return value


def _split(value: str, pattern: Any) -> list[str]:
    """Java drops the empty texts at the end."""
    parts = _timed(_pattern(pattern).split, value)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return list(parts)


def _substring(value: str, start: int, end: int | None = None) -> str:
    stop = len(value) if end is None else end
    if not 0 <= start <= stop <= len(value):
        raise IndexError(start)
    return value[start:stop]


def _char(value: str, index: int) -> str:
    if not 0 <= index < len(value):
        raise IndexError(index)
    return value[index]


_ANY: dict[str, Callable[..., Any]] = {
    "equals": equal,
    "toString": text,
}
_STRING: dict[str, Callable[..., Any]] = _ANY | {
    "equals": lambda value, other: isinstance(other, str) and value == other,
    "length": len,
    "isEmpty": lambda value: not value,
    "isBlank": lambda value: not value.strip(),
    "trim": lambda value: value.strip(),
    "strip": lambda value: value.strip(),
    "toUpperCase": lambda value: value.upper(),
    "toLowerCase": lambda value: value.lower(),
    "contains": lambda value, part: _text(part) in value,
    "startsWith": lambda value, part: value.startswith(_text(part)),
    "endsWith": lambda value, part: value.endswith(_text(part)),
    "equalsIgnoreCase": lambda value, other: isinstance(other, str) and value.casefold() == other.casefold(),
    "compareTo": lambda value, other: (value > _text(other)) - (value < other),
    "indexOf": lambda value, part: value.find(_text(part)),
    "lastIndexOf": lambda value, part: value.rfind(_text(part)),
    "substring": _substring,
    "charAt": _char,
    "concat": lambda value, other: _short(value + _text(other)),
    "replace": lambda value, old, new: _short(value.replace(_text(old), _text(new))),
    "replaceAll": _replace_all,
    "matches": lambda value, pattern: _timed(_pattern(pattern).fullmatch, value) is not None,
    "split": _split,
}

# -- lists, maps, numbers ----------------------------------------------------------------------------------------


def _contains(items: list[Any], wanted: Any) -> bool:
    return any(equal(item, wanted) for item in items)


def _index_of(items: list[Any], wanted: Any) -> int:
    return next((place for place, item in enumerate(items) if equal(item, wanted)), -1)


def _get(items: list[Any], index: Any) -> Any:
    place = int(number(index))
    if not 0 <= place < len(items):
        raise EvaluationError(f"The list of {len(items)} items has no item {place}; the first is 0.")
    return items[place]


_LIST: dict[str, Callable[..., Any]] = _ANY | {
    "size": len,
    "isEmpty": lambda items: not items,
    "contains": _contains,
    "containsAll": lambda items, others: all(_contains(items, other) for other in others),
    "get": _get,
    "indexOf": _index_of,
    "subList": lambda items, start, end: items[int(start) : int(end)],
}
_MAP: dict[str, Callable[..., Any]] = _ANY | {
    "size": len,
    "isEmpty": lambda entries: not entries,
    "get": lambda entries, key: entries.get(text(key)),
    "getOrDefault": lambda entries, key, default: entries.get(text(key), default),
    "containsKey": lambda entries, key: text(key) in entries,
    "containsValue": lambda entries, value: _contains(list(entries.values()), value),
    "keySet": list,
    "values": lambda entries: list(entries.values()),
}
_NUMBER: dict[str, Callable[..., Any]] = _ANY | {
    "intValue": int,
    "longValue": int,
    "doubleValue": float,
    "floatValue": float,
    "compareTo": lambda value, other: (value > number(other)) - (value < number(other)),
}
_BOOLEAN: dict[str, Callable[..., Any]] = _ANY | {"booleanValue": lambda value: value}

# -- dates -------------------------------------------------------------------------------------------------------

Moment = datetime.datetime


def _plus(unit: str, sign: int) -> Callable[[Moment, Any], Moment]:
    return lambda moment, amount: moment + datetime.timedelta(**{unit: sign * float(number(amount))})


def _plus_months(factor: int) -> Callable[[Moment, Any], Moment]:
    def plus(moment: Moment, amount: Any) -> Moment:
        year, month = divmod(moment.year * 12 + moment.month - 1 + factor * int(number(amount)), 12)
        if not 1 <= year <= 9999:
            raise OverflowError(year)
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day)

    return plus


def _aware(moment: Moment) -> Moment:
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _milliseconds(moment: Moment) -> int:
    return (_aware(moment) - Moment(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(milliseconds=1)


_DATE: dict[str, Callable[..., Any]] = _ANY | {
    "toDate": lambda moment: moment,
    "toDateTime": lambda moment: moment,
    "toInstant": lambda moment: moment,
    "getTime": _milliseconds,
    "getMillis": _milliseconds,
    "getYear": lambda moment: moment.year,
    "getMonthOfYear": lambda moment: moment.month,
    "getDayOfMonth": lambda moment: moment.day,
    "getDayOfWeek": lambda moment: moment.isoweekday(),
    "getDayOfYear": lambda moment: moment.timetuple().tm_yday,
    "getHourOfDay": lambda moment: moment.hour,
    "getMinuteOfHour": lambda moment: moment.minute,
    "getSecondOfMinute": lambda moment: moment.second,
    "withTimeAtStartOfDay": lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0),
    "withHourOfDay": lambda moment, hour: moment.replace(hour=int(hour)),
    "withMinuteOfHour": lambda moment, minute: moment.replace(minute=int(minute)),
    "withSecondOfMinute": lambda moment, second: moment.replace(second=int(second)),
    "withDayOfMonth": lambda moment, day: moment.replace(day=int(day)),
    "isBefore": lambda moment, other: _aware(moment) < _aware(other),
    "isAfter": lambda moment, other: _aware(moment) > _aware(other),
    "before": lambda moment, other: _aware(moment) < _aware(other),
    "after": lambda moment, other: _aware(moment) > _aware(other),
    "compareTo": lambda moment, other: (_aware(moment) > _aware(other)) - (_aware(moment) < _aware(other)),
}
for _sign, _word in ((1, "plus"), (-1, "minus")):
    for _unit in ("seconds", "minutes", "hours", "days", "weeks"):
        _DATE[f"{_word}{_unit.capitalize()}"] = _plus(_unit, _sign)
    _DATE[f"{_word}Millis"] = _plus("milliseconds", _sign)
    _DATE[f"{_word}Months"] = _plus_months(_sign)
    _DATE[f"{_word}Years"] = _plus_months(12 * _sign)

_TABLES: tuple[tuple[Any, dict[str, Callable[..., Any]]], ...] = (
    (str, _STRING),
    (bool, _BOOLEAN),
    ((int, float, Decimal), _NUMBER),
    (list, _LIST),
    (dict, _MAP),
    (datetime.datetime, _DATE),
)
