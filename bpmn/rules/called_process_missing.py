"""A call activity names the process it calls."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("called-process-missing")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per call activity without a process."""
    for node in subject.nodes:
        if node.kind is Kind.CALL_ACTIVITY and node.called is None:
            yield RULE.error(node, "names no process to call.", "Set the called process's id.")
