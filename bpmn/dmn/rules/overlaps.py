"""Rules of a UNIQUE table that match together, with values for which they do (DMN 1.5, 8.2.8)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bpmn.dmn.cells import Part
from bpmn.dmn.rules.grid import MOST_RULES, Axis, Neighbours, meet, rows_of
from bpmn.dmn.rules.subject import JudgedTable, Subject
from bpmn.dmn.rules.wording import condition, named
from bpmn.errors import Finding

MOST_NAMED = 10  # per table; the first ones corrected, others often are too
MOST_COMPARED = 20_000  # pairs that could meet; a table with more is not judged to its end
_HINT = "Make the rules exclude each other, or choose another hit policy."


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per pair of rules."""
    for table in subject.tables:
        if table.model.hit_policy == "UNIQUE" and len(table.model.rules) <= MOST_RULES:
            yield from islice(_overlaps(table), MOST_NAMED)


def _overlaps(table: JudgedTable) -> Iterator[Finding]:
    rules = table.model.rules
    neighbours = [Neighbours(column) for column in table.columns]
    left = iter(range(MOST_COMPARED))
    twins: dict[tuple[str, ...], int] = {}
    for row, rule in enumerate(rules):
        met = (1 << row) - 1
        for column, others in zip(table.columns, neighbours, strict=True):
            met &= others.meeting(column.cells[row])
        pairs = ((other, _common(table, other, row)) for other, _ in zip(rows_of(met), left, strict=False))
        found = next(((other, when) for other, when in pairs if when is not None), None)
        twin = twins.setdefault(tuple(" ".join(test.text.split()) for test in rule.tests), row)
        if found is None and twin != row:
            found = twin, "the same cells match"
        if found is not None:
            other, when = found
            both = named((rules[other].index, rule.index)).capitalize()
            text = f"{both} of '{table.subject.name}' match together when {when}; UNIQUE allows one match."
            yield table.finding("warning", "rules-overlap", text, _HINT, rule.line)


def _common(table: JudgedTable, one: int, other: int) -> str | None:
    """Values that both rules take, in words; None when there are none."""
    when = []
    for column in table.columns:
        parts = meet(column.cells[one], column.cells[other])
        if parts is not None and not parts:
            return None
        if parts is not None:
            when.append(condition(column.name, Axis(column).domain or _domain(parts), parts))
    return " and ".join(when) or "anything is given"


def _domain(parts: tuple[Part, ...]) -> str:
    return "string" if any(isinstance(end, str) for part in parts for end in (part.low, part.high)) else ""
