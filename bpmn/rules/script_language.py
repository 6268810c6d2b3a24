"""Scripts and expressions in a language that does not run here, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("script-language")

_WAY_OUT = "Write it in FEEL or JavaScript, or let a worker do it: make it a service task with a job type."


def check(subject: Subject) -> Iterator[Finding]:
    """An error per script or expression in a language without a runner."""
    from bpmn import languages  # noqa: PLC0415 - the languages are large, and reading a model needs none of them

    for found in subject.expressions:
        if not found.is_checkable:
            continue
        reason = languages.supported(found.value)
        if reason is not None:
            why, _, hint = reason.partition(". ")
            yield found.finding(RULE.code, "error", f"is refused: {why}", hint or _WAY_OUT)
