"""Code for `if`, and for what goes through lists: `for`, `some`, `every` and filters.

A turn of a loop has its own way out: the closure of its body computes this one turn, and the next is tried anew.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from bpmn.feel import syntax
from bpmn.feel.compiling.containers import constant_index, item_at
from bpmn.feel.compiling.frame import FEW, FIRST_SLOT, Closure, Compiler, Frame, Scope
from bpmn.feel.generating import python
from bpmn.feel.generating.names import indexed
from bpmn.feel.generating.writer import BOOLEAN, LIST, TRUTH, Rule, Unsupported, Writer, slot_name
from bpmn.feel.run import Run, Warning  # noqa: A004 the word FEEL has for it
from bpmn.feel.values import KNOWN, NUMBERS, Value, take_in

_INTEGER: frozenset[type] = frozenset({int})


def if_(writer: Writer, node: syntax.If, scope: Scope) -> str:
    """`if condition then yes else no`."""
    condition = writer.write(node.condition, scope)
    result, kinds, ways = writer.local(), [], []
    for part in (node.yes, node.no):
        with writer.branch() as way:
            value = writer.write(part, scope)
            kinds.append(writer.kinds(value))
            writer.add(python.assign(result, python.name(value)))
        ways.append(way)
    is_sure = writer.kinds(condition) == BOOLEAN
    holds = python.name(condition) if is_sure else python.compared(python.name(condition), ast.Is(), "true")
    writer.add(python.when(holds, *ways))
    writer.learn(result, None if None in kinds else frozenset().union(*(kind for kind in kinds if kind)))
    return result


def for_(writer: Writer, node: syntax.For, scope: Scope) -> str:
    """`for ... return`."""
    partial = writer.compiler.slot()
    writer.unset.add(partial)
    scope = scope.with_name("partial", partial)
    found = writer.let(ast.List([], ast.Load()), LIST)
    add = writer.let(ast.Attribute(python.name(found), "append", ast.Load()))

    def then(value: str) -> list[ast.stmt]:
        return [ast.Expr(python.call(add, value))]

    _turns(writer, node.iterators, node.result, scope, then)
    if partial in writer.compiler.read:
        raise Unsupported
    return found


def quantified(writer: Writer, node: syntax.Quantified, scope: Scope) -> str:
    """`some` and `every`, three-valued, over one list."""
    if len(node.iterators) > 1:
        raise Unsupported
    decisive, neutral = ("true", "false") if node.quantifier == "some" else ("false", "true")
    result = writer.let(python.name(neutral), TRUTH)

    def then(value: str) -> list[ast.stmt]:
        decided = [python.assign(result, python.name(decisive)), ast.Break()]
        unsure = python.when(
            python.compared(python.name(value), ast.IsNot(), neutral), [python.assign(result, python.name("none"))]
        )
        is_decided = python.compared(python.name(value), ast.Is(), decisive)
        return [python.when(is_decided, decided), *([] if writer.kinds(value) == BOOLEAN else [unsure])]

    _turns(writer, node.iterators, node.condition, scope, then)
    return result


Then = Callable[[str], list[ast.stmt]]


def _turns(writer: Writer, iterators: tuple[syntax.Iterator, ...], body: syntax.Node, scope: Scope, then: Then) -> None:
    """The loops over all iterators, with `then` done after each turn of the innermost."""
    if len(iterators) > 1 and writer.depth:
        raise Unsupported  # a list of an inner loop that is none would have to leave two loops at once
    (iterator, *others) = iterators
    values, kinds = _domain(writer, iterator, scope)
    slot = writer.compiler.slot()
    inner = scope.with_name(iterator.name, slot)
    writer.learn(slot_name(slot), kinds)
    closure, weight = writer.compiler.weighed(body, _all_named(writer, inner, others))
    _count_steps(writer, values, weight)
    if others:
        with writer.branch() as turn:
            _turns(writer, tuple(others), body, inner, then)
        writer.add(python.each(slot_name(slot), values, turn))
    else:
        turn = _turn(writer, body, inner, closure, then)
        writer.add(python.each(slot_name(slot), values, turn))


def _all_named(writer: Writer, scope: Scope, iterators: list[syntax.Iterator]) -> Scope:
    for iterator in iterators:
        scope = scope.with_name(iterator.name, writer.compiler.slot())
    return scope


def _domain(writer: Writer, iterator: syntax.Iterator, scope: Scope) -> tuple[str, frozenset[type] | None]:
    """A list, or the whole numbers of `low..high`, of no more items than are gone through at once."""
    values = writer.write(iterator.domain, scope)
    if iterator.end is None:
        writer.expect(values, LIST)
        _refuse_more(writer, python.call("len", values))
        return values, None
    writer.expect(values, _INTEGER)
    last = writer.expect(writer.write(iterator.end, scope), _INTEGER)
    writer.leave_if(python.compared(python.name(last), ast.Lt(), values))
    _refuse_more(writer, ast.BinOp(python.name(last), ast.Sub(), python.name(values)))
    beyond = ast.BinOp(python.name(last), ast.Add(), python.name(writer.constant(1)))
    return writer.let(ast.Call(python.name("range"), [python.name(values), beyond], [])), _INTEGER


def _refuse_more(writer: Writer, count: ast.expr) -> None:
    writer.leave_if(python.compared(count, ast.GtE(), writer.constant(FEW)))


def _count_steps(writer: Writer, values: str, weight: int) -> None:
    steps = ast.BinOp(python.call("len", values), ast.Mult(), python.name(writer.constant(weight)))
    writer.add(ast.Expr(python.method("run", "tick", steps)))
    writer.has_run = True


def _turn(
    writer: Writer, body: syntax.Node, scope: Scope, closure: Callable[[Frame], Value], then: Then
) -> list[ast.stmt]:
    """One turn of the innermost loop."""
    slots = [slot for slot in dict.fromkeys(slot for _, slot in scope.bindings) if slot not in writer.unset]
    anew = writer.constant(_by_closure(closure, slots, writer.compiler))
    result = writer.local(KNOWN)
    with writer.noting() as (noted, note):
        given = [python.name("context"), python.name("run"), noted, *(python.name(slot_name(slot)) for slot in slots)]
        otherwise = [python.assign(result, ast.Call(python.name(anew), given, [])), *then(result), ast.Continue()]
        with writer.turn(otherwise) as turn:
            value = writer.value(body, scope)
            after = then(value)
    writer.may_warn = True  # the closure does, for the loops around this one
    return [*note, python.attempt(turn, "UNUSUAL", otherwise), *after] if turn else after


def _by_closure(closure: Closure, slots: Sequence[int], compiler: Compiler) -> Callable[..., Value]:
    """What computes a turn anew, without the warnings that generated code has left behind."""

    def anew(context: Any, run: Run, noted: Sequence[Warning] | None, *values: Value) -> Value:
        if noted is not None:
            run.warnings = noted
        frame = [context, run, *[None] * (compiler.size - FIRST_SLOT)]
        for slot, value in zip(slots, values, strict=True):
            frame[slot] = value if type(value) in KNOWN else take_in(value)
        return closure(frame)

    return anew


# -- filters -----------------------------------------------------------------------------------------------------


def filter_(writer: Writer, node: syntax.Filter, scope: Scope) -> str:
    """`base[condition]` and `base[index]` of a list that is not empty."""
    base = writer.expect(writer.write(node.base, scope), LIST)
    index = constant_index(node.condition)
    if index is not None:
        if index < 1:
            raise Unsupported
        return indexed(writer, base, index)
    _refuse_more(writer, python.call("len", base))
    writer.leave_if(python.negated(python.name(base)))
    return _filtered(writer, node, base, scope)


def _filtered(writer: Writer, node: syntax.Filter, base: str, scope: Scope) -> str:
    slot = writer.compiler.slot()
    inner = scope.with_item(slot)
    item = slot_name(slot)
    closure, weight = writer.compiler.weighed(node.condition, inner)
    _count_steps(writer, base, weight)
    result = writer.let(ast.List([], ast.Load()), KNOWN)
    add = writer.let(ast.Attribute(python.name(result), "append", ast.Load()))

    def then(verdict: str) -> list[ast.stmt]:
        taken = [python.assign(item, python.call("take_in", item))]
        is_strange = python.compared(python.call("type", item), ast.NotIn(), "KNOWN")
        kept = [python.when(is_strange, taken)] if writer.kinds(item) is None else []
        kept.append(ast.Expr(python.call(add, item)))
        kinds = writer.kinds(verdict) or KNOWN
        if kinds == BOOLEAN:
            return [python.when(python.name(verdict), kept)]
        is_number = python.compared(python.call("type", verdict), ast.In(), writer.constant(NUMBERS))
        position = writer.constant(_position(node.column))
        at = [python.assign(result, python.call(position, base, verdict, "run")), ast.Break()]
        by_number = [python.when(is_number, at)] if kinds & NUMBERS else []
        return [python.when(python.compared(python.name(verdict), ast.Is(), "true"), kept, by_number)]

    turn = _turn(writer, node.condition, inner, closure, then)
    writer.add(python.each(item, base, turn))
    return result


def _position(column: int) -> Callable[[list[Value], Value, Run], Value]:
    return lambda items, position, run: item_at(items, position, [None, run], column)


RULES: dict[type, Rule] = {
    syntax.If: if_,
    syntax.For: for_,
    syntax.Quantified: quantified,
    syntax.Filter: filter_,
}
