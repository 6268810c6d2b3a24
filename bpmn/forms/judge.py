"""Whether answers satisfy a form. The rules are those of form-js (its Validator), and what its widgets would not let
pass.

form-js validates in the browser; here the same verdicts are given to whatever a program sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import regex

from bpmn.feel import temporal
from bpmn.forms.model import ONE_OF_MANY, SOME_OF_MANY, Component, Fault, Json
from bpmn.forms.reader import option
from bpmn.languages import as_json

_MAXIMUM_ITEMS = 10_000
_PATTERN_SECONDS = 0.25
_SHOWN_OPTIONS = 8
# Both as in form-js, without its list of country codes.
_EMAIL = re.compile(r"""[^\s@<>()\[\]\\.,;:"]+(\.[^\s@<>()\[\]\\.,;:"]+)*@([A-Za-z0-9\-]+\.)+[A-Za-z]{2,}""")
_PHONE = re.compile(r"(\+|00)[1-9][0-9 \-().]{6,24}")
_DATE_OF_ANY_ORDER = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([T ].*)?")
Scope = Mapping[str, Json]


def faults_of(components: Sequence[Component], data: Mapping[str, Json]) -> list[Fault]:
    """The faults of all components, in their order."""
    return list(_faults(components, data, data, ""))


def _faults(components: Sequence[Component], data: Json, scope: Scope, prefix: str) -> Iterator[Fault]:
    """`data` is where the keys are looked up, `scope` what expressions see."""
    for component in components:
        if component.hidden is not None and component.hidden(scope) is True:
            continue
        if component.type == "group":
            yield from _faults(component.components, _at(data, component.path), scope, _joined(prefix, component.path))
        elif component.type == "dynamiclist":
            yield from _faults_of_list(component, data, scope, prefix)
        elif component.asks and not component.is_disabled:
            message = _fault(component, _at(data, component.key), scope)
            if message:
                yield Fault(_joined(prefix, component.key), message)


def _faults_of_list(component: Component, data: Json, scope: Scope, prefix: str) -> Iterator[Fault]:
    path = _joined(prefix, component.path)
    rows = _at(data, component.path)
    if rows is None:
        return
    if not isinstance(rows, list):
        yield Fault(path, "must be a list")
        return
    if len(rows) > _MAXIMUM_ITEMS:
        yield Fault(path, f"must have at most {_MAXIMUM_ITEMS} entries")
        return
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            yield Fault(f"{path}[{index}]", "must be an object")
            continue
        inner = {**scope, **row, "this": row, "parent": data, "i": [index + 1]}
        yield from _faults(component.components, row, inner, f"{path}[{index}]")


def _joined(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix and key else prefix or key


def _at(data: Json, path: str) -> Json:
    """What stands under a dotted key; a key with a dot in it that is there as such comes first."""
    if not path:
        return data
    if isinstance(data, dict) and path in data:
        return data[path]
    for name in path.split("."):
        if not isinstance(data, dict):
            return None
        data = data.get(name)
    return data


# -- one answer --------------------------------------------------------------------------------------------------


def _fault(component: Component, value: Json, scope: Scope) -> str:
    is_unchecked = component.type == "checkbox" and value is False and not component.is_false_an_answer
    if value is None or value in ("", []) or is_unchecked:
        return "is required" if _rule(component, "required", scope) is True else ""
    return _type_fault(component, value, scope) or _rule_fault(component, value, scope)


def _rule(component: Component, name: str, scope: Scope) -> Json:
    rule = component.rules.get(name)
    return None if rule is None else rule(scope)


def _type_fault(component: Component, value: Json, scope: Scope) -> str:
    kind = component.type
    if kind in ("textfield", "textarea"):
        return "" if isinstance(value, str) else "must be a text"
    if kind == "number":
        return _number_fault(component, value)
    if kind == "checkbox":
        return "" if isinstance(value, bool) else "must be true or false"
    if kind == "datetime":
        return _date_fault(component, value)
    if kind in ONE_OF_MANY:
        return _option_fault(component, [value], scope)
    if kind in SOME_OF_MANY:
        return _option_fault(component, value, scope) if isinstance(value, list) else "must be a list"
    return ""


def _number_fault(component: Component, value: Json) -> str:
    number = _number(value)
    if number is None:
        return "must be a number"
    exponent = number.normalize().as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    if component.decimal_digits is not None and digits > component.decimal_digits:
        if component.decimal_digits == 0:
            return "must be a whole number"
        return f"must have at most {component.decimal_digits} digits after the point"
    step = _number(component.step)
    if step and number % step:
        return f"must be a multiple of {component.step}"
    return ""


def _number(value: Json) -> Decimal | None:
    """A number, also written as text (form-js can keep long numbers so)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 400:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 400 else None


def _date_fault(component: Component, value: Json) -> str:
    readers: dict[str, tuple[Callable[[str], Any], str]] = {
        "date": (temporal.parse_date, "a date such as 2025-12-31"),
        "time": (_read_time, "a time such as 18:30"),
        "datetime": (_read_date_time, "a date and time such as 2025-12-31T18:30"),
        "any": (_read_any_date, "a date"),
    }
    read, what = readers.get(component.subtype or "date", readers["date"])
    is_date = isinstance(value, str) and len(value) < 100 and read(value)
    return "" if is_date else f"must be {what}"


def _read_time(text: str) -> Any:
    match = re.fullmatch(r"(\d\d:\d\d)(:\d\d(?:\.\d+)?)?(.*)", text, re.DOTALL)
    return temporal.parse_time(f"{match[1]}{match[2] or ':00'}{match[3]}") if match else None


def _read_date_time(text: str) -> Any:
    date, mark, time = text.partition("T")
    return bool(mark) and temporal.parse_date(date) and _read_time(time)


def _read_any_date(text: str) -> Any:
    return temporal.parse_date(text) or _read_date_time(text) or _DATE_OF_ANY_ORDER.fullmatch(text)


def _option_fault(component: Component, values: Sequence[Json], scope: Scope) -> str:
    known = _options(component, scope)
    if known is None or all(value in known for value in values):
        return ""
    shown = ", ".join(str(value) for value in known[:_SHOWN_OPTIONS])
    return f"must be one of {shown}{', ...' if len(known) > _SHOWN_OPTIONS else ''}"


def _options(component: Component, scope: Scope) -> list[Json] | None:
    """The values to choose from; None when they are not known here."""
    if component.option_source is None:
        return [value for value, _ in component.options] or None
    listed = component.option_source(scope)
    return [option(item)[0] for item in listed] if isinstance(listed, list) else None


def _rule_fault(component: Component, value: Json, scope: Scope) -> str:
    for name, judge in _RULES.items():
        limit = _rule(component, name, scope)
        if limit is not None and limit is not False:
            message = judge(value, limit)
            if message:
                return message
    return ""


def _at_least(value: Json, limit: Json) -> str:
    number, least = _number(value), _number(limit)
    return f"must be at least {limit}" if number is not None and least is not None and number < least else ""


def _at_most(value: Json, limit: Json) -> str:
    number, most = _number(value), _number(limit)
    return f"must be at most {limit}" if number is not None and most is not None and number > most else ""


def _long_enough(value: Json, limit: Json) -> str:
    least = _number(limit)
    is_short = isinstance(value, str) and least is not None and len(value.strip()) < least
    return f"must have at least {limit} characters" if is_short else ""


def _short_enough(value: Json, limit: Json) -> str:
    most = _number(limit)
    is_long = isinstance(value, str) and most is not None and len(value.strip()) > most
    return f"must have at most {limit} characters" if is_long else ""


def _fits(value: Json, pattern: Json) -> str:
    """The pattern may occur anywhere, as JavaScript's `test` has it."""
    if not isinstance(value, str) or not isinstance(pattern, str):
        return ""
    try:
        found = regex.search(pattern, value, flags=regex.ASCII, timeout=_PATTERN_SECONDS)
    except TimeoutError:
        return "could not be compared with its pattern in time"
    except regex.error:
        return ""  # form-js cannot use such a pattern either
    return "" if found else f"must match the pattern {pattern}"


def _is_kind(value: Json, kind: Json) -> str:
    if kind == "email":
        return (
            ""
            if isinstance(value, str) and len(value) < 400 and _EMAIL.fullmatch(value)
            else "must be an email address"
        )
    if kind == "phone":
        is_phone = isinstance(value, str) and len(value) < 60 and _PHONE.fullmatch(value)
        return "" if is_phone else "must be an international phone number such as +4930664040900"
    return ""


_RULES: dict[str, Callable[[Json, Json], str]] = {
    "pattern": _fits,
    "min": _at_least,
    "max": _at_most,
    "minLength": _long_enough,
    "maxLength": _short_enough,
    "validationType": _is_kind,
}


# -- what the form shows at first --------------------------------------------------------------------------------


def defaults_of(components: Sequence[Component], variables: Mapping[str, Json]) -> dict[str, Json]:
    """The values of all keys that have one."""
    found: dict[str, Json] = {}
    _fill(components, variables, variables, found)
    return found


def _fill(components: Sequence[Component], data: Json, variables: Scope, into: dict[str, Json]) -> None:
    for component in components:
        if component.type == "group" and not component.path:
            _fill(component.components, data, variables, into)
            continue
        value = _first_value(component, data, variables)
        if value is not None:
            _put(into, component.path or component.key, value)


def _first_value(component: Component, data: Json, variables: Scope) -> Json:
    if component.type == "group":
        inner: dict[str, Json] = {}
        _fill(component.components, _at(data, component.path), variables, inner)
        return inner or None
    if component.type == "dynamiclist":
        return _at(data, component.path) if component.path else None
    if not component.key:
        return None
    if component.value is not None:
        return as_json(component.value(variables))
    value = _at(data, component.key)
    return component.default if value is None else value


def _put(into: dict[str, Json], path: str, value: Json) -> None:
    """Set the value under a dotted path, beside what stands there."""
    *outer, last = path.split(".")
    for name in outer:
        inner = into.get(name)
        into[name] = dict(inner) if isinstance(inner, dict) else {}
        into = into[name]
    before = into.get(last)
    into[last] = {**before, **value} if isinstance(value, dict) and isinstance(before, dict) else value
