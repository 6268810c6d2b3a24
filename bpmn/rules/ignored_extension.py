"""Leftovers without effect: attributes of another engine, or of an element type that this element no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Process
from bpmn.rules.subject import Rule, Subject

RULE = Rule("ignored-extension")

_HINT = "Remove it; if it was meant, it stands on the wrong element or belongs to another engine."


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per leftover."""
    for what, line in subject.model.ignored:
        yield RULE.about_file("warning", f"{what} has no effect.", _HINT, line)
    things: tuple[FlowNode | Process, ...] = (*subject.processes, *subject.nodes)
    for thing in things:
        for what, line in thing.ignored:
            yield RULE.warning(thing, f"carries {what}, which has no effect there.", _HINT, line)
