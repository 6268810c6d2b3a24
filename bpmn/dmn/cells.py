"""What an input cell takes, as intervals of a domain: what an index can look up and a check can compare.

Most cells of real tables are constants, comparisons and ranges; those are understood from their text, the others from
their syntax tree. A cell that asks for more than its own column's value has no `Sense` and must be evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from bpmn import feel
from bpmn.feel import syntax
from bpmn.feel.values import Date, DaysTime, Value, YearsMonths

Key = Any


@dataclass(frozen=True, slots=True)
class Part:
    """An interval of keys; a None end is open to that side."""

    low: Key
    low_included: bool
    high: Key
    high_included: bool

    @property
    def is_point(self) -> bool:
        return self.low is not None and self.low_included and self.high_included and bool(self.low == self.high)

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high) or (self.low == self.high and not (self.low_included and self.high_included))


@dataclass(frozen=True, slots=True)
class Sense:
    """What a cell takes: values of one domain within disjoint parts, in ascending order.

    `of_null` is what the cell says of null: equality says false, an order says nothing.
    """

    domain: str
    parts: tuple[Part, ...]
    of_null: bool | None = None


WHOLE = Part(None, False, None, False)
# The domains: what orders the values of each type.
DOMAINS: Mapping[type, tuple[str, Callable[[Any], Key] | None]] = MappingProxyType(
    {
        int: ("number", None),
        Decimal: ("number", None),
        str: ("string", None),
        bool: ("boolean", None),
        Date: ("date", lambda value: (value.year, value.month, value.day)),
        DaysTime: ("days and time duration", lambda value: value.nanoseconds),
        YearsMonths: ("years and months duration", lambda value: value.months),
    }
)
_NUMBER = r"-?\d{1,20}(?:\.\d{1,12})?"
_TEXT = r'"[^"\\\n\r]*"'
_PLAIN = re.compile(rf"\s*(?:({_NUMBER})|({_TEXT})|(true|false))\s*\Z")
_LIST_OF_TEXTS = re.compile(rf"\s*{_TEXT}\s*(?:,\s*{_TEXT}\s*)+\Z")
_LIST_OF_NUMBERS = re.compile(rf"\s*{_NUMBER}\s*(?:,\s*{_NUMBER}\s*)+\Z")
_INSIDE_TEXTS = re.compile(r'"([^"]*)"')
_COMPARISON = re.compile(rf"\s*(<=|>=|<|>)\s*({_NUMBER})\s*\Z")
_RANGE = re.compile(rf"\s*([\[(\]])\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([\])\[])\s*\Z")
_ANYTHING = ("", "-")


def is_anything(text: str) -> bool:
    """Whether a cell takes every value, null too."""
    return text in _ANYTHING


def constant(text: str) -> tuple[Value] | None:
    """The value of a text that is a number, a string or a boolean written out, in a tuple; None for any other."""
    found = _PLAIN.match(text)
    if found is None:
        return None
    number, string, boolean = found.groups()
    if number is not None:
        return (_number(number),)
    return (string[1:-1],) if string is not None else (boolean == "true",)


def _number(text: str) -> int | Decimal:
    return Decimal(text.strip()) if "." in text else int(text)


def sense_of_text(text: str) -> Sense | None:
    """What a cell takes, where a glance at its text is enough."""
    value = constant(text)
    if value is not None:
        return _points(value)
    found = _COMPARISON.match(text)
    if found is not None:
        return Sense("number", (_compared(found[1], _number(found[2])),))
    found = _RANGE.match(text)
    if found is not None:
        part = Part(_number(found[2]), found[1] == "[", _number(found[3]), found[4] == "]")
        return Sense("number", () if part.is_empty else (part,))
    if _LIST_OF_TEXTS.match(text):
        return _points(_INSIDE_TEXTS.findall(text))
    return _points(map(_number, text.split(","))) if _LIST_OF_NUMBERS.match(text) else None


def sense_of_tests(tests: feel.UnaryTests) -> Sense | None:
    """What compiled unary tests take, or None when they look at more than the value."""
    return sense_of_tree(tests.tree)


def sense_of_tree(tree: syntax.Tests) -> Sense | None:
    """What the unary tests of a tree take, or None when they look at more than the value."""
    if not tree.tests:
        return None
    senses = [_sense(node) for node in tree.tests]
    found = _united(senses)
    return _negated(found) if tree.negated and found is not None else found


# -- trees -----------------------------------------------------------------------------------------------------------


def _sense(node: syntax.Node) -> Sense | None:
    match node:
        case syntax.Test(operator=operator, operand=operand):
            return _comparing(operator, operand)
        case syntax.Comparison(operator=operator, left=syntax.Name(name="?"), right=right):
            # Times are compared to the second there; they have no domain here.
            return _comparing(operator, right)
        case syntax.Between(value=syntax.Name(name="?"), low=low, high=high):
            return _ranging(low, True, high, True)
        case syntax.RangeLiteral(start=low, end=high, operator="") if low is not None and high is not None:
            return _ranging(low, node.start_included, high, node.end_included)
        case syntax.Logic(operator="or", operands=operands):
            return _united(_mentioning(operands))
        case syntax.Logic(operator="and", operands=operands):
            return _common(_mentioning(operands))
    value = constant_of(node)
    return None if value is None else _points(value)


def _mentioning(operands: Iterable[syntax.Node]) -> list[Sense | None]:
    """Beside `and` and `or`, only conditions about `?` have a sense: a constant there is no test."""
    kinds = (syntax.Comparison, syntax.Between, syntax.Logic)
    return [_sense(operand) if isinstance(operand, kinds) else None for operand in operands]


def constant_of(node: syntax.Node) -> tuple[Value] | None:
    """The value of a node that is written out, in a tuple; None for one that must be evaluated."""
    match node:
        case syntax.Literal(value=value) if type(value) in DOMAINS:
            return (value,)
        case syntax.Negation(operand=syntax.Literal(value=value)) if type(value) in (int, Decimal):
            return (-value,)
        case syntax.Call(function=syntax.Name(name=name), arguments=(syntax.Literal(value=str(text)),)):
            return _temporal(name, text)
    return None


def _temporal(name: str, text: str) -> tuple[Value] | None:
    if name not in ("date", "duration"):
        return None
    value = feel.evaluate(f"{name}(text)", {"text": text})
    return (value,) if type(value) in DOMAINS else None


def _comparing(operator: str, operand: syntax.Node) -> Sense | None:
    value = constant_of(operand)
    if value is None:
        return None
    if operator == "=":
        return _points(value)
    if operator == "!=":
        return _negated(_points(value))
    domain, key = _keyed(value[0])
    return None if domain == "boolean" else Sense(domain, (_compared(operator, key),))


def _ranging(low: syntax.Node, low_included: bool, high: syntax.Node, high_included: bool) -> Sense | None:
    start, end = constant_of(low), constant_of(high)
    if start is None or end is None:
        return None
    (domain, first), (other, last) = _keyed(start[0]), _keyed(end[0])
    if domain != other or domain == "boolean":
        return None
    part = Part(first, low_included, last, high_included)
    return Sense(domain, () if part.is_empty else (part,))


def _keyed(value: Value) -> tuple[str, Key]:
    domain, key = DOMAINS[type(value)]
    return domain, value if key is None else key(value)


def _compared(operator: str, key: Key) -> Part:
    included = operator.endswith("=")
    return Part(None, False, key, included) if operator.startswith("<") else Part(key, included, None, False)


def _points(values: Iterable[Value]) -> Sense | None:
    keyed = [_keyed(value) for value in values]
    if len({domain for domain, _ in keyed}) != 1:
        return None
    return Sense(keyed[0][0], tuple(Part(key, True, key, True) for key in sorted({key for _, key in keyed})), False)


# -- sets of intervals -----------------------------------------------------------------------------------------------


def _one_domain(senses: list[Sense | None]) -> list[Sense] | None:
    found = [sense for sense in senses if sense is not None]
    return found if len(found) == len(senses) and len({sense.domain for sense in found}) == 1 else None


def _united(senses: list[Sense | None]) -> Sense | None:
    found = _one_domain(senses)
    if found is None:
        return None
    parts = united(part for sense in found for part in sense.parts)
    of_null = True if any(sense.of_null for sense in found) else _agreed(found)
    return Sense(found[0].domain, parts, of_null)


def _common(senses: list[Sense | None]) -> Sense | None:
    found = _one_domain(senses)
    if found is None:
        return None
    parts = found[0].parts
    for other in found[1:]:
        parts = common(parts, other.parts)
    of_null = False if any(sense.of_null is False for sense in found) else _agreed(found)
    return Sense(found[0].domain, parts, of_null)


def _agreed(senses: list[Sense]) -> bool | None:
    """What all say of null, else nothing."""
    first = senses[0].of_null
    return first if all(sense.of_null is first for sense in senses) else None


def _negated(sense: Sense | None) -> Sense | None:
    if sense is None:
        return None
    return Sense(sense.domain, outside(sense.parts), None if sense.of_null is None else not sense.of_null)


def united(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same values in disjoint parts, ascending."""
    filled = [part for part in parts if not part.is_empty]
    merged: list[Part] = []
    for part in (
        *(part for part in filled if part.low is None),
        *sorted((part for part in filled if part.low is not None), key=lambda part: (part.low, not part.low_included)),
    ):
        if merged and _touch(merged[-1], part):
            merged[-1] = _joined(merged[-1], part)
        else:
            merged.append(part)
    return tuple(merged)


def _touch(one: Part, other: Part) -> bool:
    """Whether nothing lies between two parts, the second of which does not start before the first."""
    if one.high is None or other.low is None or other.low < one.high:
        return True
    return bool(other.low == one.high) and (one.high_included or other.low_included)


def _joined(one: Part, other: Part) -> Part:
    if one.high is None or other.high is None:
        return Part(one.low, one.low_included, None, False)
    if other.high > one.high:
        return Part(one.low, one.low_included, other.high, other.high_included)
    included = one.high_included or (other.high == one.high and other.high_included)
    return Part(one.low, one.low_included, one.high, included)


def outside(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """All other values of the domain."""
    found, low, included = [], None, False
    is_open = False
    for part in parts:
        if part.low is not None:
            found.append(Part(low, included, part.low, not part.low_included))
        low, included, is_open = part.high, not part.high_included, part.high is None
    if not is_open:
        found.append(Part(low, included, None, False))
    return tuple(part for part in found if not part.is_empty)


def common(ones: tuple[Part, ...], others: tuple[Part, ...]) -> tuple[Part, ...]:
    """The values that are in both."""
    found, first, second = [], 0, 0
    while first < len(ones) and second < len(others):
        one, other = ones[first], others[second]
        part = _overlap(one, other)
        if part is not None:
            found.append(part)
        if one.high is None or (other.high is not None and other.high <= one.high):
            second += 1
            first += one.high is not None and other.high == one.high and not one.high_included
        else:
            first += 1
    return tuple(found)


def _overlap(one: Part, other: Part) -> Part | None:
    low, low_included = _later_start(one, other)
    high, high_included = _earlier_end(one, other)
    part = Part(low, low_included, high, high_included)
    return None if part.is_empty else part


def _later_start(one: Part, other: Part) -> tuple[Key, bool]:
    if one.low is None or (other.low is not None and other.low > one.low):
        return other.low, other.low_included
    both = one.low_included and (other.low != one.low or other.low_included)
    return one.low, both


def _earlier_end(one: Part, other: Part) -> tuple[Key, bool]:
    if one.high is None or (other.high is not None and other.high < one.high):
        return other.high, other.high_included
    both = one.high_included and (other.high != one.high or other.high_included)
    return one.high, both
