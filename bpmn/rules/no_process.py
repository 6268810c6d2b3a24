"""A file must hold a process: a choreography or a bare collaboration says nothing that can be run."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("no-process")


def check(subject: Subject) -> Iterator[Finding]:
    """An error when the file holds no process."""
    if not subject.model.processes:
        yield RULE.about_file(
            "error", "The file holds no process.", "Draw a process: a start event, some tasks and an end event."
        )
