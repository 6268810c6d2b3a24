"""Literals, names and paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from bpmn.feel import properties, syntax
from bpmn.feel.compiling.frame import RUN, VARIABLES, Closure, Compiler, Frame, Rule, Scope
from bpmn.feel.library.registry import Builtin, invoke
from bpmn.feel.run import Run
from bpmn.feel.values import KNOWN, Function, Value, take_in


def literal(compiler: Compiler, node: syntax.Literal, scope: Scope) -> Closure:
    """A constant."""
    value = node.value
    return lambda frame: value


def name(compiler: Compiler, node: syntax.Name, scope: Scope) -> Closure:
    """A name, by its slot or as a variable."""
    slot, items = scope.find(node.name)
    if slot is not None and items == [slot]:
        return _item(slot)
    found: Closure = variable(compiler, node) if slot is None else slotted(compiler, slot)
    for item in reversed(items):
        found = _from_slot(node.name, item, found)
    return found


def slotted(compiler: Compiler, slot: int) -> Closure:
    """What a slot holds. A list that is still growing is copied, so that nobody can put it into itself."""
    compiler.read.add(slot)
    return _so_far(slot) if slot in compiler.growing else itemgetter(slot)


def _so_far(slot: int) -> Closure:
    def so_far(frame: Frame) -> Value:
        found = frame[slot]
        frame[RUN].tick(len(found))
        return found[:]

    return so_far


def variable(compiler: Compiler, node: syntax.Name) -> Closure:
    """A name that nothing in the expression declares: a variable, or a built-in function as a value."""
    compiler.names.add(node.name)
    wanted, column, known = node.name, node.column, KNOWN
    builtin = compiler.library.functions.get(wanted)
    is_dmn = compiler.is_dmn

    def variable(frame: Frame) -> Value:
        try:
            value = frame[0][wanted]
        except KeyError:
            return missing(frame)
        return value if type(value) in known else take_in(value)

    def missing(frame: Frame) -> Value:
        if builtin is not None:
            return _as_value(builtin, frame[RUN], is_dmn)
        frame[RUN].warn(f"There is no variable '{wanted}' here.", column)
        return None

    return variable


def _as_value(builtin: Builtin, run: Run, is_dmn: bool) -> Function:
    """A built-in as a value, as `sort` and user functions take it."""

    def call(arguments: Sequence[Value]) -> Value:
        fitting = [signature for signature in builtin.signatures if signature.takes(len(arguments))]
        return invoke(builtin, fitting, list(arguments), run, 0, is_dmn)

    parameters = tuple(parameter.name for parameter in builtin.signatures[0].parameters)
    return Function(parameters, call, builtin=builtin.types)


def _from_slot(wanted: str, slot: int, otherwise: Closure) -> Closure:
    """The entry of what a loop, context or filter keeps in a slot; what has no such entry is read `otherwise`."""
    known = KNOWN

    def from_slot(frame: Frame) -> Value:
        base = frame[slot]
        if type(base) is dict:
            try:
                value = base[wanted]
            except KeyError:
                return otherwise(frame)
            return value if type(value) in known else take_in(value)
        return otherwise(frame)

    return from_slot


def _item(slot: int) -> Closure:
    """`item` in a filter: the item, unless it has an entry of that name itself (DMN 1.5, 10.3.2.5)."""

    def item(frame: Frame) -> Value:
        found = frame[slot]
        if type(found) is dict and "item" in found:
            found = found["item"]
            return found if type(found) in KNOWN else take_in(found)
        return found

    return item


def path(compiler: Compiler, node: syntax.Path, scope: Scope) -> Closure:
    """`base.name`."""
    by_steps = _step(compiler.compile(node.base, scope), node)
    root, keys = _chain(node)
    if isinstance(root, syntax.Name) and len(keys) in _CHAINS:
        slot, items = scope.find(root.name)
        if slot is None and not items:
            return _CHAINS[len(keys)](VARIABLES, root.name, *keys, by_steps)
        if slot is not None and not items and slot not in compiler.growing and len(keys) == 1:
            return _from_slot(node.name, slot, by_steps)
    return by_steps


def _chain(node: syntax.Node) -> tuple[syntax.Node, tuple[str, ...]]:
    """What a path starts from, and its keys."""
    keys: list[str] = []
    while isinstance(node, syntax.Path):
        keys.insert(0, node.name)
        node = node.base
    return node, tuple(keys)


def _step(base: Closure, node: syntax.Path) -> Closure:
    """The entry of whatever the base gives, with a warning when it has none."""
    wanted, column, known = node.name, node.column, KNOWN

    def step(frame: Frame) -> Value:
        value = base(frame)
        if type(value) is dict:
            try:
                value = value[wanted]
            except KeyError:
                frame[RUN].warn(f"The context has no entry '{wanted}'.", column)
                return None
            return value if type(value) in known else take_in(value)
        return properties.read(value, wanted, frame[RUN], column)

    return step


def _of_variable(place: int, variable: str, wanted: str, by_steps: Closure) -> Closure:
    """The short way for `variable.entry` where both are there."""
    known = KNOWN

    def of_variable(frame: Frame) -> Value:
        try:
            base = frame[place][variable]
            if type(base) is dict:
                value = base[wanted]
                return value if type(value) in known else take_in(value)
        except KeyError:
            pass
        return by_steps(frame)

    return of_variable


def _of_entry(place: int, variable: str, outer: str, wanted: str, by_steps: Closure) -> Closure:
    """The short way for `variable.entry.entry`."""
    known = KNOWN

    def of_entry(frame: Frame) -> Value:
        try:
            base = frame[place][variable]
            if type(base) is dict and type(base := base[outer]) is dict:
                value = base[wanted]
                return value if type(value) in known else take_in(value)
        except KeyError:
            pass
        return by_steps(frame)

    return of_entry


def _of_inner(place: int, variable: str, outer: str, inner: str, wanted: str, by_steps: Closure) -> Closure:
    """The short way for `variable.entry.entry.entry`."""
    known = KNOWN

    def of_inner(frame: Frame) -> Value:
        try:
            base = frame[place][variable]
            if type(base) is dict and type(base := base[outer]) is dict and type(base := base[inner]) is dict:
                value = base[wanted]
                return value if type(value) in known else take_in(value)
        except KeyError:
            pass
        return by_steps(frame)

    return of_inner


_CHAINS: dict[int, Callable[..., Closure]] = {1: _of_variable, 2: _of_entry, 3: _of_inner}


RULES: dict[type, Rule] = {syntax.Literal: literal, syntax.Name: name, syntax.Path: path}
