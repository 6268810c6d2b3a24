"""Inputs for which a UNIQUE table has no rule, as values that an analyst can try.

The columns are walked from left to right; each is cut where the rules that take it change, and what no rule is left for
has none. A gap without bounds, or among texts that nobody listed, may well be meant: that is a remark only.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bpmn.dmn.rules.grid import MOST_RULES, Axis, Mask, Run
from bpmn.dmn.rules.subject import ANYTHING, JudgedTable, Subject
from bpmn.dmn.rules.wording import condition
from bpmn.errors import Finding

MOST_NAMED = 3  # per table
MOST_STEPS = 20_000  # a table that takes more is not judged
_HINT = "Add a rule for it, or a default output; without one the decision is null there."


def check(subject: Subject) -> Iterator[Finding]:
    """A warning or a remark per gap."""
    for table in subject.tables:
        if _is_judged(table):
            yield from islice(_Walk(table).findings(), MOST_NAMED)


def _is_judged(table: JudgedTable) -> bool:
    model = table.model
    has_defaults = all(output.default is not None for output in model.outputs)
    return model.hit_policy == "UNIQUE" and 0 < len(model.rules) <= MOST_RULES and not has_defaults


Gap = tuple[Run, ...]


def _condition(axis: Axis, run: Run) -> str:
    if axis.domain == "string" and not run.part.is_point:
        return f"{axis.column.name} is any other text"
    return condition(axis.column.name, axis.domain, (run.part,))


class _Walk:
    """One search for gaps."""

    def __init__(self, table: JudgedTable) -> None:
        self._table = table
        self._axes = [Axis(column) for column in table.columns]
        self._runs = [list(axis.runs(otherwise=True)) for axis in self._axes]
        self._left_open = self._masks_of_open_ends()
        self._covered: set[tuple[int, Mask]] = set()
        self._steps = MOST_STEPS

    def _masks_of_open_ends(self) -> list[Mask]:
        """For each column, the rules that take anything there and to the right of it."""
        masks = [(1 << len(self._table.model.rules)) - 1]
        for column in reversed(self._table.columns):
            takes_all = sum(1 << row for row, cell in enumerate(column.cells) if cell == ANYTHING)
            masks.append(masks[-1] & takes_all)
        return list(reversed(masks))

    def findings(self) -> Iterator[Finding]:
        if any(len(axis.domains) > 1 for axis in self._axes):
            return  # texts beside numbers: a column that is not one of values in an order
        for gap in self._gaps(0, self._left_open[-1]):
            when = [_condition(axis, run) for axis, run in zip(self._axes, gap, strict=False) if axis.domain]
            is_bounded = all(self._is_bounded(number, run) for number, run in enumerate(gap))
            text = f"No rule of '{self._table.subject.name}' matches when {' and '.join(when) or 'anything is given'}."
            yield self._table.finding("warning" if is_bounded else "info", "rules-missing", text, _HINT)

    def _is_bounded(self, number: int, run: Run) -> bool:
        axis = self._axes[number]
        if not axis.domain or axis.domain == "boolean" or axis.column.allowed is not None:
            return True
        return axis.domain != "string" and run.part.low is not None and run.part.high is not None

    def _gaps(self, number: int, left: Mask) -> Iterator[Gap]:
        """The gaps among these rules, in the columns from this one on."""
        self._steps -= 1
        if left & self._left_open[number] or (number, left) in self._covered or self._steps < 0:
            return
        if not left or number == len(self._axes):
            yield ()
            return
        is_covered = True
        for run in self._runs[number]:
            for gap in self._gaps(number + 1, left & run.rules):
                is_covered = False
                yield (run, *gap)
        if is_covered and self._steps >= 0:
            self._covered.add((number, left))
