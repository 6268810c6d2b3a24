"""Conditions of boxed expressions that can be neither true nor false, and values that cannot be of their type."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn import feel
from bpmn.dmn.cells import DOMAINS, constant_of
from bpmn.dmn.compiler import checks
from bpmn.dmn.model import Conditional, Decision, FilterBox, Iteration, LiteralExpression, Logic
from bpmn.dmn.rules.subject import Subject
from bpmn.errors import Finding, LanguageError
from bpmn.feel import syntax
from bpmn.model import Language

_NEVER_BOOLEAN = (
    syntax.Negation,
    syntax.ListLiteral,
    syntax.ContextLiteral,
    syntax.RangeLiteral,
    syntax.For,
    syntax.Arithmetic,
    syntax.FunctionLiteral,
)


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per condition, and one for a decision whose one value is of another type."""
    for part in subject.parts:
        for what, condition in _conditions(part):
            tree = _tree(subject, condition)
            if tree is not None and _is_never_boolean(tree) and isinstance(condition, LiteralExpression):
                text = f"The {what} in '{subject.name}' is `{condition.text}`, which is neither true nor false."
                hint = "Write a comparison, such as amount > 100."
                yield subject.finding("warning", "condition-type", text, hint, condition.line)
    yield from _result(subject)


def _conditions(part: Logic) -> Iterator[tuple[str, Logic]]:
    match part:
        case Conditional(condition=condition):
            yield "condition", condition
        case FilterBox(condition=condition):
            yield "match of a filter", condition
        case Iteration(kind="some" | "every", body=body):
            yield "condition of an iteration", body


def _is_never_boolean(tree: syntax.Node) -> bool:
    if isinstance(tree, syntax.Literal):
        return tree.value is not None and type(tree.value) is not bool
    return isinstance(tree, _NEVER_BOOLEAN)


def _tree(subject: Subject, logic: Logic) -> syntax.Node | None:
    if not isinstance(logic, LiteralExpression) or logic.language not in (Language.FEEL, None) or not logic.text:
        return None
    place = subject.place
    try:
        names = place.names | {"item"}
        return feel.compile(logic.text, dialect=place.dialect, names=names, types=checks(logic.text, place)).tree
    except LanguageError:
        return None


def _result(subject: Subject) -> Iterator[Finding]:
    logic, type = subject.logic, subject.variable.type
    if not isinstance(subject.element, Decision) or not isinstance(logic, LiteralExpression):
        return
    tree = _tree(subject, logic)
    value = constant_of(tree) if tree is not None else None
    wanted = subject.domain(type)
    found = DOMAINS[value[0].__class__][0] if value is not None else wanted
    if wanted and found != wanted:
        text = f"'{subject.name}' is the {found} {logic.text}, but its type is {type}."
        yield subject.finding("warning", "result-type", text, "Correct the type or the expression.", logic.line)
