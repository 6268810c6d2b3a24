"""Lists, contexts, ranges, and filters on lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn.feel import operators, syntax
from bpmn.feel.compiling.calls import let_it_see_itself
from bpmn.feel.compiling.frame import RUN, Closure, Compiler, Frame, Rule, Scope, in_chunks
from bpmn.feel.text import shown
from bpmn.feel.values import KNOWN, NUMBERS, Function, Range, Value, take_in


def list_(compiler: Compiler, node: syntax.ListLiteral, scope: Scope) -> Closure:
    """`[item, ...]`."""
    if all(isinstance(item, syntax.Literal) for item in node.items):
        constants = [item.value for item in node.items if isinstance(item, syntax.Literal)]
        return lambda frame: constants[:]
    items = tuple(compiler.compile(item, scope) for item in node.items)
    return lambda frame: [item(frame) for item in items]


def context(compiler: Compiler, node: syntax.ContextLiteral, scope: Scope) -> Closure:
    """`{key: value, ...}`; later values see earlier keys."""
    entries: list[tuple[str, int, Closure]] = []
    for key, value in node.entries:
        slot = compiler.slot()
        inner = scope.with_name(key, slot)
        # Only a function may mention its own name: it runs after the entry has its value.
        seen = inner if isinstance(value, syntax.FunctionLiteral) else scope
        entries.append((key, slot, compiler.compile(value, seen)))
        scope = inner
    has_twin = compiler.is_dmn and len({key for key, _ in node.entries}) < len(node.entries)
    column = node.column
    if not has_twin and compiler.read.isdisjoint(slot for _, slot, _ in entries):
        return _unrelated([(key, value) for key, _, value in entries])

    def context(frame: Frame) -> Value:
        result = {}
        for key, slot, value in entries:
            frame[slot] = result[key] = found = value(frame)
            if type(found) is Function:
                let_it_see_itself(found, slot)
        if has_twin:
            frame[RUN].warn("The context has the same key twice.", column)
            return None
        return result

    return context


def _unrelated(entries: list[tuple[str, Closure]]) -> Closure:
    """A context none of whose entries mentions another."""
    return lambda frame: {key: value(frame) for key, value in entries}


def range_(compiler: Compiler, node: syntax.RangeLiteral, scope: Scope) -> Closure:
    """`[start..end]` as a value."""
    nothing = syntax.Literal(None)
    start, end = compiler.compile(node.start or nothing, scope), compiler.compile(node.end or nothing, scope)
    start_included, end_included = node.start_included, node.end_included
    operator, column = node.operator, node.column

    def range_(frame: Frame) -> Value:
        low, high = start(frame), end(frame)
        if operator not in ("=", "!=") and not _can_bound(low, high):
            frame[RUN].warn(f"There is no range from {shown(low)} to {shown(high)}.", column)
            return None
        return Range(low, high, start_included, end_included, operator)

    return range_


def _can_bound(low: Value, high: Value) -> bool:
    """Whether two values can be the ends of a range; null leaves an end open."""
    if low is None or high is None:
        end = high if low is None else low
        return end is not None and operators.compare(end, end) is not None
    return operators.compare(low, high) is not None


# -- filters -----------------------------------------------------------------------------------------------------


def filter_(compiler: Compiler, node: syntax.Filter, scope: Scope) -> Closure:
    """`base[condition]` and `base[index]`."""
    base, column, is_dmn = _base(compiler, node.base, scope), node.column, compiler.is_dmn
    index = constant_index(node.condition)
    if index is not None:
        return _indexed(base, index, column, is_dmn)
    slot = compiler.slot()
    condition, weight = compiler.weighed(node.condition, scope.with_item(slot))
    filtered = _filtered(slot, condition, weight, column)

    def filter_(frame: Frame) -> Value:
        items = base(frame)
        if type(items) is not list:
            items = _as_list(items, is_dmn, frame, column)
        return None if items is None else filtered(items, frame)

    return filter_


def _base(compiler: Compiler, node: syntax.Node, scope: Scope) -> Closure:
    """What is filtered; `partial[-1]` needs no copy of the list."""
    if isinstance(node, syntax.Name):
        slot, items = scope.find(node.name)
        if slot in compiler.growing and not items:
            compiler.read.add(slot)
            return lambda frame: frame[slot]
    return compiler.compile(node, scope)


def _filtered(slot: int, condition: Closure, weight: int, column: int) -> Callable[[list[Value], Frame], Value]:
    """The items for which the condition is true; the item at its number when it is one."""
    known = KNOWN

    def filtered(items: list[Value], frame: Frame) -> Value:
        if not items:
            return _of_nothing(slot, condition, frame)
        result = []
        for chunk in in_chunks(items, weight, frame[RUN]):
            for item in chunk:
                frame[slot] = found = item if type(item) in known else take_in(item)
                verdict = condition(frame)
                if verdict is True:
                    result.append(found)
                elif type(verdict) in NUMBERS:
                    return item_at(items, verdict, frame, column)
        return result

    return filtered


def _of_nothing(slot: int, condition: Closure, frame: Frame) -> Value:
    """An empty list has no item at any number, and filtered it stays empty."""
    frame[slot] = None
    kept = frame[RUN].warnings
    verdict = condition(frame)
    frame[RUN].warnings = kept
    return None if type(verdict) in NUMBERS else []


def _indexed(base: Closure, index: int, column: int, is_dmn: bool) -> Closure:
    known = KNOWN

    def indexed(frame: Frame) -> Value:
        items = base(frame)
        if type(items) is not list:
            items = _as_list(items, is_dmn, frame, column)
            if items is None:
                return None
        if 0 < index <= len(items) and type(item := items[index - 1]) in known:
            return item
        return item_at(items, index, frame, column)

    return indexed


def constant_index(node: syntax.Node) -> int | None:
    """The index that is written out in brackets; None when it has to be computed."""
    sign = 1
    if isinstance(node, syntax.Negation):
        sign, node = -1, node.operand
    return sign * node.value if isinstance(node, syntax.Literal) and type(node.value) is int else None


def item_at(items: list[Value], index: Any, frame: Frame, column: int) -> Value:
    """The item at a position; null with a warning when there is none. Positions count from 1, from -1 at the end."""
    position = int(index)
    if position != index or not 0 < abs(position) <= len(items):
        frame[RUN].warn(f"The list of {len(items)} items has no item {shown(index)}.", column)
        return None
    item = items[position - 1] if position > 0 else items[position]
    return item if type(item) in KNOWN else take_in(item)


def _as_list(value: Value, is_dmn: bool, frame: Frame, column: int) -> list[Value] | None:
    """A single value is a list of one in DMN, and null an empty one; in Camunda neither is a list."""
    if type(value) not in KNOWN:
        value = take_in(value)
        if type(value) is list:
            return value
    if is_dmn:
        return [] if value is None else [value]
    frame[RUN].warn(f"Only a list can be filtered, but found {shown(value)}.", column)
    return None


RULES: dict[type, Rule] = {
    syntax.ListLiteral: list_,
    syntax.ContextLiteral: context,
    syntax.RangeLiteral: range_,
    syntax.Filter: filter_,
}
