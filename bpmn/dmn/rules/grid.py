"""A table's cells laid on a grid of segments, so that a thousand rules can be compared with each other quickly.

Only columns of one domain can be laid out. A cell that must be evaluated is laid out as everything or nothing,
whichever keeps a rule from saying something that need not be true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bpmn.dmn.cells import Part, Sense, common
from bpmn.dmn.rules.subject import ANYTHING, UNKNOWN, JudgedColumn, Meaning

Mask = int
MOST_RULES = 2_000  # more are not compared with each other


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring segments with the same answer: the values within `part` are taken by these rules."""

    part: Part
    rules: Mask


class Axis:
    """A column on the grid: its ends in order, and which rules hold which segments."""

    def __init__(self, column: JudgedColumn) -> None:
        self.column = column
        senses = [cell for cell in column.cells if isinstance(cell, Sense)]
        allowed = column.allowed
        self.domains = {sense.domain for sense in (*senses, *((allowed,) if allowed else ()))}
        domain = next(iter(self.domains), "") if len(self.domains) == 1 else ""
        self.domain = domain
        every = (*senses, *((allowed,) if allowed else ())) if domain else ()
        ends = {end for sense in every for part in sense.parts for end in (part.low, part.high) if end is not None}
        self._ends = [False, True] if domain == "boolean" else sorted(ends)
        self._place = {end: number for number, end in enumerate(self._ends)}
        self.count = 2 * len(self._ends) + 1
        self._is_whole = column.clause.expression.type in ("integer", "long")

    def span(self, part: Part) -> tuple[int, int]:
        """The first and last segment of a part."""
        first = 0 if part.low is None else 2 * self._place[part.low] + (1 if part.low_included else 2)
        last = self.count - 1 if part.high is None else 2 * self._place[part.high] + (1 if part.high_included else 0)
        return first, last

    def segments(self, first: int, last: int) -> Part:
        """The part from one segment to another."""
        low, low_included = (None, False) if first == 0 else (self._ends[(first - 1) // 2], first % 2 == 1)
        high, high_included = (None, False) if last == self.count - 1 else (self._ends[last // 2], last % 2 == 1)
        return Part(low, low_included, high, high_included)

    def runs(self, otherwise: bool) -> Iterator[Run]:
        """The domain from end to end, cut where the rules that take it change. `otherwise`: for unknown cells."""
        always, changes = self._changes(otherwise)
        within = self._within()
        start, answer = 0, always
        for segment in range(self.count):
            following = answer
            for mask in changes.get(segment, ()):
                following ^= mask
            if following != answer or (segment and (segment in within) != (segment - 1 in within)):
                if segment > start and start in within:
                    yield from self._run(start, segment - 1, answer)
                start, answer = segment, following
        if start in within:
            yield from self._run(start, self.count - 1, answer)

    def _run(self, first: int, last: int, rules: Mask) -> Iterator[Run]:
        """Between two neighbouring whole numbers there is nothing, where only such are given."""
        part = self.segments(first, last)
        is_between = first == last and first % 2 == 0 and part.low is not None and part.high is not None
        if not (self._is_whole and is_between and part.high - part.low <= 1):
            yield Run(part, rules)

    def _changes(self, otherwise: bool) -> tuple[Mask, dict[int, list[Mask]]]:
        always, changes = 0, dict[int, list[Mask]]()
        for row, cell in enumerate(self.column.cells):
            if not isinstance(cell, Sense) or not self.domain:
                always |= 1 << row if cell == ANYTHING or otherwise else 0
                continue
            for part in cell.parts:
                first, last = self.span(part)
                changes.setdefault(first, []).append(1 << row)
                changes.setdefault(last + 1, []).append(1 << row)
        return always, changes

    def _within(self) -> frozenset[int] | range:
        """The segments of allowed values; of booleans only the two there are."""
        if self.column.allowed is not None and self.domain:
            spans = (self.span(part) for part in self.column.allowed.parts)
            return frozenset(segment for first, last in spans for segment in range(first, last + 1))
        if self.domain == "boolean":
            return frozenset((1, 3))
        return range(self.count)


class Neighbours:
    """For each cell of a column, which rules could take a value that it takes too, or all that it takes.

    The masks hold a few too many where cells have several parts; whoever uses them looks at the cells once more.
    """

    def __init__(self, column: JudgedColumn) -> None:
        self._axis = axis = Axis(column)
        self._anything = 0
        self._starting = [0] * axis.count
        self._ending = [0] * (axis.count + 1)
        for row, cell in enumerate(column.cells):
            self._add(1 << row, cell)
        for segment in range(1, axis.count):
            self._starting[segment] |= self._starting[segment - 1]
        for segment in range(axis.count - 1, -1, -1):
            self._ending[segment] |= self._ending[segment + 1]
        self._every = (1 << len(column.cells)) - 1

    def _add(self, mask: Mask, cell: Meaning) -> None:
        if cell == ANYTHING:
            self._anything |= mask
        for part in cell.parts if isinstance(cell, Sense) and self._axis.domain else ():
            first, last = self._axis.span(part)
            self._starting[first] |= mask
            self._ending[last] |= mask

    def meeting(self, cell: Meaning) -> Mask:
        """The rules that may take a value in common with the cell; of a cell that must be evaluated none are known."""
        if cell == ANYTHING:
            return self._every
        found = 0
        for first, last in self._spans(cell):
            found |= self._starting[last] & self._ending[first]
        return found | self._anything if isinstance(cell, Sense) else 0

    def holding(self, cell: Meaning) -> Mask:
        """The rules that may take everything that the cell takes."""
        if not isinstance(cell, Sense):
            return self._anything
        found = self._every
        for first, last in self._spans(cell):
            found &= self._starting[first] & self._ending[last]
        return found | self._anything

    def _spans(self, cell: Meaning) -> Iterable[tuple[int, int]]:
        if not isinstance(cell, Sense) or not self._axis.domain:
            return ()
        return (self._axis.span(part) for part in cell.parts)


def meet(one: Meaning, other: Meaning) -> tuple[Part, ...] | None:
    """What two cells have in common: parts, None for everything; no parts when they exclude each other."""
    if one == ANYTHING:
        one, other = other, one
    if other == ANYTHING and one != UNKNOWN:
        return one.parts if isinstance(one, Sense) else None
    if not isinstance(one, Sense) or not isinstance(other, Sense) or one.domain != other.domain:
        return ()
    return common(one.parts, other.parts)


def holds(outer: Meaning, inner: Meaning) -> bool:
    """Whether one cell takes all that another takes."""
    if outer == ANYTHING:
        return True
    if not isinstance(outer, Sense) or not isinstance(inner, Sense) or outer.domain != inner.domain:
        return False
    if inner.of_null is True and outer.of_null is not True:
        return False
    return common(outer.parts, inner.parts) == inner.parts


def rows_of(mask: Mask) -> Iterator[int]:
    """The rows of a mask, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
