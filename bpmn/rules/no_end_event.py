"""A process says where it ends (BPMN 2.0.2, 10.5.3: without end events it ends when nothing is left to do)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("no-end-event")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per process or sub-process in which no path ends at an end event."""
    for level in subject.levels:
        if level.starts() and not any(node.kind is Kind.END_EVENT for node in level.nodes):
            yield RULE.info(level.owner, "has no end event.", "Draw an end event where the work is done.")
