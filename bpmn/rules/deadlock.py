"""A parallel join must get a token along every flow; where a path can end elsewhere, it waits for ever (13.4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.soundness import explored
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("deadlock")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per parallel join that never gets all its tokens, or that may not."""
    for level in subject.levels:
        yield from _of_level(subject, level)


def _of_level(subject: Subject, level: Level) -> Iterator[Finding]:
    found = explored(level)
    for join, waiting in found.stuck.items():
        node = level.by_id[join]
        missing = [subject.flows[flow] for flow in node.incoming if flow not in waiting]
        names = ", ".join(f"'{flow.name or flow.id}'" for flow in missing)
        if found.complete and join not in found.fired:
            yield RULE.warning(
                node,
                "waits for ever: its incoming flows are never all taken.",
                "Join with the kind of gateway that split the flow: exclusive with exclusive, parallel with parallel.",
            )
        else:
            yield RULE.warning(
                node,
                f"waits for ever when no token comes along {names or 'one of its flows'}.",
                "Let every branch of the parallel split lead to the join, or end the others with a terminate event.",
            )
