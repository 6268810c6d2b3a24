"""Rules that never match: a cell of theirs takes no value at all, or an earlier rule takes everything first."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.dmn.cells import Sense
from bpmn.dmn.rules.grid import MOST_RULES, Neighbours, holds, rows_of
from bpmn.dmn.rules.subject import JudgedTable, Meaning, Subject
from bpmn.errors import Finding

MOST_NAMED = 10
MOST_COMPARED = 20_000  # pairs that could hide each other; a table with more is not judged to its end


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per rule."""
    for table in subject.tables:
        yield from _contradictions(table)
        if table.model.hit_policy == "FIRST" and len(table.model.rules) <= MOST_RULES:
            yield from _behind_others(table)


def _contradictions(table: JudgedTable) -> Iterator[Finding]:
    named = 0
    for rule in table.model.rules:
        for column in table.columns:
            reason = _why_never(column.cells[rule.index - 1])
            if reason and named < MOST_NAMED:
                named += 1
                cell = rule.tests[column.number]
                text = f"Rule {rule.index} of '{table.subject.name}' never matches: {cell.text} {reason}."
                hint = f"Correct the cell in column '{column.name}', or remove the rule."
                yield table.finding("warning", "rule-never-matches", text, hint, cell.line or rule.line)


def _why_never(cell: Meaning) -> str:
    if isinstance(cell, Sense) and not cell.parts and cell.of_null is not True:
        return "takes no value at all"
    return ""


def _behind_others(table: JudgedTable) -> Iterator[Finding]:
    neighbours = [Neighbours(column) for column in table.columns]
    left = iter(range(MOST_COMPARED))
    named = 0
    for row, rule in enumerate(table.model.rules):
        hiding = (1 << row) - 1
        for column, others in zip(table.columns, neighbours, strict=True):
            hiding &= others.holding(column.cells[row])
        pairs = zip(rows_of(hiding), left, strict=False)
        first = next((other for other, _ in pairs if _hides(table, other, row)), None)
        if first is not None and named < MOST_NAMED:
            named += 1
            text = (
                f"Rule {rule.index} of '{table.subject.name}' is never reached: rule {first + 1} before it "
                "takes everything that it takes."
            )
            yield table.finding(
                "warning", "rule-unreachable", text, "Move it up, narrow the other, or remove it.", rule.line
            )


def _hides(table: JudgedTable, one: int, other: int) -> bool:
    return all(holds(column.cells[one], column.cells[other]) for column in table.columns)
