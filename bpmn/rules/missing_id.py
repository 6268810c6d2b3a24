"""A flow node without an id can be neither connected nor found again after a new version."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("missing-id")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per node without an id."""
    for made_up, line in subject.model.without_id:
        kind = made_up.partition("_")[0]
        yield RULE.about_file("error", f"A {kind} in line {line} has no id.", "Give it a unique id.", line, made_up)
