"""Code for arithmetic, comparison and logic: whole numbers and texts in Python's own, all else by `operators`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial

from bpmn.feel import operators, syntax
from bpmn.feel.compiling.frame import Scope
from bpmn.feel.compiling.operations import SHORT
from bpmn.feel.generating import python
from bpmn.feel.generating.writer import BOOLEAN, TEXT, TRUTH, Rule, Unsupported, Writer
from bpmn.feel.values import KNOWN, NUMBERS, Value

_WHOLE: dict[str, Callable[[], ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult}
_ORDERS: dict[str, Callable[[], ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
_DIGIT = 2**30  # below it, Python compares numbers fastest
_INTEGER: frozenset[type] = frozenset({int})


def arithmetic(writer: Writer, node: syntax.Arithmetic, scope: Scope) -> str:
    """`+ - * / **`."""
    left, right = writer.write(node.left, scope), writer.write(node.right, scope)
    table = operators.ARITHMETIC if writer.compiler.is_dmn else operators.CAMUNDA_ARITHMETIC
    operations = writer.constant(table[node.operator])
    result = writer.local(KNOWN)
    with writer.branch() as otherwise:
        _applied(writer, result, operations, left, right)
    ways = otherwise
    if node.operator == "+" and _may_be(writer, str, left, right):
        ways = _joined(writer, result, left, right, ways)
    if node.operator in _WHOLE and _may_be(writer, int, left, right):
        ways = _whole(writer, node.operator, result, (left, right), (ways, otherwise))
    writer.add(*ways)
    return result


def _may_be(writer: Writer, kind: type, *values: str) -> bool:
    return all((kinds := writer.kinds(value)) is None or kind in kinds for value in values)


def _are(writer: Writer, kind: type, *values: str) -> list[ast.expr]:
    """The conditions that values are of a type, as far as that is not known."""
    unsure = [value for value in values if writer.kinds(value) != frozenset({kind})]
    return [python.type_is(value, kind.__name__) for value in unsure]


def _choice(conditions: list[ast.expr], yes: python.Code, no: python.Code) -> list[ast.stmt]:
    return [python.when(python.every(*conditions), yes, no)] if conditions else list(yes)


def _applied(writer: Writer, result: str, operations: str, left: str, right: str) -> None:
    """By the operation for the two types. Null means a warning, a long text a step: closures say both."""
    writer.add(python.assign(result, python.call(writer.constant(operators.apply), operations, left, right)))
    writer.leave_if(python.compared(python.name(result), ast.Is(), "none"))
    if _may_be(writer, str, left, right):
        writer.leave_if(python.type_is(result, "str"))


def _joined(writer: Writer, result: str, left: str, right: str, otherwise: list[ast.stmt]) -> list[ast.stmt]:
    long = python.compared(
        ast.BinOp(python.call("len", left), ast.Add(), python.call("len", right)), ast.GtE(), writer.constant(SHORT)
    )
    joined = python.assign(result, ast.BinOp(python.name(left), ast.Add(), python.name(right)))
    return _choice(_are(writer, str, left, right), [python.when(long, writer.leave), joined], otherwise)


def _whole(
    writer: Writer, operator: str, result: str, both: tuple[str, str], ways: tuple[list[ast.stmt], list[ast.stmt]]
) -> list[ast.stmt]:
    """Of whole numbers, where the result has no more than 34 digits."""
    otherwise, applied = ways
    computed = python.assign(result, ast.BinOp(python.name(both[0]), _WHOLE[operator](), python.name(both[1])))
    small, large = (
        python.negated(
            python.compared(python.name(writer.constant(-limit)), ast.Lt(), result, ast.Lt(), writer.constant(limit))
        )
        for limit in (_DIGIT, operators.BIG)
    )
    body = [computed, python.when(small, [python.when(large, applied)])]
    return _choice(_are(writer, int, *both), body, otherwise)


def negation(writer: Writer, node: syntax.Negation, scope: Scope) -> str:
    """`-operand`."""
    operand = node.operand
    if isinstance(operand, syntax.Literal) and type(operand.value) in NUMBERS:
        return writer.constant(operators.negate(operand.value))
    value = writer.expect(writer.write(operand, scope), _INTEGER)
    return writer.let(ast.UnaryOp(ast.USub(), python.name(value)), _INTEGER)


def comparison(writer: Writer, node: syntax.Comparison, scope: Scope) -> str:
    """`= != < <= > >=`."""
    left, right = writer.write(node.left, scope), writer.write(node.right, scope)
    if node.operator in _ORDERS:
        return order(writer, node.operator, left, right)
    return _equality(writer, node, left, right)


def order(writer: Writer, operator: str, left: str, right: str) -> str:
    """`left < right` and its kin."""
    result = writer.local(BOOLEAN)
    quick = python.assign(result, python.compared(python.name(left), _ORDERS[operator](), right))
    with writer.branch() as slow:
        compare = writer.constant(operators.COMPARISONS[operator])
        writer.add(python.assign(result, python.call(compare, left, right)))
        writer.leave_if(python.compared(python.name(result), ast.Is(), "none"))
    if TEXT in (writer.kinds(left), writer.kinds(right)) and _may_be(writer, str, left, right):
        slow = _choice(_are(writer, str, left, right), [quick], slow)
    if _may_be(writer, int, left, right):
        slow = _choice(_are_numbers(writer, left, right), [quick], slow)
    writer.add(*slow)
    return result


def _are_numbers(writer: Writer, *values: str) -> list[ast.expr]:
    unsure = [value for value in values if not (writer.kinds(value) or KNOWN) <= NUMBERS]
    return [python.any_of(python.type_is(value, "int"), python.type_is(value, "Decimal")) for value in unsure]


def _equality(writer: Writer, node: syntax.Comparison, left: str, right: str) -> str:
    if isinstance(node.right, syntax.Literal) and node.right.value is None:
        same = ast.Is() if node.operator == "=" else ast.IsNot()
        return writer.let(python.compared(python.name(left), same, "none"), BOOLEAN)
    same_values = operators.equal_to_the_second if writer.compiler.is_dmn else operators.equal
    return equality(writer, node.operator, left, right, same_values)


def equality(
    writer: Writer, operator: str, left: str, right: str, same: Callable[[Value, Value], bool | None] = operators.equal
) -> str:
    """`=` and `!=`; `same` says it for values that are not both whole numbers or both texts."""
    equals: ast.cmpop = ast.Eq() if operator == "=" else ast.NotEq()
    result = writer.local(BOOLEAN)
    quick = [python.assign(result, python.compared(python.name(left), equals, right))]
    with writer.branch() as slow:
        writer.add(python.assign(result, python.call(writer.constant(same), left, right)))
        writer.leave_if(python.compared(python.name(result), ast.Is(), "none"))
        if operator == "!=":
            writer.add(python.assign(result, python.negated(python.name(result))))
    for kind in (bool, int, str):
        kinds = writer.kinds(right)
        if _may_be(writer, kind, left, right) and (kind is not bool or kinds == BOOLEAN):
            slow = _choice(_are(writer, kind, left, right), quick, slow)
    writer.add(*slow)
    return result


def logic(writer: Writer, node: syntax.Logic, scope: Scope) -> str:
    """`and` and `or`, three-valued."""
    return agreed(writer, node.operator == "or", [partial(writer.write, operand, scope) for operand in node.operands])


def agreed(writer: Writer, decisive: bool, operands: Sequence[Callable[[], str]]) -> str:
    """What operands, each of which can be written, say together. One that decides passes the others by."""
    result = writer.local(BOOLEAN)
    value = operands[0]()
    writer.add(python.assign(result, truth(writer, value)))
    writer.learn(result, _truth_kinds(writer, value))
    for operand in operands[1:]:
        with writer.branch() as body:
            value = operand()
            kinds = _truth_kinds(writer, value) | (writer.kinds(result) or TRUTH)
            _agree(writer, decisive, result, value)
        is_open = python.compared(python.name(result), ast.IsNot(), "true" if decisive else "false")
        writer.add(python.when(is_open, body))
        writer.learn(result, kinds)
    return result


def _agree(writer: Writer, decisive: bool, result: str, value: str) -> None:
    """After an operand that did not decide: the next one decides, or both say the same, or nothing is sure."""
    if writer.kinds(result) == BOOLEAN:
        writer.add(python.assign(result, truth(writer, value)))
        return
    yes, no = ("true", "false") if decisive else ("false", "true")
    is_unsure = python.compared(python.name(value), ast.IsNot(), no)
    unsure = python.when(is_unsure, [python.assign(result, python.name("none"))])
    is_decided = python.compared(python.name(value), ast.Is(), yes)
    writer.add(python.when(is_decided, [python.assign(result, python.name(yes))], [unsure]))


def _truth_kinds(writer: Writer, value: str) -> frozenset[type]:
    return BOOLEAN if writer.kinds(value) == BOOLEAN else TRUTH


def truth(writer: Writer, value: str) -> ast.expr:
    """The value of a condition where it is true or false, else null."""
    if (writer.kinds(value) or KNOWN) <= TRUTH:
        return python.name(value)
    return ast.IfExp(python.type_is(value, "bool"), python.name(value), python.name("none"))


def between(writer: Writer, node: syntax.Between, scope: Scope) -> str:
    """`value between low and high`, of numbers."""
    value, low, high = (writer.expect(writer.write(part, scope), NUMBERS) for part in (node.value, node.low, node.high))
    return writer.let(python.compared(python.name(low), ast.LtE(), value, ast.LtE(), high), BOOLEAN)


def in_(writer: Writer, node: syntax.In, scope: Scope) -> str:
    """`value in (tests)`, where the tests are texts, or whole numbers and ranges and comparisons of them."""
    value = writer.write(node.value, scope)
    if all(_is_constant(test, str) for test in node.tests):
        writer.expect(value, TEXT)
        texts = frozenset(getattr(test, "value", "") for test in node.tests)
        return writer.let(python.compared(python.name(value), ast.In(), writer.constant(texts)), BOOLEAN)
    conditions = [_condition(writer, value, test) for test in node.tests]
    writer.expect(value, NUMBERS)
    return writer.let(python.any_of(*conditions), BOOLEAN)


def _is_constant(node: syntax.Node | None, kind: type) -> bool:
    return isinstance(node, syntax.Literal) and type(node.value) is kind


def _condition(writer: Writer, value: str, test: syntax.Node) -> ast.expr:
    """Whether a number meets a test."""
    match test:
        case syntax.Literal(value=int(number)) if type(number) is int:
            return python.compared(python.name(value), ast.Eq(), writer.constant(number))
        case syntax.Test(operator=operator, operand=syntax.Literal(value=number)) if (
            operator in _ORDERS and type(number) is int
        ):
            return python.compared(python.name(value), _ORDERS[operator](), writer.constant(number))
        case syntax.RangeLiteral(start=syntax.Literal(value=low), end=syntax.Literal(value=high), operator="") if (
            type(low) is type(high) is int and low <= high
        ):
            above: ast.cmpop = ast.LtE() if test.start_included else ast.Lt()
            below: ast.cmpop = ast.LtE() if test.end_included else ast.Lt()
            return python.compared(python.name(writer.constant(low)), above, value, below, writer.constant(high))
    raise Unsupported


RULES: dict[type, Rule] = {
    syntax.Arithmetic: arithmetic,
    syntax.Negation: negation,
    syntax.Comparison: comparison,
    syntax.Logic: logic,
    syntax.Between: between,
    syntax.In: in_,
}
