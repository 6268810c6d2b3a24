"""Cells that ask for another type than their column has, or for values that the column does not allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bpmn.dmn.cells import Sense, common
from bpmn.dmn.rules.subject import JudgedColumn, Subject
from bpmn.errors import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per column, with the first such cell, and one for an input column without an expression."""
    for table in subject.tables:
        for column in table.columns:
            if not column.clause.expression.text:
                text = f"Input '{column.name}' of '{subject.name}' has no expression, so its value is always null."
                hint = "Write what the column looks at, such as the name of a variable."
                yield table.finding("warning", "input-without-expression", text, hint, column.clause.expression.line)
            yield from _of_another_type(column)
            yield from _not_allowed(column)


def _of_another_type(column: JudgedColumn) -> Iterator[Finding]:
    domain = column.domain
    wrong = [row for row, cell in _senses(column) if domain and cell.domain != domain]
    if wrong:
        asked = dict(_senses(column))[wrong[0]].domain
        says = f"is for a {asked}, but column '{column.name}' is of type {domain}, and no {domain} matches it"
        hint = 'Correct the type of the column or the cell. Texts stand in quotation marks: "high".'
        yield _finding(column, wrong, "cell-type", says, hint)


def _not_allowed(column: JudgedColumn) -> Iterator[Finding]:
    allowed = column.allowed
    wrong = [
        row
        for row, cell in _senses(column)
        if allowed and cell.domain == allowed.domain and cell.parts and not common(cell.parts, allowed.parts)
    ]
    if wrong:
        says = f"is not among the allowed values of column '{column.name}'"
        yield _finding(column, wrong, "cell-not-allowed", says, "List the value with the others, or correct the cell.")


def _senses(column: JudgedColumn) -> Iterator[tuple[int, Sense]]:
    return ((row, cell) for row, cell in enumerate(column.cells) if isinstance(cell, Sense))


def _finding(column: JudgedColumn, rows: Sequence[int], code: str, says: str, hint: str) -> Finding:
    table = column.table
    rule = table.model.rules[rows[0]]
    cell = rule.tests[column.number]
    more = f" The same goes for {len(rows) - 1} more." if len(rows) > 1 else ""
    text = f"Rule {rule.index} of '{table.subject.name}': {cell.text} {says}.{more}"
    return table.finding("warning", code, text, hint, cell.line or rule.line)
