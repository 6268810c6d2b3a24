"""Code for a column's cells of one shape (`bpmn.feel.shapes`): one loop over their values, about one input.

A cell that is not of the usual kind for this input is evaluated by its own closures, as all other cells are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from bpmn.feel import syntax
from bpmn.feel.compiling.frame import FIRST_SLOT, Compiler, Scope
from bpmn.feel.compiling.tests import mentions_input
from bpmn.feel.generating import python
from bpmn.feel.generating.operations import agreed, equality, order, truth
from bpmn.feel.generating.writer import BOOLEAN, WARNINGS, CodeTooLarge, Rule, Unsupported, Writer, slot_name
from bpmn.feel.run import Run, Warning  # noqa: A004 the word FEEL has for it
from bpmn.feel.shapes import Shape, hole_name
from bpmn.feel.values import KNOWN, Range, Value

Mask = int
Row = tuple[Any, ...]  # the rules that hold a cell, the cell, and its values for the holes of the shape
# Whether a cell takes a value, by closures. Warnings that came after the ones given last are taken back.
Slow = Callable[[Any, Value, Mapping[str, Value], Run, Sequence[Warning] | None], bool]
Scan = Callable[[Value, Mapping[str, Value], Run, Sequence[Row], Mask, bool], Mask]
_INPUT = FIRST_SLOT
_PARAMETERS = (slot_name(_INPUT), "context", "run", "rows", "left", "is_open")
_DECLARING = (syntax.For, syntax.Quantified, syntax.Filter, syntax.ContextLiteral, syntax.FunctionLiteral)
_DECLARING = (syntax.For, syntax.Quantified, syntax.Filter, syntax.ContextLiteral, syntax.FunctionLiteral)
_NOT_COMPARED: frozenset[type] = frozenset({bool, list, Range})


def scan(shape: Shape, compiler: Compiler, rows: Sequence[Row], rules: Mapping[type, Rule], slow: Slow) -> Scan | None:
    """A function `(value, variables, run, rows, left, is_open)` that gives the rules whose cells take the value.

    Rows that hold none of the rules that are `left` are passed over, unless all `is_open`. None where there is no
    generated code for the shape.
    """
    writer = Writer(compiler, rules, [ast.Return(python.call("one_by_one", *_PARAMETERS))])
    scope = Scope().with_name("?", compiler.slot())
    for number in range(len(shape.holes)):
        slot = compiler.slot()
        scope = scope.with_name(hole_name(number), slot)
        writer.learn(slot_name(slot), frozenset(type(row[2 + number]) for row in rows))
    try:
        body = _body(writer, shape.pattern, scope)
        code = python.code(_PARAMETERS, [*body, ast.Return(python.name("found"))])
    except (Unsupported, CodeTooLarge, RecursionError):
        return None
    slots = (None,) * (compiler.size - FIRST_SLOT)
    return python.function(code, {**writer.namespace, "one_by_one": _one_by_one(slow), "slow": slow, "slots": slots})


def _one_by_one(slow: Slow) -> Scan:
    def scan(
        value: Value, variables: Mapping[str, Value], run: Run, rows: Sequence[Row], left: Mask, is_open: bool
    ) -> Mask:
        found = 0
        for mask, cell, *_ in rows:
            if (is_open or mask & left) and slow(cell, value, variables, run, None):
                found |= mask
        return found

    return scan


def _body(writer: Writer, pattern: Any, scope: Scope) -> list[ast.stmt]:
    slots = [slot for _, slot in scope.bindings]
    writer.learn(slot_name(_INPUT), KNOWN)
    for node in _free(pattern):
        writer.write(node, scope)
    before = writer.block
    turn = _turn(writer, pattern, scope)
    start = [python.assign("found", python.name("zero"))]
    if writer.has_frame:
        values = [python.name("context"), python.name("run"), ast.Starred(python.name("slots"), ast.Load())]
        start.append(python.assign("frame", ast.List(values, ast.Load())))
    loop = python.each(["mask", "cell", *(slot_name(slot) for slot in slots[1:])], "rows", turn)
    return [*start, python.attempt(before or [ast.Pass()], "UNUSUAL", writer.leave), loop]


def _turn(writer: Writer, pattern: syntax.Tests, scope: Scope) -> list[ast.stmt]:
    """One cell."""
    taken = [python.assign("found", ast.BinOp(python.name("found"), ast.BitOr(), python.name("mask")))]
    is_past = ast.BinOp(python.name("mask"), ast.BitAnd(), python.name("left"))
    passing = python.every(python.negated(python.name("is_open")), python.negated(is_past))
    with writer.noting() as (noted, note):
        given = [*(python.name(one) for one in ("cell", slot_name(_INPUT), "context", "run")), noted]
        asked = ast.Compare(ast.Call(python.name("slow"), given, []), [ast.Is()], [python.name("true")])
        otherwise = [python.when(asked, taken), ast.Continue()]
        with writer.turn(otherwise) as turn:
            verdict = agreed(writer, True, [partial(_test, writer, test, scope) for test in pattern.tests])
            if writer.may_warn:  # the closures within have the columns of the one cell that was read
                warnings = ast.Compare(WARNINGS, [ast.IsNot()], [noted])
                writer.leave_if(warnings)
    wanted = "false" if pattern.negated else "true"
    is_met = python.compared(python.name(verdict), ast.Is(), wanted)
    return [
        python.when(passing, [ast.Continue()]),
        *note,
        python.attempt(turn, "UNUSUAL", otherwise),
        python.when(is_met, taken),
    ]


def _test(writer: Writer, node: syntax.Node, scope: Scope) -> str:
    """A unary test about the input."""
    value = slot_name(_INPUT)
    match node:
        case syntax.Test(operator="=" | "!=" as operator, operand=operand):
            return equality(writer, operator, value, writer.write(operand, scope))
        case syntax.Test(operator=operator, operand=operand):
            return order(writer, operator, value, writer.write(operand, scope))
        case syntax.RangeLiteral(operator="", start=low, end=high) if low is not None and high is not None:
            first, last = writer.write(low, scope), writer.write(high, scope)
            above = partial(order, writer, ">=" if node.start_included else ">", value, first)
            below = partial(order, writer, "<=" if node.end_included else "<", value, last)
            return agreed(writer, False, [above, below])
        case syntax.RangeLiteral():
            raise Unsupported
    result = writer.write(node, scope)
    if mentions_input(node):
        return writer.let(truth(writer, result), frozenset({bool, type(None)}))
    return _compared(writer, value, result)


def _compared(writer: Writer, value: str, result: str) -> str:
    """What does not mention the input: a condition of its own, or a value to be equal to."""
    kinds = writer.kinds(result)
    if kinds == BOOLEAN:
        writer.leave_if(python.type_is(value, "bool"))
        return result
    if kinds is None or kinds & _NOT_COMPARED:
        writer.expect(result, KNOWN - _NOT_COMPARED)
    return equality(writer, "=", value, result)


def _free(part: Any) -> Iterator[syntax.Node]:
    """The variables, and the paths from them, that are the same for all cells, outside of what declares names."""
    if isinstance(part, _DECLARING):
        return
    if isinstance(part, syntax.Path | syntax.Name):
        root = _root(part)
        yield from [part] if _is_variable(root) else () if isinstance(root, syntax.Name) else _free(root)
    elif isinstance(part, syntax.Call):
        yield from _free(part.arguments)
    elif isinstance(part, syntax.Node):
        yield from _free(tuple(getattr(part, name) for name in part.__dataclass_fields__))
    elif isinstance(part, tuple):
        for one in part:
            yield from _free(one)


def _root(node: syntax.Node) -> syntax.Node:
    while isinstance(node, syntax.Path):
        node = node.base
    return node


def _is_variable(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Name) and node.name != "?" and not node.name.startswith(" ")
