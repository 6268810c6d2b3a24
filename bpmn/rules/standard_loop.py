"""A loop marker needs a condition or a maximum, or the activity is repeated for ever (BPMN 2.0.2, 13.3.6)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import StandardLoop
from bpmn.rules.subject import Rule, Subject

RULE = Rule("standard-loop")

_HINT = "Give it a loop condition or a loop maximum, or remove the loop marker."


def check(subject: Subject) -> Iterator[Finding]:
    """An error per loop without an end; in Camunda 7, which looks at no loop marker, a warning that it runs once."""
    for node in subject.nodes:
        loop = node.loop
        if not isinstance(loop, StandardLoop) or subject.is_camunda8:
            continue
        if loop.maximum is None and (loop.condition is None or not loop.condition.text):
            if subject.is_camunda7:
                yield RULE.warning(node, "is a loop without a condition and runs once.", _HINT, loop.line)
            else:
                yield RULE.error(node, "is repeated without an end.", _HINT, loop.line)
