"""Outputs: their names, types, listed values and priorities, and whether they can be aggregated."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpmn.dmn.cells import DOMAINS, Sense, constant
from bpmn.dmn.model import LiteralExpression, Output, Rule
from bpmn.dmn.rules.subject import JudgedTable, Subject
from bpmn.errors import Finding

_SUMMED = frozenset({"number", "days and time duration", "years and months duration"})


def check(subject: Subject) -> Iterator[Finding]:
    """Warnings about the output columns of every table."""
    for table in subject.tables:
        for judge in (_names, _types, _listed, _priorities, _aggregation):
            yield from judge(table)


def _names(table: JudgedTable) -> Iterator[Finding]:
    seen: set[str] = set()
    owner = table.subject.name
    for output in table.model.outputs if len(table.model.outputs) > 1 else ():
        if not output.name:
            text = f"An output of '{owner}' has no name, so its values go by its label."
            yield table.finding("warning", "output-without-name", text, "Name every output.", output.line)
        elif output.name in seen:
            text = f"Two outputs of '{owner}' are named '{output.name}'; only the last one's values are seen."
            yield table.finding("warning", "output-named-twice", text, "Rename one of them.", output.line)
        seen.add(output.name)


def _name(table: JudgedTable, output: Output) -> str:
    return output.label or output.name or table.subject.name


def _written(rule: Rule, number: int) -> tuple[LiteralExpression, str] | None:
    """A cell whose value stands there, with its domain."""
    cell = rule.outputs[number]
    value = constant(cell.text)
    return None if value is None else (cell, DOMAINS[type(value[0])][0])


def _each(
    table: JudgedTable, says: Callable[[int, LiteralExpression, str], str], rule: str, hint: str
) -> Iterator[Finding]:
    """The first cell of each output column about which `says` says something."""
    for number, output in enumerate(table.model.outputs):
        for row in table.model.rules:
            written = _written(row, number)
            reason = says(number, *written) if written is not None else ""
            if written is not None and reason:
                cell = written[0]
                text = f"Rule {row.index} of '{table.subject.name}' gives output '{_name(table, output)}' {reason}."
                yield table.finding("warning", rule, text, hint, cell.line or row.line)
                break


def _types(table: JudgedTable) -> Iterator[Finding]:
    types = [output.type or (table.subject.variable.type if _is_whole(table) else "") for output in table.model.outputs]
    domains = [table.subject.domain(type) for type in types]

    def says(number: int, cell: LiteralExpression, found: str) -> str:
        wanted = domains[number]
        return f"the {found} {cell.text}, but its type is {types[number]}" if wanted not in ("", found) else ""

    hint = 'Correct the type of the output or the cell. Texts stand in quotation marks: "high".'
    yield from _each(table, says, "output-type", hint)


def _is_whole(table: JudgedTable) -> bool:
    """Whether the decision's own type is that of the one output."""
    return table.subject.logic is table.model and len(table.model.outputs) == 1 and not table.model.aggregation


def _listed(table: JudgedTable) -> Iterator[Finding]:
    meanings = [
        table.subject.meaning(LiteralExpression(output.values)) if output.values else None
        for output in table.model.outputs
    ]

    def says(number: int, cell: LiteralExpression, found: str) -> str:
        allowed, value = meanings[number], constant(cell.text)
        if not isinstance(allowed, Sense) or value is None or allowed.domain != found:
            return ""
        takes = any(part.is_point and part.low == value[0] for part in allowed.parts)
        only_points = all(part.is_point for part in allowed.parts)
        return f"{cell.text}, which is not among its output values" if only_points and not takes else ""

    yield from _each(table, says, "output-not-listed", "List the value with the others, or correct the cell.")


def _priorities(table: JudgedTable) -> Iterator[Finding]:
    policy = table.model.hit_policy
    if policy not in ("PRIORITY", "OUTPUT ORDER"):
        return
    types = table.subject.place.types
    for output in table.model.outputs:
        item = types.item(output.type)
        if not output.values and (item is None or not item.allowed_values):
            text = (
                f"Hit policy {policy} of '{table.subject.name}' orders by the listed output values, "
                f"but output '{_name(table, output)}' lists none; rules count in the order of the table."
            )
            yield table.finding("warning", "output-without-priority", text, "List its values, best first.", output.line)


def _aggregation(table: JudgedTable) -> Iterator[Finding]:
    model = table.model
    if model.unused_aggregation:
        text = (
            f"The table of '{table.subject.name}' has the aggregation {model.unused_aggregation}, which counts for hit "
            f"policy COLLECT only; with {model.hit_policy} it is ignored."
        )
        yield table.finding("warning", "aggregation-ignored", text, "Choose COLLECT, or remove the aggregation.")
    if model.aggregation != "SUM":
        return

    def says(number: int, cell: LiteralExpression, found: str) -> str:
        return "" if found in _SUMMED else f"the {found} {cell.text}, which cannot be summed up"

    yield from _each(table, says, "aggregation-type", "Give numbers, or collect without an aggregation.")
