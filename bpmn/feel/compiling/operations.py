"""Arithmetic, comparison, logic and the types of values. Whole numbers and strings are compared on a short way."""

from __future__ import annotations

from collections.abc import Callable
from operator import add, ge, gt, le, lt, mul, sub
from typing import Any

from bpmn.feel import operators, syntax
from bpmn.feel.compiling.frame import RUN, Closure, Compiler, Frame, Rule, Scope
from bpmn.feel.kinds import UnknownType, check_of
from bpmn.feel.run import Run
from bpmn.feel.text import kind_of, shown
from bpmn.feel.values import NUMBERS, Value

_WHOLE: dict[str, Callable[[int, int], int]] = {"+": add, "-": sub, "*": mul}
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
Slow = Callable[[Value, Value, Frame], Value]
_SMALL = 10**6  # a number that, added to or multiplied with one of 28 digits, gives none of more than 34
SHORT = 1000  # characters of a text whose making counts for no step of its own


def arithmetic(compiler: Compiler, node: syntax.Arithmetic, scope: Scope) -> Closure:
    """`+ - * / **`."""
    left, right = compiler.compile(node.left, scope), compiler.compile(node.right, scope)
    slow = _slow_arithmetic(compiler, node.operator, node.column)
    whole = _WHOLE.get(node.operator)
    if whole is None:
        return lambda frame: slow(left(frame), right(frame), frame)
    if isinstance(node.right, syntax.Literal):
        return _with_constant(node.operator, whole, left, node.right.value, slow)
    if node.operator == "+" and isinstance(node.left, syntax.Literal) and type(node.left.value) is str:
        return _after_text(node.left.value, right, slow)
    return _joining(left, right, slow) if node.operator == "+" else _of_numbers(whole, left, right, slow)


def _of_numbers(whole: Callable[[int, int], int], left: Closure, right: Closure, slow: Slow) -> Closure:
    big = operators.BIG
    if whole is mul:

        def product(frame: Frame) -> Value:
            one, other = left(frame), right(frame)
            if type(one) is int and type(other) is int and -big < (result := one * other) < big:
                return result
            return slow(one, other, frame)

        return product

    def of_numbers(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) is int and type(other) is int and -big < (result := whole(one, other)) < big:
            return result
        return slow(one, other, frame)

    return of_numbers


def _joining(left: Closure, right: Closure, slow: Slow) -> Closure:
    """`+`, with a short way for short texts, too."""
    big, short = operators.BIG, SHORT

    def joining(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        kind = type(one)
        if kind is type(other):
            if kind is int and -big < (result := one + other) < big:
                return result
            if kind is str and len(one) + len(other) < short:
                return one + other
        return slow(one, other, frame)

    return joining


def _after_text(constant: str, right: Closure, slow: Slow) -> Closure:
    """The short way for `"Dear " + name`; a text can be nothing but joined."""
    short = SHORT - len(constant)

    def after_text(frame: Frame) -> Value:
        other = right(frame)
        return constant + other if type(other) is str and len(other) < short else slow(constant, other, frame)

    return after_text


def _with_constant(
    operator: str, whole: Callable[[int, int], int], left: Closure, constant: Value, slow: Slow
) -> Closure:
    """The short way for a number or text that is written out on the right."""
    kind, big = type(constant), operators.BIG // _SMALL
    if kind is int and abs(constant) < _SMALL:

        def with_number(frame: Frame) -> Value:
            one = left(frame)
            if type(one) is int and -big < one < big:
                return whole(one, constant)
            return slow(one, constant, frame)

        return with_number
    if kind is str and operator == "+" and len(constant) < SHORT:

        def with_text(frame: Frame) -> Value:
            one = left(frame)
            return one + constant if type(one) is str and len(one) < SHORT else slow(one, constant, frame)

        return with_text
    return lambda frame: slow(left(frame), constant, frame)


def _slow_arithmetic(compiler: Compiler, operator: str, column: int) -> Slow:
    table = operators.ARITHMETIC if compiler.is_dmn else operators.CAMUNDA_ARITHMETIC
    operations = table[operator]

    def slow(one: Value, other: Value, frame: Frame) -> Value:
        operation = operations.get((type(one), type(other)))
        result = operation(one, other) if operation else operators.apply(operations, one, other)
        if result is None:
            _warn(frame[RUN], operator, one, other, column)
        elif type(result) is str:
            frame[RUN].tick(len(result) >> 4)
        return result

    return slow


def _warn(run: Run, operator: str, left: Value, right: Value, column: int) -> None:
    if operator == "/" and type(right) in NUMBERS and right == 0:
        run.warn(f"{shown(left)} cannot be divided by zero.", column)
    else:
        run.warn(f"'{operator}' cannot be used with {kind_of(left)} and {kind_of(right)}.", column)


def negation(compiler: Compiler, node: syntax.Negation, scope: Scope) -> Closure:
    """`-operand`."""
    if isinstance(node.operand, syntax.Literal) and type(node.operand.value) in NUMBERS:
        constant = operators.negate(node.operand.value)
        return lambda frame: constant
    operand, column = compiler.compile(node.operand, scope), node.column

    def negation(frame: Frame) -> Value:
        value = operand(frame)
        result = operators.negate(value)
        if result is None:
            frame[RUN].warn(f"'-' needs a number or a duration, but found {shown(value)}.", column)
        return result

    return negation


def comparison(compiler: Compiler, node: syntax.Comparison, scope: Scope) -> Closure:
    """`= != < <= > >=`."""
    left, right = compiler.compile(node.left, scope), compiler.compile(node.right, scope)
    if node.operator in _ORDERS:
        if isinstance(node.right, syntax.Literal) and type(node.right.value) is int:
            return _order_of_constant(node.operator, left, node.right.value, node.column)
        return order(node.operator, left, right, node.column)
    same = operators.equal_to_the_second if compiler.is_dmn else operators.equal
    if isinstance(node.right, syntax.Literal):
        return _equality_of_constant(node, same, left)
    return _equality(node.operator == "=", same, left, right, node.column)


def _equality(
    wanted: bool, same: Callable[[Value, Value], bool | None], left: Closure, right: Closure, column: int
) -> Closure:
    def equality(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        kind = type(one)
        if kind is type(other) and (kind is str or kind is int):
            return (one == other) is wanted
        result = same(one, other)
        if result is None:
            frame[RUN].warn(f"{shown(one)} and {shown(other)} cannot be compared: they differ in type.", column)
            return None
        return result is wanted

    return equality


def order(operator: str, left: Closure, right: Closure, column: int) -> Closure:
    """A closure for < <= > and >=."""
    slow, whole = _slow_order(operator, column), _ORDERS[operator]

    def order(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) in NUMBERS and type(other) in NUMBERS:
            return whole(one, other)
        return slow(one, other, frame)

    return order


def _slow_order(operator: str, column: int) -> Slow:
    compare = operators.COMPARISONS[operator]

    def slow(one: Value, other: Value, frame: Frame) -> Value:
        result = compare(one, other)
        if result is None:
            frame[RUN].warn(f"'{operator}' cannot be used with {kind_of(one)} and {kind_of(other)}.", column)
        return result

    return slow


def _order_of_constant(operator: str, left: Closure, constant: int, column: int) -> Closure:
    """The short way for a comparison with a whole number that is written out: the most frequent one there is."""
    return _ORDERS_OF_CONSTANT[operator](left, constant, _slow_order(operator, column), NUMBERS)


Kinds = frozenset[type]


def _less(left: Closure, constant: int, slow: Slow, kinds: Kinds) -> Closure:
    return lambda frame: one < constant if type(one := left(frame)) in kinds else slow(one, constant, frame)


def _at_most(left: Closure, constant: int, slow: Slow, kinds: Kinds) -> Closure:
    return lambda frame: one <= constant if type(one := left(frame)) in kinds else slow(one, constant, frame)


def _greater(left: Closure, constant: int, slow: Slow, kinds: Kinds) -> Closure:
    return lambda frame: one > constant if type(one := left(frame)) in kinds else slow(one, constant, frame)


def _at_least(left: Closure, constant: int, slow: Slow, kinds: Kinds) -> Closure:
    return lambda frame: one >= constant if type(one := left(frame)) in kinds else slow(one, constant, frame)


_ORDERS_OF_CONSTANT = {"<": _less, "<=": _at_most, ">": _greater, ">=": _at_least}


def _equality_of_constant(
    node: syntax.Comparison, same: Callable[[Value, Value], bool | None], left: Closure
) -> Closure:
    constant = node.right.value  # type: ignore[attr-defined]
    kind = type(constant) if type(constant) in (int, str, bool) else None
    wanted, column = node.operator == "=", node.column

    def equality(frame: Frame) -> Value:
        one = left(frame)
        if type(one) is kind:
            return (one == constant) is wanted
        result = same(one, constant)
        if result is None:
            frame[RUN].warn(f"{shown(one)} and {shown(constant)} cannot be compared: they differ in type.", column)
            return None
        return result is wanted

    return equality


def logic(compiler: Compiler, node: syntax.Logic, scope: Scope) -> Closure:
    """Three-valued: what is neither true nor false counts as null (DMN 1.5, table 50)."""
    operands = tuple(compiler.compile(operand, scope) for operand in node.operands)
    decisive = node.operator == "or"
    if len(operands) == 2:
        return _logic_of_two(decisive, *operands)

    def logic(frame: Frame) -> Value:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(frame)
            if value is decisive:
                return decisive
            if value is not (not decisive):
                result = None
        return result

    return logic


def _logic_of_two(decisive: bool, left: Closure, right: Closure) -> Closure:
    neutral = not decisive

    def logic(frame: Frame) -> Value:
        one = left(frame)
        if one is decisive:
            return decisive
        other = right(frame)
        if other is decisive:
            return decisive
        return neutral if one is neutral and other is neutral else None

    return logic


def between(compiler: Compiler, node: syntax.Between, scope: Scope) -> Closure:
    """`value between low and high`."""
    value, low, high = (compiler.compile(part, scope) for part in (node.value, node.low, node.high))
    column = node.column

    def between(frame: Frame) -> Value:
        tested = value(frame)
        above = operators.greater_or_equal(tested, low(frame))
        below = operators.less_or_equal(tested, high(frame))
        if above is None or below is None:
            frame[RUN].warn(f"{shown(tested)} cannot be compared with the bounds of 'between'.", column)
            return None
        return above and below

    return between


def instance_of(compiler: Compiler, node: syntax.InstanceOf, scope: Scope) -> Closure:
    """`value instance of type`."""
    value = compiler.compile(node.value, scope)
    try:
        check = check_of(node.type, compiler.types)
    except UnknownType as unknown:
        message, column = f"There is no type '{unknown}'.", node.column
        return lambda frame: frame[RUN].warn(message, column)
    return lambda frame: check(value(frame))


RULES: dict[type, Rule] = {
    syntax.Arithmetic: arithmetic,
    syntax.Negation: negation,
    syntax.Comparison: comparison,
    syntax.Logic: logic,
    syntax.Between: between,
    syntax.InstanceOf: instance_of,
}
