"""Built-in functions that relate points and ranges (DMN 1.5, 10.3.4.11)."""

from __future__ import annotations

from collections.abc import Callable

from bpmn.feel.library.registry import Library
from bpmn.feel.operators import compare, equal
from bpmn.feel.run import Fault
from bpmn.feel.values import Range, Value

RELATIONS = Library()
define = RELATIONS.define


def _order(one: Value, other: Value) -> int:
    order = compare(one, other)
    if order is None:
        raise Fault("the points have no order between them.")
    return order


def _same(one: Value, other: Value) -> bool:
    return _order(one, other) == 0


def _includes(interval: Range, point: Value) -> bool:
    low, high = _order(point, interval.start), _order(point, interval.end)
    return (low > 0 or (low == 0 and interval.start_included)) and (high < 0 or (high == 0 and interval.end_included))


def _contains(outer: Range, inner: Range) -> bool:
    low, high = _order(inner.start, outer.start), _order(inner.end, outer.end)
    starts = low > 0 or (low == 0 and (outer.start_included or not inner.start_included))
    return starts and (high < 0 or (high == 0 and (outer.end_included or not inner.end_included)))


@define("before(point1: point, point2: point): boolean")
def before_points(one: Value, other: Value) -> bool:
    return _order(one, other) < 0


@define("before(point: point, range: range): boolean")
def before_point_range(point: Value, interval: Range) -> bool:
    order = _order(point, interval.start)
    return order < 0 or (order == 0 and not interval.start_included)


@define("before(range: range, point: point): boolean")
def before_range_point(interval: Range, point: Value) -> bool:
    order = _order(interval.end, point)
    return order < 0 or (order == 0 and not interval.end_included)


@define("before(range1: range, range2: range): boolean")
def before_ranges(one: Range, other: Range) -> bool:
    order = _order(one.end, other.start)
    return order < 0 or (order == 0 and not (one.end_included and other.start_included))


@define("after(point1: point, point2: point): boolean")
def after_points(one: Value, other: Value) -> bool:
    return before_points(other, one)


@define("after(point: point, range: range): boolean")
def after_point_range(point: Value, interval: Range) -> bool:
    return before_range_point(interval, point)


@define("after(range: range, point: point): boolean")
def after_range_point(interval: Range, point: Value) -> bool:
    return before_point_range(point, interval)


@define("after(range1: range, range2: range): boolean")
def after_ranges(one: Range, other: Range) -> bool:
    return before_ranges(other, one)


@define("meets(range1: range, range2: range): boolean")
def meets(one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and _same(one.end, other.start)


@define("met by(range1: range, range2: range): boolean")
def met_by(one: Range, other: Range) -> bool:
    return meets(other, one)


@define("overlaps(range1: range, range2: range): boolean")
def overlaps(one: Range, other: Range) -> bool:
    first, last = _order(one.end, other.start), _order(one.start, other.end)
    return (first > 0 or (first == 0 and one.end_included and other.start_included)) and (
        last < 0 or (last == 0 and one.start_included and other.end_included)
    )


@define("overlaps before(range1: range, range2: range): boolean")
def overlaps_before(one: Range, other: Range) -> bool:
    start, end = _order(one.start, other.start), _order(one.end, other.end)
    starts = start < 0 or (start == 0 and one.start_included and not other.start_included)
    ends = end < 0 or (end == 0 and (not one.end_included or other.end_included))
    return starts and ends and overlaps(one, other)


@define("overlaps after(range1: range, range2: range): boolean")
def overlaps_after(one: Range, other: Range) -> bool:
    return overlaps_before(other, one)


@define("finishes(point: point, range: range): boolean")
def finishes_point(point: Value, interval: Range) -> bool:
    return interval.end_included and _same(point, interval.end)


@define("finishes(range1: range, range2: range): boolean")
def finishes(one: Range, other: Range) -> bool:
    if one.end_included != other.end_included or not _same(one.end, other.end):
        return False
    start = _order(one.start, other.start)
    return start > 0 or (start == 0 and (not one.start_included or other.start_included))


@define("starts(point: point, range: range): boolean")
def starts_point(point: Value, interval: Range) -> bool:
    return interval.start_included and _same(point, interval.start)


@define("starts(range1: range, range2: range): boolean")
def starts(one: Range, other: Range) -> bool:
    if one.start_included != other.start_included or not _same(one.start, other.start):
        return False
    end = _order(one.end, other.end)
    return end < 0 or (end == 0 and (not one.end_included or other.end_included))


@define("includes(range: range, point: point): boolean")
def includes_point(interval: Range, point: Value) -> bool:
    return _includes(interval, point)


@define("includes(range1: range, range2: range): boolean")
def includes(one: Range, other: Range) -> bool:
    return _contains(one, other)


@define("coincides(point1: point, point2: point): boolean")
def coincides_points(one: Value, other: Value) -> bool:
    return _same(one, other)


@define("coincides(range1: range, range2: range): boolean")
def coincides(one: Range, other: Range) -> bool:
    return (
        one.start_included == other.start_included
        and one.end_included == other.end_included
        and equal(one.start, other.start) is True
        and equal(one.end, other.end) is True
    )


def _swapped(function: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    return lambda one, other: function(other, one)


define("finished by(range: range, point: point): boolean")(_swapped(finishes_point))
define("finished by(range1: range, range2: range): boolean")(_swapped(finishes))
define("started by(range: range, point: point): boolean")(_swapped(starts_point))
define("started by(range1: range, range2: range): boolean")(_swapped(starts))
define("during(point: point, range: range): boolean")(_swapped(includes_point))
define("during(range1: range, range2: range): boolean")(_swapped(includes))
