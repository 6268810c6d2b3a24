"""At most one start event without a trigger: an instance that somebody starts must know where to begin."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("several-none-starts")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per start event without a trigger after the first."""
    for level in subject.levels:
        plain = [start for start in level.starts() if start.event.kind is EventKind.NONE]
        for start in plain[1:]:
            yield RULE.error(
                start,
                f"is a second start event without a trigger; {plain[0].label} is the first.",
                "Keep one, and give the others a message or a timer, or join them.",
            )
