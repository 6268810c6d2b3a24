"""Expressions of Camunda 7 that call a bean of a Java application: Baton has it only when an application offers it."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding, LanguageError
from bpmn.model import Expression, Language
from bpmn.rules.expressions import Found
from bpmn.rules.subject import Rule, Subject

RULE = Rule("bean-missing")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per expression that calls what no value answers to, on a name that nobody offers."""
    for found in subject.expressions:
        if isinstance(found.value, Expression) and found.value.language is Language.JUEL:
            for bean, method in sorted(_calls(found)):
                yield found.finding(
                    RULE.code,
                    "warning",
                    f"calls {bean}.{method}(), which only a bean named '{bean}' can answer, and none is offered.",
                    "Offer the bean (entry point baton.beans), or let a worker do it: an external task with a topic.",
                )


def _calls(found: Found) -> set[tuple[str, str]]:
    from bpmn import juel  # noqa: PLC0415 - the languages are large, and reading a model needs none of them

    try:
        return set(juel.bean_calls(juel.compile(found.value.text)))
    except LanguageError:
        return set()  # expression-syntax says so
