"""FEEL gives null for a function that it does not know: a misspelt one is silent until its null is missed."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn import feel
from bpmn.errors import Finding, LanguageError
from bpmn.feel import syntax
from bpmn.feel.library import library
from bpmn.model import Expression, Language
from bpmn.rules.subject import Rule, Subject

RULE = Rule("unknown-function")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per call of a function that is neither built in nor defined in the same expression."""
    known = frozenset(library("camunda").functions)
    for found in subject.expressions:
        value = found.value
        if not isinstance(value, Expression) or value.language is not Language.FEEL or not found.is_checkable:
            continue
        for name in dict.fromkeys(_called(value.text)):
            if name not in known:
                says = f"calls '{name}', which is no function: that gives null"
                hint = "Correct the name; upper and lower case count."
                yield found.finding(RULE.code, "warning", says, hint)


def _called(text: str) -> Iterator[str]:
    """The names that are called and not given a meaning within the expression."""
    try:
        tree = feel.compile(text, dialect="camunda").tree
    except LanguageError:
        return  # told of by another rule
    nodes = list(syntax.walk(tree))
    own = {name for node in nodes for name in _defined(node)}
    for node in nodes:
        if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.function.name not in own:
            yield node.function.name


def _defined(node: syntax.Node) -> Iterator[str]:
    match node:
        case syntax.ContextLiteral(entries):
            yield from (key for key, _ in entries)
        case syntax.FunctionLiteral(parameters):
            yield from (name for name, _ in parameters)
        case syntax.Iterator(name):
            yield name
