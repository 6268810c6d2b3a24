"""The built-in functions of Camunda's dialect: its own ones, and those of DMN that behave otherwise there.

Source of each rule: feel-scala 1.22 as described in Camunda's documentation; `cycle` is Zeebe's, `bpmnError` and its
kin are those of Camunda's connectors.
"""

from __future__ import annotations

import base64
import binascii
import decimal
import json
import random
import re
import uuid as uuids
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.feel import regular, temporal
from bpmn.feel.library import contexts, conversion, lists, numeric, strings
from bpmn.feel.library.registry import Library
from bpmn.feel.run import Fault, Run
from bpmn.feel.text import text_of
from bpmn.feel.values import DECIMAL, Date, DateTime, DaysTime, Range, Time, Value, YearsMonths, take_in, tidy

CAMUNDA = Library()
define = CAMUNDA.define

# -- control -----------------------------------------------------------------------------------------------------


@define("is defined(value: any): boolean")
def is_defined(value: Value) -> bool:
    return value is not None


@define("get or else(value: any, default: any)")
def get_or_else(value: Value, default: Value) -> Value:
    return default if value is None else value


@define("assert(value: any, condition: any)", "assert(value: any, condition: any, cause: string)")
def assert_(value: Value, condition: Value, cause: str = "The condition is not fulfilled") -> Value:
    if condition is not True:
        raise EvaluationError(f"Assertion failure: {cause}")
    return value


# -- strings -----------------------------------------------------------------------------------------------------


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


@define("string length(string: string): number")
def string_length(text: str) -> int:
    """UTF-16 code units, as the Java engine counts."""
    return len(text) if text.isascii() else len(_utf16(text)) // 2


@define(
    "substring(string: string, start position: number)",
    "substring(string: string, start position: number, length: number)",
)
def substring(text: str, start: Any, length: Any = None) -> str:
    position = start if type(start) is int else strings.whole(start, "The start position")
    if position == 0:
        raise Fault("positions count from 1, or from -1 at the end.")
    is_plain = text.isascii()
    units = b"" if is_plain else _utf16(text)
    size = len(text) if is_plain else len(units) // 2
    first = min(position - 1 if position > 0 else max(size + position, 0), size)
    count = length if type(length) is int or length is None else strings.whole(length, "The length")
    last = size if count is None else min(first + max(count, 0), size)
    if is_plain:
        return text[first:last]
    return units[first * 2 : last * 2].decode("utf-16-le", errors="replace")


@define("matches(input: string, pattern: string, flags?: string|null): boolean", with_run=True)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    return regular.java(pattern, flags or "").search(text, run)


@define("replace(input: string, pattern: string, replacement: string, flags?: string|null): string", with_run=True)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    return regular.java(pattern, flags or "").replace(text, replacement, run)


@define("split(string: string, delimiter: string): list", with_run=True)
def split(run: Run, text: str, delimiter: str) -> list[str]:
    return regular.java(delimiter, "").split(text, run)


@define(
    "extract(string: string, pattern: string): list", "extract(input: string, pattern: string): list", with_run=True
)
def extract(run: Run, text: str, pattern: str) -> list[str]:
    return regular.java(pattern, "").find_all(text, run)


@define("string join(list: list, delimiter: string, prefix: string, suffix: string): string", with_run=True)
def string_join(run: Run, items: list[Value], delimiter: str, prefix: str, suffix: str) -> str:
    return prefix + strings.join(run, items, delimiter) + suffix


@define("trim(string: string): string")
def trim(text: str) -> str:
    return text.strip()


@define("is blank(string: string): boolean")
def is_blank(text: str) -> bool:
    return not text.strip()


@define("uuid(): string")
def uuid() -> str:
    return str(uuids.uuid4())


@define("to base64(value: string): string")
def to_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


@define("from base64(value: string): string")
def from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Fault("the text is not Base64.") from None


# -- numbers -----------------------------------------------------------------------------------------------------

_MODES = {
    "CEILING": decimal.ROUND_CEILING,
    "FLOOR": decimal.ROUND_FLOOR,
    "UP": decimal.ROUND_UP,
    "DOWN": decimal.ROUND_DOWN,
    "HALF_UP": decimal.ROUND_HALF_UP,
    "HALF_DOWN": decimal.ROUND_HALF_DOWN,
    "HALF_EVEN": decimal.ROUND_HALF_EVEN,
}


@define("decimal(n: number, scale: number, mode: string): number")
def decimal_in_mode(n: Any, scale: Any, mode: str) -> Any:
    if mode.upper() == "UNNECESSARY":
        result = numeric.rounded(n, scale, decimal.ROUND_DOWN)
        if result != n:
            raise Fault("rounding would be necessary.")
        return result
    if mode.upper() not in _MODES:
        raise Fault(f"there is no rounding mode '{mode}'.")
    return numeric.rounded(n, scale, _MODES[mode.upper()])


define("floor(n: number, scala: number): number")(numeric.floor)
define("round half down(n: number, scala: number): number")(numeric.round_half_down)
define("abs(number: number): number")(numeric.absolute)
define("number(from: string, grouping separator: string): number")(
    lambda text, grouping: conversion.number_with_separators(text, grouping, None)
)


def _as_double(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Through double precision, as feel-scala computes sqrt, log and exp."""

    def through(number: Any) -> Any:
        found = function(number)
        result = float(found)
        return found if not (0 < abs(result) < float("inf")) else Decimal(repr(result))

    return through


define("sqrt(number: number): number")(_as_double(numeric.sqrt))
define("log(number: number): number")(_as_double(numeric.log))
define("exp(number: number): number")(_as_double(numeric.exp))


@define("random number(): number")
def random_number() -> Decimal:
    return Decimal(repr(random.random()))  # noqa: S311 no secret is made of it


# -- lists -------------------------------------------------------------------------------------------------------

define("duplicate values(list: list): list", with_run=True)(lists.duplicates)
define("and(list: list): boolean", with_run=True)(lists.all_)
define("or(list: list): boolean", with_run=True)(lists.any_)
define("and(items...: any): boolean", with_run=True)(lambda run, *items: lists.all_(run, list(items)))
define("or(items...: any): boolean", with_run=True)(lambda run, *items: lists.any_(run, list(items)))
define("union(lists: list): list", with_run=True)(
    lambda run, parts: lists.distinct_values(run, lists.flatten_once(parts))
)


def _place(items: list[Value], position: Any) -> int:
    """An index that may lie outside of the list: Camunda cuts to what is there. Position 0 does not exist."""
    place = int(position)
    if place == 0:
        raise Fault("positions count from 1, or from -1 at the end.")
    return place - 1 if place > 0 else max(len(items) + place, 0)


@define(
    "sublist(list: list, start position: number, length?: number|null): list",
    "sublist(list: list, start: number, length?: number|null): list",
)
def sublist(items: list[Value], start: Any, length: Any = None) -> list[Value]:
    first = _place(items, start)
    return items[first:] if length is None else items[first : first + max(int(length), 0)]


@define("insert before(list: list, position: number, newItem: any): list")
def insert_before(items: list[Value], position: Any, item: Value) -> list[Value]:
    place = _place(items, position)
    return [*items[:place], item, *items[place:]]


@define("remove(list: list, position: number): list")
def remove(items: list[Value], position: Any) -> list[Value]:
    place = _place(items, position)
    return items[:place] + items[place + 1 :]


@define("is empty(list: list): boolean")
def is_empty(items: list[Value]) -> bool:
    return not items


@define("partition(list: list, size: number): list")
def partition(items: list[Value], size: Any) -> list[Value]:
    step = int(size)
    if step <= 0:
        raise Fault("the size must be at least 1.")
    return [items[start : start + step] for start in range(0, len(items), step)]


@define("concatenate(lists...: any): list", with_run=True)
def concatenate(run: Run, *parts: Value) -> list[Value]:
    return lists.concatenate(run, *(part if type(part) is list else [part] for part in parts))


# -- contexts ----------------------------------------------------------------------------------------------------

define("get value(context: context, key: string)")(contexts.get_value)
define("get entries(context: context): list")(contexts.get_entries)


@define("get value(context: context, keys: list)", "get value(m: context, keys: list)")
def get_nested_value(context: contexts.Context, keys: list[Value]) -> Value:
    if not keys or not all(type(key) is str for key in keys):
        raise Fault("the keys must be strings, at least one.")
    value: Value = context
    for key in keys:
        if type(value) is not dict or key not in value:
            raise Fault(f"there is no entry '{key}'.")
        value = contexts.known(value[key])
    return value


@define("context put(context: context, keys: list, value: any): context")
def context_put(context: contexts.Context, keys: list[Value], value: Value) -> contexts.Context:
    return contexts.put_nested(context, keys, value, create=True)


define("put(context: context, key: string, value: any): context")(contexts.context_put)
define("put all(contexts: list): context")(contexts.merge)


@define("context merge(contexts...: context): context", "put all(contexts...: context): context")
def context_merge(*parts: contexts.Context) -> contexts.Context:
    return contexts.merge(list(parts))


@define("context(entries: list): context", with_run=True)
def context_of(run: Run, entries: list[Value]) -> contexts.Context:
    return contexts.from_entries(run, entries, last_wins=True)


@define("context(entries: context): context")
def context_of_one(entry: contexts.Context) -> contexts.Context:
    raise Fault("the entries must be a list.")


# -- conversion --------------------------------------------------------------------------------------------------


@define("string(from: any): string")
def string(value: Value) -> str:
    return text_of(value, "camunda")


@define("from json(value: string)", "from json(json: string)")
def from_json(text: str) -> Value:
    try:
        return take_in(json.loads(text, parse_float=_json_number, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        raise Fault("the text is not JSON.") from None


def _json_number(text: str) -> Decimal | None:
    return tidy(DECIMAL.create_decimal(text))


def _no_constant(name: str) -> Value:
    raise ValueError(name)


@define("to json(value: any): string", with_run=True)
def to_json(run: Run, value: Value) -> str:
    text = json.dumps(_jsonable(value, run), ensure_ascii=False, separators=(",", ":"))
    run.check_characters(len(text))
    return text


def _jsonable(value: Value, run: Run) -> Any:
    run.tick()
    if isinstance(value, list):
        return [_jsonable(item, run) for item in value]
    if isinstance(value, dict):
        return {key: _jsonable(item, run) for key, item in value.items()}
    if isinstance(value, Decimal):
        if value.adjusted() > _MAXIMUM_EXPONENT:
            raise Fault("a number is too large for JSON.")
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Time | DateTime):
        return _java_text(value)
    if isinstance(value, Date | YearsMonths | DaysTime | Range):
        return text_of(value, "camunda")
    return value if isinstance(value, str | int | float | bool | None) else None


_MAXIMUM_EXPONENT = 300


def _java_text(value: Time | DateTime) -> str:
    """ISO 8601 as java.time writes it: the offset, then the zone in brackets."""
    time = value.time if isinstance(value, DateTime) else value
    if time.zone is None:
        return text_of(value)
    offset = temporal.offset_of(value) if isinstance(value, DateTime) else temporal.time_offset_of(time)
    return f"{text_of(value).partition('@')[0]}{temporal.offset_text(offset or 0)}[{time.zone}]"


@define("date and time(from: string): date and time")
def date_time(text: str) -> Value:
    """Seconds may be left out, and Java's way to name a zone is understood: 2023-06-14T14:55+02:00[Europe/Berlin]."""
    return conversion.date_time_of_text(_in_full(text))


@define("time(from: string): time")
def time(text: str) -> Value:
    return conversion.time_of_text(_in_full(text))


_JAVA_ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)\[([^\]]+)\]$")
_NO_SECONDS = re.compile(r"((?:^|T)\d\d:\d\d)(?=$|[Z@+-])")


def _in_full(text: str) -> str:
    return _NO_SECONDS.sub(r"\1:00", _JAVA_ZONE.sub(r"@\1", text))


@define("date and time(date: date and time, timezone: string): date and time")
def in_zone(value: DateTime, zone: str) -> DateTime:
    """The same moment in another zone; a local date and time is given the zone."""
    moment, is_zoned = temporal.instant(value)
    found = temporal.from_instant(moment, zone)
    if found is None:
        raise Fault("there is no such time zone.")
    time = found.time if is_zoned else value.time
    offset, name = (0, None) if zone == "Z" else (None, zone)
    return DateTime(
        found.date if is_zoned else value.date,
        Time(time.hour, time.minute, time.second, time.nanosecond, offset, name),
    )


@define("last day of month(date: date|date and time): date")
def last_day_of_month(value: Date | DateTime) -> Date:
    date = conversion.date_of(value)
    return Date(date.year, date.month, temporal.days_in_month(date.year, date.month))


# -- Zeebe and connectors ----------------------------------------------------------------------------------------


@define("cycle(interval: duration): string")
def cycle(interval: YearsMonths | DaysTime) -> str:
    return f"R/{temporal.duration_text(interval)}"


@define("cycle(repetitions: number|null, interval: duration): string")
def cycle_repeated(repetitions: Any, interval: YearsMonths | DaysTime) -> str:
    if repetitions is not None and abs(repetitions) > _MAXIMUM_REPETITIONS:
        raise Fault("there are too many repetitions.")
    return f"R{'' if repetitions is None else int(repetitions)}/{temporal.duration_text(interval)}"


_MAXIMUM_REPETITIONS = 10**18


@define(
    "fromAi(value: any, description?: any, type?: any, schema?: any, options?: any)",
)
def from_ai(value: Value, *_: Value) -> Value:
    """The value itself: the rest describes a tool's parameter to a model and is read from the syntax tree."""
    return value


@define("bpmnError(errorCode: string, errorMessage?: string|null, variables?: context|null): context")
def bpmn_error(code: str, message: str | None = None, variables: Value = None) -> contexts.Context:
    return {"errorType": "bpmnError", "errorCode": code, "errorMessage": message or "", "variables": variables or {}}


@define(
    "jobError(errorMessage: string, variables?: context|null, retries?: number|null, "
    "retryBackoff?: days and time duration|null): context"
)
def job_error(
    message: str, variables: Value = None, retries: Any = None, backoff: DaysTime | None = None
) -> contexts.Context:
    found = {"errorType": "jobError", "errorMessage": message, "variables": variables or {}}
    if retries is not None:
        found["retries"] = retries
    return found if backoff is None else {**found, "retryBackoff": backoff}


@define("ignoreError(variables?: context|null): context")
def ignore_error(variables: Value = None) -> contexts.Context:
    return {"errorType": "ignoreError", "variables": variables or {}}


@define(
    "backoff(attempt: number, minDelay?: days and time duration|null, factor?: number|null, "
    "maxDelay?: days and time duration|null, jitterFactor?: number|null): days and time duration"
)
def backoff(
    attempt: Any,
    least: DaysTime | None = None,
    factor: Any = None,
    most: DaysTime | None = None,
    jitter: Any = None,
) -> DaysTime:
    """Exponential: the least delay times factor^(attempt - 1), at most the longest delay, scattered by the jitter."""
    start = (least or DaysTime(1_000_000_000)).nanoseconds
    longest = (most or DaysTime(3_600 * 1_000_000_000)).nanoseconds
    times = max(min(int(attempt) - 1, 200), 0)
    delay = tidy(DECIMAL.multiply(start, DECIMAL.power(2 if factor is None else factor, times)))
    scatter = min(max(float(jitter or 0), 0.0), 1.0)
    chosen = longest if delay is None or delay > longest else int(delay)
    return DaysTime(int(chosen * (1 + random.uniform(-scatter, scatter))))  # noqa: S311 no secret is made of it
