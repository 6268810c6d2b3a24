"""What the file asks for and Baton has no way to do. Refused, because dropping it would change what happens."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Process
from bpmn.rules.subject import Rule, Subject

RULE = Rule("unsupported-extension")

_HINT = "Remove it; if the process depends on it, model the same with other elements."


def check(subject: Subject) -> Iterator[Finding]:
    """An error per thing the executed processes ask for, a warning per shared definition."""
    for what, line in subject.model.unsupported:
        yield RULE.about_file("warning", f"Baton does not know {what}.", _HINT, line)
    things: tuple[FlowNode | Process, ...] = (*subject.processes, *subject.nodes)
    for thing in things:
        for what, line in thing.unsupported:
            yield RULE.error(thing, f"uses {what}, which Baton does not know.", _HINT, line)
