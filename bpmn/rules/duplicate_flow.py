"""Two flows between the same nodes with the same condition: one of them is a slip, and both may be taken."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("duplicate-flow")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per flow that says no more than another one."""
    for level in subject.levels:
        seen: dict[tuple[str, str, str], str] = {}
        for flow in level.flows:
            same = (flow.source, flow.target, flow.condition.text or flow.condition.resource if flow.condition else "")
            first = seen.setdefault(same, flow.id)
            if first != flow.id and flow.source and flow.target:
                yield RULE.warning(
                    flow, f"leads from and to the same elements as {first}, under the same condition.", "Delete one."
                )
