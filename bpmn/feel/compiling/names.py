"""Literals, names and paths."""

from __future__ import annotations

from collections.abc import Sequence

from bpmn.feel import properties, syntax
from bpmn.feel.compiling.frame import RUN, Closure, Compiler, Frame, Rule, Scope
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
    found: Closure = variable(compiler, node) if slot is None else lambda frame: frame[slot]
    for item in reversed(items):
        found = _from_item(node.name, item, found)
    return found


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


def _from_item(wanted: str, slot: int, otherwise: Closure) -> Closure:
    """A name that the entries of a filter's item may hide."""
    known = KNOWN

    def from_item(frame: Frame) -> Value:
        item = frame[slot]
        if type(item) is dict and wanted in item:
            value = item[wanted]
            return value if type(value) in known else take_in(value)
        return otherwise(frame)

    return from_item


def path(compiler: Compiler, node: syntax.Path, scope: Scope) -> Closure:
    """`base.name`."""
    base, wanted, column, known = compiler.compile(node.base, scope), node.name, node.column, KNOWN

    def path(frame: Frame) -> Value:
        value = base(frame)
        if type(value) is dict:
            try:
                value = value[wanted]
            except KeyError:
                frame[RUN].warn(f"The context has no entry '{wanted}'.", column)
                return None
            return value if type(value) in known else take_in(value)
        return properties.read(value, wanted, frame[RUN], column)

    return path


RULES: dict[type, Rule] = {syntax.Literal: literal, syntax.Name: name, syntax.Path: path}
