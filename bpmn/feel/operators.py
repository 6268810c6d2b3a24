"""What the operators of FEEL mean for two values: equality, order, membership, arithmetic (DMN 1.5, 10.3.2.15).

All are total: types that do not go together give None, never an exception. The one exception is a limit.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.feel import temporal
from bpmn.feel.values import (
    DAY,
    DECIMAL,
    KNOWN,
    NUMBERS,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Range,
    Time,
    Value,
    YearsMonths,
    take_in,
    tidy,
)

BIG = 10**34
_COMPARED_BY_PYTHON = frozenset({int, str, bool, Decimal, type(None), Date, YearsMonths, DaysTime})
_MAXIMUM_COMPARED = 200_000  # parts of two nested values
_MAXIMUM_CHARACTERS = 1_000_000


# -- equality ----------------------------------------------------------------------------------------------------


def equal(left: Value, right: Value) -> bool | None:
    """True, false, or null when the two are of different types. null equals null only."""
    kind = type(left)
    if kind is type(right):
        if kind in _COMPARED_BY_PYTHON:
            return bool(left == right)
        return _equal_parts(left, right, [_MAXIMUM_COMPARED])
    return _equal_mixed(left, right)


def equal_to_the_second(left: Value, right: Value) -> bool | None:
    """As `equal`, but fractions of a second do not count in times (DMN 1.5, 10.3.2.3.4, as the TCK reads it)."""
    if type(left) is type(right) is Time:
        left, right = _whole(left), _whole(right)
    elif type(left) is type(right) is DateTime:
        left, right = DateTime(left.date, _whole(left.time)), DateTime(right.date, _whole(right.time))
    return equal(left, right)


def _whole(time: Time) -> Time:
    return Time(time.hour, time.minute, time.second, 0, time.offset, time.zone)


def _equal_mixed(left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return left is right
    kinds = type(left), type(right)
    if kinds[0] in NUMBERS and kinds[1] in NUMBERS:
        return bool(left == right)
    if kinds[0] not in KNOWN or kinds[1] not in KNOWN:
        return equal(take_in(left), take_in(right))
    return None


def _equal_parts(left: Value, right: Value, budget: list[int]) -> bool | None:
    """Equality of two values of one type that have parts."""
    if left is right:
        return True
    kind = type(left)
    if kind is list:
        return len(left) == len(right) and all(
            _equal_part(one, other, budget) for one, other in zip(left, right, strict=True)
        )
    if kind is dict:
        return left.keys() == right.keys() and all(_equal_part(left[key], right[key], budget) for key in left)
    if kind is Time:
        return _time_key(left) == _time_key(right)
    if kind is DateTime:
        return temporal.instant(left) == temporal.instant(right)
    if kind is Range:
        return _equal_ranges(left, right)
    if kind not in KNOWN:
        return equal(take_in(left), take_in(right))
    return False


def _equal_part(left: Value, right: Value, budget: list[int]) -> bool:
    budget[0] -= 1
    if budget[0] < 0:
        raise EvaluationError(f"Two values with more than {_MAXIMUM_COMPARED} parts cannot be compared.")
    kind = type(left)
    if kind is type(right) and kind not in _COMPARED_BY_PYTHON:
        return _equal_parts(left, right, budget) is True
    return equal(left, right) is True


def _equal_ranges(left: Range, right: Range) -> bool:
    return (
        left.operator == right.operator
        and left.start_included == right.start_included
        and left.end_included == right.end_included
        and equal(left.start, right.start) is True
        and equal(left.end, right.end) is True
    )


def _time_key(time: Time) -> tuple[int, bool]:
    offset = temporal.time_offset_of(time)
    return (temporal.nanosecond_of_day(time) - (offset or 0) * SECOND) % DAY, offset is None


# -- order -------------------------------------------------------------------------------------------------------


def compare(left: Value, right: Value) -> int | None:
    """-1, 0 or 1; None when the two have no order between them."""
    kind = type(left)
    if kind is type(right):
        key = _ORDERED.get(kind)
        if key is None:
            return compare(take_in(left), take_in(right)) if kind not in KNOWN else None
        one, other = key(left), key(right)
    elif kind in NUMBERS and type(right) in NUMBERS:
        one, other = left, right
    elif left is None or right is None or (kind in KNOWN and type(right) in KNOWN):
        return None
    else:
        return compare(take_in(left), take_in(right))
    if kind in (Time, DateTime):
        if one[1] != other[1]:
            return None
        one, other = one[0], other[0]
    return int(one > other) - int(one < other)


def _time_order(time: Time) -> tuple[int, bool]:
    offset = temporal.time_offset_of(time)
    return temporal.nanosecond_of_day(time) - (offset or 0) * SECOND, offset is not None


_ORDERED: dict[type, Callable[[Any], Any]] = {
    int: lambda value: value,
    Decimal: lambda value: value,
    str: lambda value: value,
    Date: lambda value: (value.year, value.month, value.day),
    Time: _time_order,
    DateTime: temporal.instant,
    YearsMonths: lambda value: value.months,
    DaysTime: lambda value: value.nanoseconds,
}


def less(left: Value, right: Value) -> bool | None:
    """`<`."""
    order = compare(left, right)
    return None if order is None else order < 0


def less_or_equal(left: Value, right: Value) -> bool | None:
    """`<=`."""
    order = compare(left, right)
    return None if order is None else order <= 0


def greater(left: Value, right: Value) -> bool | None:
    """`>`."""
    order = compare(left, right)
    return None if order is None else order > 0


def greater_or_equal(left: Value, right: Value) -> bool | None:
    """`>=`."""
    order = compare(left, right)
    return None if order is None else order >= 0


def unequal(left: Value, right: Value) -> bool | None:
    """`!=`."""
    same = equal(left, right)
    return None if same is None else not same


COMPARISONS: dict[str, Callable[[Value, Value], bool | None]] = {
    "=": equal,
    "!=": unequal,
    "<": less,
    "<=": less_or_equal,
    ">": greater,
    ">=": greater_or_equal,
}


# -- membership --------------------------------------------------------------------------------------------------


def in_range(value: Value, interval: Range) -> bool | None:
    """Whether a range includes a value; null when they have no order between them."""
    if interval.operator == "!=":
        return unequal(value, interval.start)
    if interval.operator == "=":
        return equal(value, interval.start)
    if not interval.operator and (interval.start is None or interval.end is None):
        return None
    above: bool | None = True
    below: bool | None = True
    if interval.start is not None:
        above = (greater_or_equal if interval.start_included else greater)(value, interval.start)
    if interval.end is not None:
        below = (less_or_equal if interval.end_included else less)(value, interval.end)
    if value is None or above is None or below is None:
        return None
    return above and below


def satisfies(value: Value, test: Value) -> bool | None:
    """Whether a value meets what a test evaluated to: a range includes it, a list holds it, or it is equal."""
    kind = type(test)
    if kind is Range:
        return in_range(value, test)
    if kind is list:
        return _is_held(value, test, [_MAXIMUM_COMPARED])
    return equal(value, test)


def _is_held(value: Value, tests: list[Value], budget: list[int]) -> bool:
    budget[0] -= len(tests) + 1
    if budget[0] < 0:
        raise EvaluationError(f"A list with more than {_MAXIMUM_COMPARED} parts cannot be tested against.")
    if type(value) is list and equal(value, tests):
        return True
    return any(_is_met(value, test, budget) for test in tests)


def _is_met(value: Value, test: Value, budget: list[int]) -> bool:
    if type(test) is list:
        return _is_held(value, test, budget)
    return (in_range(value, test) if type(test) is Range else equal(value, test)) is True


# -- arithmetic --------------------------------------------------------------------------------------------------


def exact(number: int) -> int | Decimal:
    """A whole result as a number of at most 34 digits."""
    return number if -BIG < number < BIG else DECIMAL.create_decimal(number)


def _numbers(operation: Callable[[Any, Any], Decimal]) -> Callable[[Any, Any], Decimal | None]:
    return lambda left, right: tidy(operation(left, right))


def _divide_numbers(left: Any, right: Any) -> int | Decimal | None:
    if right == 0:
        return None
    if type(left) is int and type(right) is int and left % right == 0:
        return left // right
    return tidy(DECIMAL.divide(left, right))


def _power(left: Any, right: Any) -> int | Decimal | None:
    if left == 0 and right == 0:
        return 1
    result = tidy(DECIMAL.power(left, right))
    if result is not None and type(left) is int and type(right) is int and right >= 0 and abs(result) < BIG:
        return int(result)
    return result


def _join_text(left: str, right: str) -> str:
    if len(left) + len(right) > _MAXIMUM_CHARACTERS:
        raise EvaluationError(f"A text may have at most {_MAXIMUM_CHARACTERS} characters.")
    return left + right


def _date_plus_days(date: Date, duration: DaysTime) -> Date | None:
    moved = temporal.day_number(date) + duration.nanoseconds // DAY
    result = temporal.from_day_number(moved)
    return result if abs(result.year) <= temporal.MAXIMUM_YEAR else None


def _date_time_plus_months(value: DateTime, duration: YearsMonths) -> DateTime | None:
    date = temporal.add_months(value.date, duration.months)
    return None if date is None else DateTime(date, value.time)


def _date_time_plus_days(value: DateTime, duration: DaysTime) -> DateTime | None:
    """The moment so much later (DMN 1.5, table 59): in a named zone the clock may be put forward or back meanwhile."""
    if value.time.zone is not None:
        moved = temporal.from_instant(temporal.instant(value)[0] + duration.nanoseconds, value.time.zone)
        if moved is not None:
            return moved
    return temporal.from_local_nanoseconds(temporal.local_nanoseconds(value) + duration.nanoseconds, value.time)


def _time_plus(time: Time, duration: DaysTime) -> Time:
    return temporal.time_of_nanoseconds((temporal.nanosecond_of_day(time) + duration.nanoseconds) % DAY, time)


def _date_time_minus(left: DateTime, right: DateTime) -> DaysTime | None:
    one, other = temporal.instant(left), temporal.instant(right)
    return temporal.days_time(one[0] - other[0]) if one[1] == other[1] else None


def _time_minus(left: Time, right: Time) -> DaysTime | None:
    one, other = _time_order(left), _time_order(right)
    return DaysTime(one[0] - other[0]) if one[1] == other[1] else None


def _scale_months(duration: YearsMonths, factor: Any) -> YearsMonths | None:
    months = tidy(DECIMAL.multiply(duration.months, factor))
    return None if months is None or abs(months) > BIG else temporal.years_months(int(months))


def _scale_time(duration: DaysTime, factor: Any) -> DaysTime | None:
    nanoseconds = tidy(DECIMAL.multiply(duration.nanoseconds, factor))
    return None if nanoseconds is None or abs(nanoseconds) > BIG else temporal.days_time(int(nanoseconds))


def _divide_months(duration: YearsMonths, divisor: Any) -> YearsMonths | None:
    return None if divisor == 0 else _scale_quotient(duration.months, divisor, temporal.years_months)


def _divide_time(duration: DaysTime, divisor: Any) -> DaysTime | None:
    return None if divisor == 0 else _scale_quotient(duration.nanoseconds, divisor, temporal.days_time)


def _scale_quotient(amount: int, divisor: Any, make: Callable[[int], Any]) -> Any:
    quotient = tidy(DECIMAL.divide(amount, divisor))
    return None if quotient is None or abs(quotient) > BIG else make(int(quotient))


Operation = Callable[[Any, Any], Value]


def _swapped(operation: Operation) -> Operation:
    return lambda left, right: operation(right, left)


_PLUS: dict[tuple[type, type], Operation] = {
    (str, str): _join_text,
    (YearsMonths, YearsMonths): lambda a, b: temporal.years_months(a.months + b.months),
    (DaysTime, DaysTime): lambda a, b: temporal.days_time(a.nanoseconds + b.nanoseconds),
    (Date, YearsMonths): lambda a, b: temporal.add_months(a, b.months),
    (Date, DaysTime): _date_plus_days,
    (DateTime, YearsMonths): _date_time_plus_months,
    (DateTime, DaysTime): _date_time_plus_days,
    (Time, DaysTime): _time_plus,
}
_PLUS |= {(right, left): _swapped(plus) for (left, right), plus in list(_PLUS.items()) if left is not right}
_MINUS: dict[tuple[type, type], Operation] = {
    (YearsMonths, YearsMonths): lambda a, b: temporal.years_months(a.months - b.months),
    (DaysTime, DaysTime): lambda a, b: temporal.days_time(a.nanoseconds - b.nanoseconds),
    (Date, YearsMonths): lambda a, b: temporal.add_months(a, -b.months),
    (Date, DaysTime): lambda a, b: _date_plus_days(a, DaysTime(-b.nanoseconds)),
    (DateTime, YearsMonths): lambda a, b: _date_time_plus_months(a, YearsMonths(-b.months)),
    (DateTime, DaysTime): lambda a, b: _date_time_plus_days(a, DaysTime(-b.nanoseconds)),
    (Time, DaysTime): lambda a, b: _time_plus(a, DaysTime(-b.nanoseconds)),
    (Date, Date): lambda a, b: DaysTime((temporal.day_number(a) - temporal.day_number(b)) * DAY),
    (DateTime, DateTime): _date_time_minus,
    (Date, DateTime): lambda a, b: _date_time_minus(temporal.midnight_utc(a), b),
    (DateTime, Date): lambda a, b: _date_time_minus(a, temporal.midnight_utc(b)),
    (Time, Time): _time_minus,
}
_TIMES: dict[tuple[type, type], Operation] = {}
_DIVIDED: dict[tuple[type, type], Operation] = {
    (YearsMonths, YearsMonths): lambda a, b: _divide_numbers(a.months, b.months),
    (DaysTime, DaysTime): lambda a, b: _divide_numbers(a.nanoseconds, b.nanoseconds),
}
_RAISED: dict[tuple[type, type], Operation] = {}
for _one in NUMBERS:
    _TIMES |= {(YearsMonths, _one): _scale_months, (DaysTime, _one): _scale_time}
    _TIMES |= {(_one, YearsMonths): lambda a, b: _scale_months(b, a), (_one, DaysTime): lambda a, b: _scale_time(b, a)}
    _DIVIDED |= {(YearsMonths, _one): _divide_months, (DaysTime, _one): _divide_time}
    for _other in NUMBERS:
        _PLUS[_one, _other] = _numbers(DECIMAL.add)
        _MINUS[_one, _other] = _numbers(DECIMAL.subtract)
        _TIMES[_one, _other] = _numbers(DECIMAL.multiply)
        _DIVIDED[_one, _other] = _divide_numbers
        _RAISED[_one, _other] = _power
_PLUS[int, int] = lambda a, b: exact(a + b)
_MINUS[int, int] = lambda a, b: exact(a - b)
_TIMES[int, int] = lambda a, b: exact(a * b)
Operations = dict[tuple[type, type], Operation]
ARITHMETIC: dict[str, Operations] = {"+": _PLUS, "-": _MINUS, "*": _TIMES, "/": _DIVIDED, "**": _RAISED}


# Camunda cuts what durations are multiplied by, and the quotient of two durations, to whole numbers.


def _cut_factor(scale: Operation) -> Operation:
    return lambda duration, factor: scale(duration, int(factor)) if abs(factor) < BIG else None


def _cut_quotient(left: int, right: int) -> int | None:
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_CAMUNDA_TIMES = dict(_TIMES)
for _one in NUMBERS:
    for _kind, _scale in ((YearsMonths, _cut_factor(_scale_months)), (DaysTime, _cut_factor(_scale_time))):
        _CAMUNDA_TIMES |= {(_kind, _one): _scale, (_one, _kind): _swapped(_scale)}
_CAMUNDA_DIVIDED = _DIVIDED | {
    (YearsMonths, YearsMonths): lambda a, b: _cut_quotient(a.months, b.months),
    (DaysTime, DaysTime): lambda a, b: _cut_quotient(a.nanoseconds, b.nanoseconds),
}
CAMUNDA_ARITHMETIC = ARITHMETIC | {"*": _CAMUNDA_TIMES, "/": _CAMUNDA_DIVIDED}


def calculate(operator: str, left: Value, right: Value) -> Value:
    """`left operator right`; None when the types do not go together or the result is no value."""
    return apply(ARITHMETIC[operator], left, right)


def apply(operations: Operations, left: Value, right: Value) -> Value:
    """What the operation for these two types gives; None when there is none."""
    operation = operations.get((type(left), type(right)))
    if operation is None:
        if type(left) in KNOWN and type(right) in KNOWN:
            return None
        return apply(operations, take_in(left), take_in(right))
    return operation(left, right)


def negate(value: Value) -> Value:
    """`-value` for numbers and durations; None for anything else."""
    kind = type(value)
    if kind is int:
        return -value
    if kind is Decimal:
        return DECIMAL.minus(value)
    if kind is YearsMonths:
        return YearsMonths(-value.months)
    if kind is DaysTime:
        return DaysTime(-value.nanoseconds)
    return None if kind in KNOWN else negate(take_in(value))
