"""Names that an expression uses and its decision does not require.

In Camunda every process variable may be used, so there only the names of other decisions are missed. The specification
knows nothing but what is required. A filter's names may be those of its items, so texts with filters are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpmn import feel
from bpmn.dmn.column import CELL_INPUT
from bpmn.dmn.compiler import checks
from bpmn.dmn.model import Decision, DecisionTable, FunctionBox, LiteralExpression
from bpmn.dmn.rules.subject import Subject
from bpmn.errors import Finding, LanguageError
from bpmn.feel.library import library
from bpmn.model import Language

_TEXT, _LETTER = re.compile(r'"(?:[^"\\]|\\.)*"'), re.compile(r"[^\W\d]")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per name."""
    seen: set[str] = set()
    for text, used in _used(subject):
        for name in sorted(used - subject.reachable - subject.parameters - seen):
            seen.add(name)
            if name in subject.others:
                says = f"'{subject.name}' uses '{name}' but does not require it, so it is not evaluated first."
                hint = f"Draw a requirement from '{name}' to '{subject.name}'."
                yield subject.finding("warning", "requirement-missing", says, hint, text.line)
            elif subject.place.follows_the_specification and isinstance(subject.element, Decision):
                says = f"'{subject.name}' uses '{name}', which nothing it requires is called; it is null."
                hint = "Correct the name, or draw the requirement."
                yield subject.finding("warning", "name-unknown", says, hint, text.line)


def _used(subject: Subject) -> Iterator[tuple[LiteralExpression, frozenset[str]]]:
    """The free names of the expressions whose scope is the decision's own; in inner boxes others are known."""
    logic = subject.logic
    body = logic.body if isinstance(logic, FunctionBox) and not isinstance(subject.element, Decision) else logic
    if isinstance(body, LiteralExpression):
        yield from _names(subject, body, is_test=False)
    elif isinstance(body, DecisionTable):
        for clause in body.inputs:
            yield from _names(subject, clause.expression, is_test=False)
        for rule in body.rules:
            for cell in rule.tests:
                yield from _names(subject, cell, is_test=True)
            for cell in rule.outputs:
                yield from _names(subject, cell, is_test=False)


def _has_letters(text: str) -> bool:
    """Whether names can be in it at all: most cells hold numbers and texts only, and there may be very many."""
    return _LETTER.search(_TEXT.sub("", text)) is not None


def _names(
    subject: Subject, text: LiteralExpression, *, is_test: bool
) -> Iterator[tuple[LiteralExpression, frozenset[str]]]:
    if text.language not in (Language.FEEL, None) or "[" in text.text or not _has_letters(text.text):
        return
    place = subject.place
    build = feel.compile_unary if is_test else feel.compile
    try:
        names = build(text.text, dialect=place.dialect, names=place.names, types=checks(text.text, place)).names
    except LanguageError:
        return
    yield text, names - {"?", "item", CELL_INPUT} - library(place.dialect).functions.keys()
