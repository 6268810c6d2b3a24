"""What a rule looks at: a decision or knowledge model with the tables in it, and how it words what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from bpmn import feel
from bpmn.dmn.cells import Sense, is_anything, sense_of_tests, sense_of_text
from bpmn.dmn.compiler import checks
from bpmn.dmn.model import (
    Decision,
    DecisionTable,
    FunctionBox,
    Input,
    KnowledgeModel,
    LiteralExpression,
    Logic,
    Parameter,
)
from bpmn.dmn.place import Place
from bpmn.errors import Finding, LanguageError, Severity
from bpmn.model import Language

ANYTHING = "anything"
UNKNOWN = "unknown"
Meaning = Sense | str  # what a cell takes, ANYTHING, or UNKNOWN for one that must be evaluated
MOST_PARTS = 100
DOMAIN_OF = {
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "days and time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
}


@dataclass(frozen=True)
class JudgedTable:
    """A decision table, wherever it stands in its owner's logic."""

    subject: Subject
    model: DecisionTable

    @cached_property
    def columns(self) -> tuple[JudgedColumn, ...]:
        return tuple(
            JudgedColumn(
                self, number, clause, tuple(self.subject.meaning(rule.tests[number]) for rule in self.model.rules)
            )
            for number, clause in enumerate(self.model.inputs)
        )

    def finding(self, severity: Severity, rule: str, text: str, hint: str, line: int = 0) -> Finding:
        return self.subject.finding(severity, rule, text, hint, line or self.model.line)


@dataclass(frozen=True)
class JudgedColumn:
    """An input column with what each rule's cell takes."""

    table: JudgedTable
    number: int
    clause: Input
    cells: tuple[Meaning, ...]

    @property
    def name(self) -> str:
        """What an analyst calls it."""
        return self.clause.label or self.clause.expression.text or f"input {self.number + 1}"

    @property
    def domain(self) -> str:
        """The domain that the column's type stands for, "" when it has none or one without an order."""
        return self.table.subject.domain(self.clause.expression.type)

    @cached_property
    def allowed(self) -> Sense | None:
        """The values that the column says, or its type says, to be the only ones."""
        text = self.clause.values
        if not text:
            item = self.table.subject.place.types.item(self.clause.expression.type)
            text = item.allowed_values if item is not None and not item.is_collection else ""
        meaning = self.table.subject.meaning(LiteralExpression(text)) if text else ANYTHING
        return meaning if isinstance(meaning, Sense) else None


@dataclass(frozen=True)
class Subject:
    """A decision or knowledge model of the file under check. `reachable` are the names its expressions may use."""

    element: Decision | KnowledgeModel
    place: Place
    reachable: frozenset[str]
    others: frozenset[str]

    @property
    def name(self) -> str:
        element = self.element
        return (element.name if isinstance(element, Decision) else element.variable.name) or element.id

    @property
    def variable(self) -> Parameter:
        return self.element.variable

    @property
    def logic(self) -> Logic | None:
        return self.element.logic if isinstance(self.element, Decision) else self.element.function

    @cached_property
    def parts(self) -> tuple[Logic, ...]:
        """The logic and all boxed expressions in it."""
        return tuple(_parts(self.logic))

    @cached_property
    def tables(self) -> tuple[JudgedTable, ...]:
        return tuple(JudgedTable(self, part) for part in self.parts if isinstance(part, DecisionTable))

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters of its functions."""
        boxes = (part for part in self.parts if isinstance(part, FunctionBox))
        return frozenset(parameter.name for box in boxes for parameter in box.parameters)

    def domain(self, type: str) -> str:
        """The domain of a type, also of one of the file's own."""
        item = self.place.types.item(type)
        for _ in range(10):  # types may be made of each other in circles
            if item is None:
                break
            if item.is_collection or item.components or item.is_function:
                return ""
            type, item = item.type, self.place.types.item(item.type)
        return DOMAIN_OF.get(type.removeprefix("feel:"), "")

    def meaning(self, cell: LiteralExpression) -> Meaning:
        """What an input cell takes; one of very many parts is not looked into."""
        meaning = self._meaning(cell)
        return UNKNOWN if isinstance(meaning, Sense) and len(meaning.parts) > MOST_PARTS else meaning

    def _meaning(self, cell: LiteralExpression) -> Meaning:
        if is_anything(cell.text):
            return ANYTHING
        if cell.language not in (Language.FEEL, None):
            return UNKNOWN
        found = sense_of_text(cell.text)
        if found is not None:
            return found
        try:
            tests = feel.compile_unary(
                cell.text, dialect=self.place.dialect, names=self.place.names, types=checks(cell.text, self.place)
            )
        except LanguageError:
            return UNKNOWN
        return sense_of_tests(tests) or UNKNOWN

    def finding(self, severity: Severity, rule: str, text: str, hint: str, line: int = 0) -> Finding:
        return Finding(severity, rule, text, self.element.id, line or self.element.line, hint)


def _parts(logic: Any) -> Iterator[Logic]:
    """Boxed expressions at any depth; those in the cells of a table are texts and stay out."""
    if isinstance(logic, tuple):
        for item in logic:
            yield from _parts(item)
    elif isinstance(logic, Logic):
        yield logic
        for field in () if isinstance(logic, DecisionTable) else fields(logic):
            yield from _parts(getattr(logic, field.name))
    elif is_dataclass(logic) and not isinstance(logic, Parameter):
        return
