"""FEEL's types: whether a value is of one, for `instance of`, parameters and item definitions (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from bpmn.feel.syntax import Type
from bpmn.feel.temporal import midnight_utc
from bpmn.feel.values import (
    KNOWN,
    Date,
    DateTime,
    DaysTime,
    Function,
    Range,
    Time,
    Value,
    YearsMonths,
    take_in,
)

Check = Callable[[Value], bool]
Named = Mapping[str, Check]

_NUMBER = frozenset({int, Decimal})
SIMPLE: dict[str, frozenset[type]] = {
    "number": _NUMBER,
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "date": frozenset({Date}),
    "time": frozenset({Time}),
    "date and time": frozenset({DateTime}),
    "dateTime": frozenset({DateTime}),
    "days and time duration": frozenset({DaysTime}),
    "day-time-duration": frozenset({DaysTime}),
    "day time duration": frozenset({DaysTime}),
    "dayTimeDuration": frozenset({DaysTime}),
    "years and months duration": frozenset({YearsMonths}),
    "year-month-duration": frozenset({YearsMonths}),
    "year month duration": frozenset({YearsMonths}),
    "yearMonthDuration": frozenset({YearsMonths}),
    "list": frozenset({list}),
    "context": frozenset({dict}),
    "function": frozenset({Function}),
    "range": frozenset({Range}),
    "Null": frozenset({type(None)}),
}
_NO_NAMES: Named = {}


class UnknownType(Exception):
    """A type name that means nothing here."""


def check_of(type_: Type, named: Named = _NO_NAMES) -> Check:
    """A function that says whether a value is of the type. Raises `UnknownType`."""
    if type_.arguments or type_.fields or type_.result is not None:
        return _check_of_parts(type_, named)
    if type_.name in named:
        return named[type_.name]
    if type_.name == "Any":
        return lambda value: value is not None
    allowed = SIMPLE.get(type_.name)
    if allowed is None:
        raise UnknownType(type_.name)
    return lambda value: type(value) in allowed


def fitted(value: Value, check: Check) -> Value:
    """The value as one that the check accepts, by FEEL's implicit conversions (DMN 1.5, 10.3.2.9.4): from and to a list
    of one, from a date to its midnight; null when there is none."""
    if value is None or check(value):
        return value
    if type(value) is list:
        return value[0] if len(value) == 1 and check(value[0]) else None
    if type(value) is Date and check(midnight := midnight_utc(value)):
        return midnight
    return [value] if check([value]) else None


def _check_of_parts(type_: Type, named: Named) -> Check:
    if type_.name == "list" and len(type_.arguments) == 1:
        item = _part(type_.arguments[0], named)
        return lambda value: type(value) is list and all(item(_known(part)) for part in value)
    if type_.name == "range" and len(type_.arguments) == 1:
        end = _part(type_.arguments[0], named)
        return lambda value: (
            type(value) is Range and all(part is None or end(part) for part in (value.start, value.end))
        )
    if type_.name == "context":
        fields = tuple((name, _part(field, named)) for name, field in type_.fields)
        return lambda value: (
            type(value) is dict and all(name in value and check(_known(value[name])) for name, check in fields)
        )
    if type_.name == "function":
        return lambda value: type(value) is Function and _function_conforms(value, type_)
    raise UnknownType(type_.name)


def _part(type_: Type, named: Named) -> Check:
    """Inside of another type null is of any type (DMN 1.5, 10.3.2.9.1: null conforms to every type)."""
    check = check_of(type_, named)
    return lambda value: value is None or check(value)


def _known(value: Value) -> Value:
    return value if type(value) in KNOWN else take_in(value)


def _function_conforms(function: Function, type_: Type) -> bool:
    """A function conforms when it takes what the type gives and gives what the type takes, as far as either says."""
    if function.builtin is not None:
        return any(_signature_conforms(types, result, type_) for types, result in function.builtin())
    declared = tuple(kind or ANY for kind in function.types) or (ANY,) * len(function.parameters)
    return _signature_conforms(declared, ANY, type_)


ANY = Type("Any")


def _signature_conforms(parameters: tuple[Type, ...], result: Type, wanted: Type) -> bool:
    if len(parameters) != len(wanted.arguments):
        return False
    fits = all(_conforms(given, taken) for given, taken in zip(wanted.arguments, parameters, strict=True))
    return fits and (wanted.result is None or result == ANY or _conforms(result, wanted.result))


def _conforms(one: Type, other: Type) -> bool:
    """Whether every value of `one` is also one of `other`, by their names and parts."""
    if other.name == "Any":
        return True
    if one.name != other.name:
        return False
    if len(one.arguments) != len(other.arguments):
        return not other.arguments
    fields = dict(one.fields)
    return all(_conforms(a, b) for a, b in zip(one.arguments, other.arguments, strict=True)) and all(
        name in fields and _conforms(fields[name], kind) for name, kind in other.fields
    )
