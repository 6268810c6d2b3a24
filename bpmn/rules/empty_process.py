"""A process without a single flow node does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("empty-process")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per empty process or sub-process."""
    for level in subject.levels:
        if not level.nodes:
            yield RULE.error(level.owner, "is empty.", "Draw at least a start event and an end event in it.")
