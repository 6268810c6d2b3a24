"""if, for, some and every."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bpmn.feel import syntax
from bpmn.feel.compiling.frame import FEW, RUN, Closure, Compiler, Frame, Rule, Scope, in_chunks
from bpmn.feel.run import Run
from bpmn.feel.temporal import day_number, from_day_number
from bpmn.feel.values import KNOWN, NUMBERS, Date, Range, Value, take_in

Loop = tuple[int, Closure]  # the slot of the name, and what gives the values (None when nothing can be iterated over)
_NO_LIST = "needs a list, or a range of whole numbers or dates"


def if_(compiler: Compiler, node: syntax.If, scope: Scope) -> Closure:
    """Whatever is not true leads to `else` (DMN 1.5, 10.3.2.13)."""
    condition, yes, no = (compiler.compile(part, scope) for part in (node.condition, node.yes, node.no))
    if isinstance(node.yes, syntax.Literal):
        if_so = node.yes.value
        if isinstance(node.no, syntax.Literal):
            if_not = node.no.value
            return lambda frame: if_so if condition(frame) is True else if_not
        return lambda frame: if_so if condition(frame) is True else no(frame)
    return lambda frame: yes(frame) if condition(frame) is True else no(frame)


def for_(compiler: Compiler, node: syntax.For, scope: Scope) -> Closure:
    """`for ... return`; what has been computed so far is `partial`."""
    partial = compiler.slot()
    compiler.growing.add(partial)
    loops, inner = _loops(compiler, node.iterators, scope)
    result, weight = compiler.weighed(node.result, inner.with_name("partial", partial))
    column = node.column
    if len(loops) == 1:
        return _for_one(loops[0], partial, result, weight, column, partial in compiler.read)

    def for_(frame: Frame) -> Value:
        found: list[Value] = []
        outer, frame[partial] = frame[partial], found
        is_possible = _each(loops, weight, frame, lambda: found.append(result(frame)))
        frame[partial] = outer
        if not is_possible:
            frame[RUN].warn(f"'for' {_NO_LIST}.", column)
            return None
        return found

    return for_


def _for_one(loop: Loop, partial: int, result: Closure, weight: int, column: int, has_partial: bool) -> Closure:
    slot, values = loop
    known = KNOWN

    def for_(frame: Frame) -> Value:
        items = values(frame)
        run = frame[RUN]
        if items is None:
            run.warn(f"'for' {_NO_LIST}.", column)
            return None
        if not has_partial and len(items) <= FEW and known.issuperset(map(type, items)):
            run.tick(len(items) * weight)
            return [result(frame) for frame[slot] in items]
        found: list[Value] = []
        outer, frame[partial] = frame[partial], found
        add = found.append
        for chunk in in_chunks(items, weight, run):
            for item in chunk:
                frame[slot] = item if type(item) in known else take_in(item)
                add(result(frame))
        frame[partial] = outer
        return found

    return for_


class _Decided(Exception):
    """`some` or `every` need not look further."""


def quantified(compiler: Compiler, node: syntax.Quantified, scope: Scope) -> Closure:
    """`some` and `every`, three-valued."""
    loops, inner = _loops(compiler, node.iterators, scope)
    condition, weight = compiler.weighed(node.condition, inner)
    decisive = node.quantifier == "some"
    message, column = f"'{node.quantifier}' {_NO_LIST}.", node.column
    if len(loops) == 1:
        return _quantified_one(loops[0], decisive, (condition, weight), message, column)
    neutral = not decisive

    def quantified(frame: Frame) -> Value:
        is_sure = True

        def check() -> None:
            nonlocal is_sure
            value = condition(frame)
            if value is decisive:
                raise _Decided
            is_sure = is_sure and value is neutral

        try:
            if not _each(loops, weight, frame, check):
                frame[RUN].warn(message, column)
                return None
        except _Decided:
            return decisive
        return neutral if is_sure else None

    return quantified


def _quantified_one(loop: Loop, decisive: bool, weighed: tuple[Closure, int], message: str, column: int) -> Closure:
    slot, values = loop
    condition, weight = weighed
    neutral, known = not decisive, KNOWN

    def quantified(frame: Frame) -> Value:
        items = values(frame)
        if items is None:
            frame[RUN].warn(message, column)
            return None
        result: bool | None = neutral
        for chunk in in_chunks(items, weight, frame[RUN]):
            for item in chunk:
                frame[slot] = item if type(item) in known else take_in(item)
                value = condition(frame)
                if value is decisive:
                    return decisive
                if value is not neutral:
                    result = None
        return result

    return quantified


def _loops(compiler: Compiler, iterators: tuple[syntax.Iterator, ...], scope: Scope) -> tuple[list[Loop], Scope]:
    """The loops, and the scope inside of them. A later iterator may use the names of earlier ones."""
    loops = []
    for iterator in iterators:
        values = _domain(compiler, iterator, scope)
        slot = compiler.slot()
        scope = scope.with_name(iterator.name, slot)
        loops.append((slot, values))
    return loops, scope


def _each(loops: Sequence[Loop], weight: int, frame: Frame, visit: Callable[[], None]) -> bool:
    """Visit every combination, the first name varying slowest; False when something cannot be iterated over."""
    (slot, values), inner = loops[0], loops[1:]
    items = values(frame)
    if items is None:
        return False
    for chunk in in_chunks(items, weight, frame[RUN]):
        for item in chunk:
            frame[slot] = item if type(item) in KNOWN else take_in(item)
            if not inner:
                visit()
            elif not _each(inner, weight, frame, visit):
                return False
    return True


# -- what can be iterated over -----------------------------------------------------------------------------------


def _domain(compiler: Compiler, iterator: syntax.Iterator, scope: Scope) -> Closure:
    domain = compiler.compile(iterator.domain, scope)
    if iterator.end is None:
        is_dmn = compiler.is_dmn
        return lambda frame: _values(domain(frame), frame[RUN], is_dmn)
    end = compiler.compile(iterator.end, scope)
    return lambda frame: _counted(domain(frame), end(frame), frame[RUN])


def _values(value: Value, run: Run, is_dmn: bool) -> Sequence[Value] | None:
    """The items of a list, the members of a range; in DMN a single value is a list of one."""
    if type(value) is list:
        return value
    if type(value) is Range:
        return _members(value, run)
    if type(value) not in KNOWN:
        return _values(take_in(value), run, is_dmn)
    return [value] if is_dmn and value is not None else None


def _members(value: Range, run: Run) -> Sequence[Value] | None:
    found = _counted(value.start, value.end, run)
    if found is None:
        return None
    first = 0 if value.start_included else 1
    last = len(found) if value.end_included else len(found) - 1
    return found[first : max(first, last)]


def _counted(low: Value, high: Value, run: Run) -> Sequence[Value] | None:
    """`low..high`, upwards or downwards; None unless both are whole numbers or both dates."""
    is_dates = type(low) is Date and type(high) is Date
    first, last = (day_number(low), day_number(high)) if is_dates else (_whole(low), _whole(high))
    if first is None or last is None:
        return None
    run.check_items(abs(last - first) + 1)
    numbers = range(first, last + 1) if first <= last else range(first, last - 1, -1)
    if not is_dates:
        return numbers
    run.tick(len(numbers))
    return [from_day_number(number) for number in numbers]


def _whole(value: Value) -> int | None:
    if type(value) not in NUMBERS or value != int(value):
        return None
    return int(value)


RULES: dict[type, Rule] = {syntax.If: if_, syntax.For: for_, syntax.Quantified: quantified}
