"""How built-in functions are declared and called.

A function is written with its FEEL signature above it; the signature says the names, which are optional (`length?`),
which take the rest (`items...`), and the types. Arguments that fit no signature make the result null with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from bpmn.feel.kinds import SIMPLE
from bpmn.feel.run import Fault, Run
from bpmn.feel.syntax import Type
from bpmn.feel.text import kind_of
from bpmn.feel.values import KNOWN, Date, DateTime, DaysTime, Time, Value, YearsMonths, take_in

Types = frozenset[type] | None  # None: any value
_PARAMETER = re.compile(r"([^:?.]+)(\?|\.\.\.)?(?::\s*(.+))?")
_TYPES: dict[str, frozenset[type]] = SIMPLE | {
    "null": frozenset({type(None)}),
    "duration": frozenset({YearsMonths, DaysTime}),
    "point": frozenset({int, Decimal, str, bool, Date, Time, DateTime, YearsMonths, DaysTime}),
}
Declared = TypeVar("Declared", bound=Callable[..., Any])
_MISSING: Any = object()
_LIST = frozenset({list})
_SHORT = 256  # characters of a text that count for no step of their own


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a built-in. `rest` takes all further arguments."""

    name: str
    types: Types
    optional: bool = False
    rest: bool = False
    spelled: str = "Any"

    def accepts(self, value: Value) -> bool:
        return self.types is None or type(value) in self.types


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a built-in."""

    parameters: tuple[Parameter, ...]
    call: Callable[..., Value]
    with_run: bool
    result: str

    @property
    def required(self) -> int:
        return sum(not (p.optional or (p.rest and index)) for index, p in enumerate(self.parameters))

    @property
    def has_rest(self) -> bool:
        return bool(self.parameters) and self.parameters[-1].rest

    def takes(self, count: int) -> bool:
        """Whether so many positional arguments can be meant for it."""
        return self.required <= count and (self.has_rest or count <= len(self.parameters))

    def parameter_at(self, index: int) -> Parameter:
        return self.parameters[min(index, len(self.parameters) - 1)]

    def order(self, names: Sequence[str]) -> list[int] | None:
        """Where each parameter finds its argument among named ones (-1: not given), or None when they do not fit."""
        known = [parameter.name for parameter in self.parameters]
        if any(name not in known for name in names) or len(set(names)) != len(names):
            return None
        order = [names.index(name) if name in names else -1 for name in known]
        while order and order[-1] == -1:
            order.pop()
        if any(order[index] == -1 if index < len(order) else True for index in range(self.required)):
            return None
        return order


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function with all its signatures."""

    name: str
    signatures: tuple[Signature, ...]

    def types(self) -> list[tuple[tuple[Type, ...], Type]]:
        """Parameter and result types of every signature without optional parts filled in."""
        found = []
        for signature in self.signatures:
            for count in range(signature.required, len(signature.parameters) + 1):
                spelled = tuple(Type(parameter.spelled) for parameter in signature.parameters[:count])
                found.append((spelled, Type(signature.result)))
        return found


class Library:
    """The built-in functions of one dialect, by name."""

    def __init__(self, base: Library | None = None) -> None:
        self.functions: dict[str, Builtin] = dict(base.functions) if base else {}

    def define(self, *signatures: str, with_run: bool = False) -> Callable[[Declared], Declared]:
        """Declare a function under each of the signatures, such as `contains(string:

        String, match: string): boolean`.
        """

        def declare(function: Declared) -> Declared:
            for text in signatures:
                name, signature = _parse(text, function, with_run)
                known = self.functions[name].signatures if name in self.functions else ()
                self.functions[name] = Builtin(name, (*known, signature))
            return function

        return declare


def _parse(text: str, call: Callable[..., Value], with_run: bool) -> tuple[str, Signature]:
    name, _, rest = text.partition("(")
    inner, _, result = rest.rpartition(")")
    parameters = tuple(_parameter(part.strip()) for part in inner.split(",") if part.strip())
    return name, Signature(parameters, call, with_run, result.lstrip(": ") or "Any")


def _parameter(text: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise ValueError(f"Not a parameter: {text!r}")
    names = (match[3] or "any").split("|")
    types: Types = None if "any" in names else frozenset().union(*(_TYPES[name] for name in names))
    spelled = names[0] if names[0] in SIMPLE else "Any"
    return Parameter(match[1].strip(), types, match[2] == "?", match[2] == "...", spelled)


def invoke(
    builtin: Builtin, candidates: Sequence[Signature], arguments: list[Value], run: Run, column: int, coerce: bool
) -> Value:
    """Call the first candidate whose types fit; null and a warning when none does.

    `coerce` turns a list of one into its item where an item is asked for (DMN 1.5, 10.3.2.9.4).
    """
    fitting = None
    for signature in candidates:
        fitting = fit(signature, arguments, coerce)
        if fitting is not None:
            return call_fitting(builtin, signature, fitting, run, column)
    kinds = ", ".join(kind_of(argument) for argument in arguments)
    run.warn(f"The function '{builtin.name}' cannot be used with ({kinds}).", column)
    return None


def fit(signature: Signature, arguments: list[Value], coerce: bool) -> list[Value] | None:
    """The arguments as the signature wants them, or None."""
    fitted = arguments
    last = len(signature.parameters) - 1
    for index, value in enumerate(arguments):
        types = signature.parameters[index if index < last else last].types
        if types is None or type(value) in types:
            continue
        value = _as_wanted(value, types, coerce)
        if value is _MISSING:
            return None
        if fitted is arguments:
            fitted = list(arguments)
        fitted[index] = value
    return fitted


def _as_wanted(value: Value, types: frozenset[type], coerce: bool) -> Value:
    if type(value) not in KNOWN:
        value = take_in(value)
        return value if type(value) in types else _as_wanted(value, types, coerce)
    if not coerce:
        return _MISSING
    if type(value) is list and len(value) == 1:
        inner = value[0] if type(value[0]) in KNOWN else take_in(value[0])
        return inner if type(inner) in types else _MISSING
    return [value] if types == _LIST and value is not None else _MISSING


def call_fitting(builtin: Builtin, signature: Signature, arguments: list[Value], run: Run, column: int) -> Value:
    """Call one signature with arguments that fit it."""
    try:
        result = signature.call(run, *arguments) if signature.with_run else signature.call(*arguments)
    except Fault as fault:
        run.warn(f"The function '{builtin.name}' gives null: {fault}", column)
        return None
    return settle(result, run)


def settle(result: Value, run: Run) -> Value:
    """Count the making of a long text or a list, and refuse a list that is too long."""
    kind = type(result)
    if kind is str:
        if len(result) > _SHORT:
            run.tick(len(result) >> 4)
    elif kind is list:
        run.check_items(len(result))
        run.tick(len(result))
    return result
