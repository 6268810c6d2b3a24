"""Every expression of the file must be valid in its language; the message says in which column it stops being so."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding, LanguageError
from bpmn.model import Expression, Language, Script
from bpmn.parts import shorten
from bpmn.rules.expressions import Found
from bpmn.rules.subject import Rule, Subject

RULE = Rule("expression-syntax")

_COMPILED = frozenset({Language.FEEL, Language.JUEL, Language.JAVASCRIPT})
_HINTS = {
    Language.FEEL: "Correct the FEEL expression.",
    Language.JUEL: "Correct the expression between the braces.",
    Language.JAVASCRIPT: "Correct the script.",
}


def check(subject: Subject) -> Iterator[Finding]:
    """An error per expression that does not compile."""
    for found in subject.expressions:
        problem = _problem(found)
        if problem is not None:
            place = f" at column {problem.column}" if problem.column else ""
            yield found.finding(
                RULE.code,
                "error",
                f"is not valid {found.value.language.value.upper()}{place}: {problem}",
                f"{_HINTS[found.value.language]} It reads: {shorten(found.value.text, 200)}",
            )


def _problem(found: Found) -> LanguageError | None:
    from bpmn import languages  # noqa: PLC0415 - the languages are large, and reading a model needs none of them

    value = found.value
    if not found.is_checkable or value.language not in _COMPILED:
        return None
    expression = Expression(value.text, value.language, value.line) if isinstance(value, Script) else value
    try:
        languages.compile(expression)
    except LanguageError as error:
        return error
    return None
