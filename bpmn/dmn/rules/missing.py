"""What is not there: logic, rules, types that are named and nowhere defined."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.dmn.model import Decision, FunctionBox, Invocation, LiteralExpression
from bpmn.dmn.rules.subject import Subject
from bpmn.errors import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each thing that is missing."""
    if _is_empty(subject):
        what = "Decision" if isinstance(subject.element, Decision) else "Knowledge model"
        text = f"{what} '{subject.name}' has no logic; it is always null."
        yield subject.finding("warning", "decision-without-logic", text, "Add a table or an expression, or remove it.")
    if not subject.place.types.is_known(subject.variable.type):
        text = f"The type '{subject.variable.type}' of '{subject.name}' is not known; it is ignored."
        yield subject.finding("warning", "unknown-type", text, "Define the type in the file, or correct its name.")
    for table in subject.tables:
        if not table.model.rules:
            text = f"The table of '{subject.name}' has no rules."
            yield table.finding("warning", "table-without-rules", text, "Add a rule, or a default output.")
    for part in subject.parts:
        if isinstance(part, Invocation) and part.function == LiteralExpression("", line=part.line):
            text = f"An invocation in '{subject.name}' does not say which function it calls; it is always null."
            yield subject.finding("warning", "invocation-without-function", text, "Name the function.", part.line)


def _is_empty(subject: Subject) -> bool:
    logic = subject.logic
    body = logic.body if isinstance(logic, FunctionBox) else logic
    return body is None or (isinstance(body, LiteralExpression) and not body.text)
