"""Whether answers satisfy a form. The rules are those of form-js (its Validator), compared field by field in
`tests/conformance/test_form_js.py`.

form-js validates in the browser, where widgets let nothing pass that does not fit; on loading it drops what does not.
Programs send anything, so Baton refuses what form-js would drop: a value of another type than the field's, one that is
not among the options (also when the options are not there), and what is no date. Data that no component asks for is
not looked at, as Camunda takes any variable along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bpmn.feel import temporal
from bpmn.forms import kinds
from bpmn.forms.model import ONE_OF_MANY, SOME_OF_MANY, Component, Fault, Json
from bpmn.forms.patterns import Pattern
from bpmn.forms.reader import option
from bpmn.juel.operators import text as written
from bpmn.languages import as_json

_MAXIMUM_ITEMS = 10_000
_SHOWN_OPTIONS = 8
_DATE_OF_ANY_ORDER = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([T ].*)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHITE = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
Scope = Mapping[str, Json]


def faults_of(components: Sequence[Component], data: Mapping[str, Json]) -> list[Fault]:
    """The faults of all components, in their order."""
    return list(_faults(components, data, Place(data)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the data a component stands: `row` is the entry of the innermost list, counted in `indexes`."""

    data: Mapping[str, Json]
    row: Mapping[str, Json] | None = None
    parent: Mapping[str, Json] | None = None
    indexes: tuple[int, ...] = ()
    prefix: str = ""

    @property
    def scope(self) -> Scope:
        """What expressions see: the data, and `this`, `parent` and `i` for where they stand."""
        special = {"this": self.data if self.row is None else self.row, "parent": self.parent, "i": list(self.indexes)}
        return {**special, **self.data, **{f"_{name}_": value for name, value in special.items()}}

    def within(self, row: Mapping[str, Json], index: int, path: str) -> Place:
        """The place of an entry of a list."""
        outer = self.data if self.row is None else self.row
        return Place(self.data, row, outer, (*self.indexes, index + 1), f"{path}[{index}]")


def _faults(components: Sequence[Component], data: Json, place: Place) -> Iterator[Fault]:
    """`data` is where the keys are looked up."""
    scope = place.scope if components else {}
    for component in components:
        if component.hidden is not None and component.hidden(scope) is True:
            continue
        if component.type == "group":
            inner = replace(place, prefix=_joined(place.prefix, component.path))
            yield from _faults(component.components, at(data, component.path), inner)
        elif component.type == "dynamiclist":
            yield from _faults_of_list(component, data, place)
        elif component.asks and not component.is_disabled:
            message = _fault(component, at(data, component.key), scope)
            if message:
                yield Fault(_joined(place.prefix, component.key), message)


def _faults_of_list(component: Component, data: Json, place: Place) -> Iterator[Fault]:
    path = _joined(place.prefix, component.path)
    rows = at(data, component.path)
    if rows is None:
        return
    if not isinstance(rows, list):
        yield Fault(path, "must be a list")
        return
    if len(rows) > _MAXIMUM_ITEMS:
        yield Fault(path, f"must have at most {_MAXIMUM_ITEMS} entries")
        return
    for index, row in enumerate(rows):
        if isinstance(row, dict):
            yield from _faults(component.components, row, place.within(row, index, path))
        else:
            yield Fault(f"{path}[{index}]", "must be an object")


def _joined(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix and key else prefix or key


def at(data: Json, path: str) -> Json:
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
        return "is required" if _rule(component, "required", scope) else ""
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
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    number = Decimal(str(value))
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
    if known is None or all(any(_is_same(value, one) for one in known) for value in values):
        return ""
    if not known:
        return "has no options to choose from here"
    shown = ", ".join(written(value) for value in known[:_SHOWN_OPTIONS])
    return f"must be one of {shown}{', ...' if len(known) > _SHOWN_OPTIONS else ''}"


def _is_same(value: Json, option: Json) -> bool:
    return value == option and isinstance(value, bool) == isinstance(option, bool)


def _options(component: Component, scope: Scope) -> list[Json] | None:
    """The values to choose from, none when their source holds no list; None when the form names neither."""
    if component.option_source is None:
        return [value for value, _ in component.options] or None
    listed = as_json(component.option_source(scope))
    return [found[0] for item in listed if (found := option(item))] if isinstance(listed, list) else []


def _rule_fault(component: Component, value: Json, scope: Scope) -> str:
    for name, judge in _RULES.items():
        limit = _rule(component, name, scope)
        if limit is not None and limit is not False:
            message = judge(value, limit)
            if message:
                return component.messages.get(name, message)
    return ""


def _at_least(value: Json, limit: Json) -> str:
    number, least = _number(value), _number(limit)
    if number is None or least is None:
        return "cannot be compared with its least value, which is no number"
    return f"must be at least {limit}" if number < least else ""


def _at_most(value: Json, limit: Json) -> str:
    number, most = _number(value), _number(limit)
    if number is None or most is None:
        return "cannot be compared with its greatest value, which is no number"
    return f"must be at most {limit}" if number > most else ""


def _length(text: str) -> int:
    """As JavaScript counts: UTF-16 units, without white space around."""
    return len(text.strip(_WHITE).encode("utf-16-le", "surrogatepass")) // 2


def _long_enough(value: Json, limit: Json) -> str:
    least = _number(limit)
    is_short = isinstance(value, str) and least is not None and _length(value) < least
    return f"must have at least {limit} characters" if is_short else ""


def _short_enough(value: Json, limit: Json) -> str:
    most = _number(limit)
    is_long = isinstance(value, str) and most is not None and _length(value) > most
    return f"must have at most {limit} characters" if is_long else ""


def _fits(value: Json, pattern: Pattern) -> str:
    """The pattern may occur anywhere, as JavaScript's `test` has it."""
    if not isinstance(value, str | int | float) or isinstance(value, bool) or not value:
        return ""
    try:
        found = pattern.occurs(written(value))
    except TimeoutError:
        return "could not be compared with its pattern in time"
    return "" if found else f"must match the pattern {pattern.source}"


def _is_kind(value: Json, kind: Json) -> str:
    if kind == "email":
        return "" if isinstance(value, str) and kinds.is_email(value) else "must be an email address"
    if kind == "phone":
        is_right = isinstance(value, str) and kinds.is_phone(value)
        return "" if is_right else "must be an international phone number such as +4930664040900"
    return ""


_RULES: dict[str, Callable[[Json, Any], str]] = {
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
        _fill(component.components, at(data, component.path), variables, inner)
        return inner or None
    if component.type == "dynamiclist":
        return _first_entries(component, data, variables) if component.path else None
    if not component.key:
        return None
    if component.value is not None:
        return as_json(component.value(variables))
    value = at(data, component.key)
    return component.default if value is None else value


def _first_entries(component: Component, data: Json, variables: Scope) -> Json:
    """The entries of a list, each with the defaults of its components; a new list has its usual number."""
    rows = at(data, component.path)
    if not isinstance(rows, list):
        rows = [{} for _ in range(component.first_rows)]
    found = []
    for row in rows[:_MAXIMUM_ITEMS]:
        entry = dict(row) if isinstance(row, dict) else {}
        _fill(component.components, entry, variables, entry)
        found.append(entry)
    return found or None


def _put(into: dict[str, Json], path: str, value: Json) -> None:
    """Set the value under a dotted path, beside what stands there."""
    *outer, last = path.split(".")
    for name in outer:
        inner = into.get(name)
        into[name] = dict(inner) if isinstance(inner, dict) else {}
        into = into[name]
    before = into.get(last)
    into[last] = {**before, **value} if isinstance(value, dict) and isinstance(before, dict) else value
