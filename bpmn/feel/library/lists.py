"""Built-in functions on lists (DMN 1.5, 10.3.4.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cmp_to_key, reduce
from typing import Any

from bpmn.feel.library.registry import Library
from bpmn.feel.operators import calculate, compare, equal, exact
from bpmn.feel.run import Fault, Run
from bpmn.feel.values import DECIMAL, KNOWN, NUMBERS, Function, Value, take_in, tidy

LISTS = Library()
define = LISTS.define
_FEW = 64  # items that Python itself goes through count for no step
_WHOLE = frozenset({int})
_HASHED = frozenset({str, bool, type(None), *NUMBERS})


def known(items: Iterable[Value]) -> list[Value]:
    """The items as FEEL values (a float may still be among them)."""
    return [item if type(item) in KNOWN else take_in(item) for item in items]


def numbers(items: Iterable[Value], run: Run) -> list[Any]:
    """The items, which must all be numbers."""
    found = items if type(items) is list and KNOWN.issuperset(map(type, items)) else known(items)
    run.tick(len(found))
    if not NUMBERS.issuperset(map(type, found)):
        raise Fault("all items must be numbers.")
    return found


def _single(items: tuple[Value, ...]) -> list[Value]:
    return list(items)


@define("list contains(list: list, element: any): boolean", with_run=True)
def list_contains(run: Run, items: list[Value], element: Value) -> bool:
    if type(element) is str:
        if len(items) > _FEW:
            run.tick(len(items))
        return element in items
    return any(equal(item, element) is True for item in run.stepping(items))


@define("count(list: list): number")
def count(items: list[Value]) -> int:
    return len(items)


def _extreme(run: Run, items: list[Value], wanted: int) -> Value:
    if not items:
        return None
    found = known(items)
    best = found[0]
    if compare(best, best) is None:
        raise Fault("the items have no order between them.")
    for item in run.stepping(found):
        order = compare(item, best)
        if order is None:
            raise Fault("the items have no order between them.")
        best = item if order == wanted else best
    return best


@define("min(list: list)", with_run=True)
def minimum(run: Run, items: list[Value]) -> Value:
    return _extreme(run, items, -1)


@define("max(list: list)", with_run=True)
def maximum(run: Run, items: list[Value]) -> Value:
    return _extreme(run, items, 1)


@define("sum(list: list): number", with_run=True)
def total(run: Run, items: list[Value]) -> Value:
    if set(map(type, items)) == _WHOLE:
        if len(items) > _FEW:
            run.tick(len(items))
        return exact(sum(items))
    found = numbers(items, run)
    return tidy(reduce(DECIMAL.add, found, Decimal(0))) if found else None


@define("product(list: list): number", with_run=True)
def product(run: Run, items: list[Value]) -> Value:
    result: Value = 1
    found = numbers(items, run)
    for item in run.stepping(found):
        result = calculate("*", result, item)
    return result if found else None


@define("mean(list: list): number", with_run=True)
def mean(run: Run, items: list[Value]) -> Value:
    return calculate("/", total(run, items), len(items)) if items else None


@define("median(list: list): number", with_run=True)
def median(run: Run, items: list[Value]) -> Value:
    found = sorted(numbers(items, run))
    if not found:
        return None
    middle = len(found) // 2
    if len(found) % 2:
        return found[middle]
    return calculate("/", calculate("+", found[middle - 1], found[middle]), 2)


@define("stddev(list: list): number", with_run=True)
def standard_deviation(run: Run, items: list[Value]) -> Value:
    """Of a sample: divided by one less than the count."""
    found = numbers(items, run)
    if len(found) < 2:
        raise Fault("it needs at least two numbers.")
    average = mean(run, found)
    squares = [calculate("**", calculate("-", item, average), 2) for item in run.stepping(found)]
    return DECIMAL.sqrt(DECIMAL.create_decimal(calculate("/", total(run, squares), len(found) - 1)))


@define("mode(list: list): list", with_run=True)
def mode(run: Run, items: list[Value]) -> list[Value]:
    counted = Counter(numbers(items, run))
    most = max(counted.values(), default=0)
    return sorted(item for item, times in counted.items() if times == most)


def _logic(items: list[Value], decisive: bool) -> bool | None:
    if any(item is decisive for item in items):
        return decisive
    return (not decisive) if all(item is (not decisive) for item in items) else None


@define("all(list: list): boolean", with_run=True)
def all_(run: Run, items: list[Value]) -> bool | None:
    run.tick(len(items))
    return _logic(items, False)


@define("any(list: list): boolean", with_run=True)
def any_(run: Run, items: list[Value]) -> bool | None:
    run.tick(len(items))
    return _logic(items, True)


def _taking_all(function: Callable[..., Value]) -> Callable[..., Value]:
    return lambda run, *items: function(run, list(items))


for _name, _function in {
    "min": minimum,
    "max": maximum,
    "sum": total,
    "product": product,
    "mean": mean,
    "median": median,
    "stddev": standard_deviation,
    "mode": mode,
    "all": all_,
    "any": any_,
}.items():
    define(f"{_name}(items...: any)", with_run=True)(_taking_all(_function))


@define("sublist(list: list, start position: number, length?: number|null): list")
def sublist(items: list[Value], start: Any, length: Any = None) -> list[Value]:
    first = _index(items, start)
    if length is None:
        return items[first:]
    if length < 1:
        raise Fault("the length must be at least 1.")
    if first + int(length) > len(items):
        raise Fault("the list is not that long.")
    return items[first : first + int(length)]


def _index(items: list[Value], position: Any) -> int:
    place = int(position)
    if not 0 < abs(place) <= len(items):
        raise Fault(f"the list of {len(items)} items has no item {position}.")
    return place - 1 if place > 0 else len(items) + place


@define("append(list: list, items...: any): list")
def append(items: list[Value], *more: Value) -> list[Value]:
    return [*items, *more]


@define("concatenate(lists...: list): list", with_run=True)
def concatenate(run: Run, *lists: list[Value]) -> list[Value]:
    run.check_items(sum(map(len, lists)))
    run.tick(sum(map(len, lists)))
    return [item for items in lists for item in items]


@define("insert before(list: list, position: number, newItem: any): list")
def insert_before(items: list[Value], position: Any, item: Value) -> list[Value]:
    place = _index(items, position)
    return [*items[:place], item, *items[place:]]


@define("remove(list: list, position: number): list")
def remove(items: list[Value], position: Any) -> list[Value]:
    place = _index(items, position)
    return items[:place] + items[place + 1 :]


@define("list replace(list: list, position: number, newItem: any): list")
def list_replace(items: list[Value], position: Any, item: Value) -> list[Value]:
    place = _index(items, position)
    return [*items[:place], item, *items[place + 1 :]]


@define("list replace(list: list, match: function, newItem: any): list")
def list_replace_matching(items: list[Value], match: Function, item: Value) -> list[Value]:
    if len(match.parameters) != 2:
        raise Fault("the function must have two parameters.")
    verdicts = [match.call([old, item]) for old in known(items)]
    if not all(type(verdict) is bool for verdict in verdicts):
        raise Fault("the function must give true or false.")
    return [item if verdict else old for old, verdict in zip(items, verdicts, strict=True)]


@define("reverse(list: list): list")
def reverse(items: list[Value]) -> list[Value]:
    return items[::-1]


@define("index of(list: list, match: any): list", with_run=True)
def index_of(run: Run, items: list[Value], match: Value) -> list[int]:
    return [place for place, item in enumerate(run.stepping(items), 1) if equal(item, match) is True]


@define("union(lists...: list): list", with_run=True)
def union(run: Run, *lists: list[Value]) -> list[Value]:
    return distinct_values(run, [item for items in lists for item in items])


@define("distinct values(list: list): list", with_run=True)
def distinct_values(run: Run, items: list[Value]) -> list[Value]:
    return _distinct(run, items)[0]


def _distinct(run: Run, items: list[Value]) -> tuple[list[Value], list[Value]]:
    """What occurs at all, and what occurs more than once; each in the order of its first occurrence."""
    seen: set[Any] = set()
    slow: list[Value] = []
    first: list[Value] = []
    repeated: list[Value] = []
    for item in known(items):
        is_plain = type(item) in _HASHED
        key = (type(item) in NUMBERS, type(item) is bool, item) if is_plain else None
        run.tick(1 if is_plain else 1 + len(slow))
        before = key in seen if is_plain else any(equal(item, other) is True for other in slow)
        if not before:
            first.append(item)
            if is_plain:
                seen.add(key)
            else:
                slow.append(item)
        else:
            repeated.append(item)
    return first, repeated


def duplicates(run: Run, items: list[Value]) -> list[Value]:
    """The values that occur more than once, each once, by their first occurrence."""
    first, repeated = _distinct(run, items)
    if not repeated:
        return []
    run.tick(len(first) * len(repeated))
    return [item for item in first if any(equal(item, other) is True for other in repeated)]


@define("flatten(list: list): list", with_run=True)
def flatten(run: Run, items: list[Value]) -> list[Value]:
    result: list[Value] = []
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            run.tick()
            if isinstance(item, list):
                stack.append(iter(item))
                break
            result.append(item)
        else:
            stack.pop()
    run.check_items(len(result))
    return result


def flatten_once(items: list[Value]) -> list[Value]:
    """The items, with those of lists among them in their place."""
    return [inner for item in items for inner in (item if type(item) is list else [item])]


@define("sort(list: list, precedes: function): list", with_run=True)
def sort(run: Run, items: list[Value], precedes: Function) -> list[Value]:
    if len(precedes.parameters) != 2:
        raise Fault("the function must have two parameters.")

    def order(one: Value, other: Value) -> int:
        run.tick()
        if precedes.call([one, other]) is True:
            return -1
        return 1 if precedes.call([other, one]) is True else 0

    return sorted(known(items), key=cmp_to_key(order))


@define("sort(list: list): list", with_run=True)
def sort_naturally(run: Run, items: list[Value]) -> list[Value]:
    def order(one: Value, other: Value) -> int:
        run.tick()
        found = compare(one, other)
        if found is None:
            raise Fault("the items have no order between them.")
        return found

    return sorted(known(items), key=cmp_to_key(order))
