"""Tests: what stands after `in`, and the unary tests of a decision table's cell, about a value in a slot (`?`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bpmn.feel import operators, syntax
from bpmn.feel.compiling.containers import range_
from bpmn.feel.compiling.frame import RUN, Closure, Compiler, Frame, Rule, Scope
from bpmn.feel.compiling.operations import order
from bpmn.feel.text import shown
from bpmn.feel.values import Value


def in_(compiler: Compiler, node: syntax.In, scope: Scope) -> Closure:
    """`value in tests`."""
    value = compiler.compile(node.value, scope)
    slot = compiler.slot()
    inner = scope.with_name("?", slot)
    tests = [_membership(compiler, test, inner, slot) for test in node.tests]

    def in_(frame: Frame) -> Value:
        frame[slot] = value(frame)
        return any_of(tests, frame)

    return in_


def _membership(compiler: Compiler, node: syntax.Node, scope: Scope, slot: int) -> Closure:
    """A test after `in`, which may speak of the value as `?`."""
    if isinstance(node, syntax.Test | syntax.RangeLiteral) or not mentions_input(node):
        return _test(compiler, node, scope, slot)
    return _boolean(compiler.compile(node, scope))


def _boolean(operand: Closure) -> Closure:
    return lambda frame: result if type(result := operand(frame)) is bool else None


def _test(compiler: Compiler, node: syntax.Node, scope: Scope, slot: int) -> Closure:
    """A closure that says whether the value in `slot` meets a test."""
    if isinstance(node, syntax.Test):
        return _comparing(compiler, node, scope, slot)
    if isinstance(node, syntax.RangeLiteral) and not node.operator:
        return _within(compiler, node, scope, slot)
    operand, column = compiler.compile(node, scope), node.column

    def test(frame: Frame) -> Value:
        result = operators.satisfies(frame[slot], operand(frame))
        if result is None:
            frame[RUN].warn(f"{shown(frame[slot])} cannot be tested here: the types differ.", column)
        return result

    return test


def _comparing(compiler: Compiler, node: syntax.Test, scope: Scope, slot: int) -> Closure:
    operand = compiler.compile(node.operand, scope)
    if node.operator in ("=", "!="):
        compare = operators.COMPARISONS[node.operator]
        return lambda frame: compare(frame[slot], operand(frame))
    return order(node.operator, lambda frame: frame[slot], operand, node.column)


def _within(compiler: Compiler, node: syntax.RangeLiteral, scope: Scope, slot: int) -> Closure:
    build, column = range_(compiler, node, scope), node.column

    def within(frame: Frame) -> Value:
        interval = build(frame)
        result = operators.in_range(frame[slot], interval) if interval is not None else None
        if result is None:
            frame[RUN].warn(f"{shown(frame[slot])} cannot be compared with the ends of the range.", column)
        return result

    low, high = node.start, node.end
    if isinstance(low, syntax.Literal) and isinstance(high, syntax.Literal):
        return _within_constants(low.value, high.value, node, slot, within)
    return within


def _within_constants(low: Value, high: Value, node: syntax.RangeLiteral, slot: int, otherwise: Closure) -> Closure:
    """A range of two whole numbers: no range value is built for whole numbers to test."""
    if type(low) is not int or type(high) is not int or low > high:
        return otherwise
    first, last = low + (not node.start_included), high - (not node.end_included)

    def within(frame: Frame) -> Value:
        value = frame[slot]
        return first <= value <= last if type(value) is int else otherwise(frame)

    return within


def any_of(tests: Sequence[Closure], frame: Frame) -> bool | None:
    """Three-valued or."""
    result: bool | None = False
    for test in tests:
        verdict = test(frame)
        if verdict is True:
            return True
        if verdict is None:
            result = None
    return result


# -- unary tests -------------------------------------------------------------------------------------------------


def unary(compiler: Compiler, node: syntax.Tests, scope: Scope, slot: int) -> Closure:
    """The unary tests of a cell, about the value in `slot`. No tests at all always hold."""
    if not node.tests:
        return lambda frame: True
    tests = [_unary(compiler, test, scope, slot) for test in node.tests]
    if not node.negated:
        return tests[0] if len(tests) == 1 else lambda frame: any_of(tests, frame)

    def negated(frame: Frame) -> Value:
        result = any_of(tests, frame)
        return None if result is None else not result

    return negated


def _unary(compiler: Compiler, node: syntax.Node, scope: Scope, slot: int) -> Closure:
    if isinstance(node, syntax.Test | syntax.RangeLiteral):
        return _test(compiler, node, scope, slot)
    operand = compiler.compile(node, scope)
    if mentions_input(node):
        return _boolean(operand)
    if isinstance(node, syntax.Literal):
        return _constant(node.value, slot)

    def test(frame: Frame) -> Value:
        value, result = frame[slot], operand(frame)
        # `list contains(allowed, x)`: a condition of its own, unless booleans are what is tested.
        if type(result) is bool and type(value) is not bool:
            return result
        return operators.satisfies(value, result)

    return test


def _constant(constant: Value, slot: int) -> Closure:
    if type(constant) is not str:
        return lambda frame: operators.satisfies(frame[slot], constant)

    def is_text(frame: Frame) -> Value:
        value = frame[slot]
        return value == constant if type(value) is str else operators.equal(value, constant)

    return is_text


def mentions_input(node: Any) -> bool:
    """Whether `?` stands anywhere in the tree."""
    if isinstance(node, syntax.Name):
        return node.name == "?"
    if isinstance(node, syntax.Node):
        return any(mentions_input(getattr(node, name)) for name in node.__dataclass_fields__ if name != "column")
    return isinstance(node, tuple) and any(mentions_input(part) for part in node)


RULES: dict[type, Rule] = {syntax.In: in_}
