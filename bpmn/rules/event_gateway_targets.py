"""Behind an event-based gateway stand two or more catch events, reached from nowhere else (BPMN 2.0.2, 10.6.6)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Dialect, FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("event-gateway-targets")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per wrong target, a warning per gateway without a choice."""
    for level in subject.levels:
        for node in level.nodes:
            if node.kind is not Kind.EVENT_BASED_GATEWAY:
                continue
            if len(node.outgoing) < 2:
                yield RULE.warning(node, "has nothing to choose from.", "Connect it to two or more catch events.")
            yield from _targets(subject, level, node.id)


def _targets(subject: Subject, level: Level, gateway: str) -> Iterator[Finding]:
    for flow in subject.outgoing(level.by_id[gateway]):
        target = level.by_id.get(flow.target)
        if target is None:
            continue
        if target.kind is Kind.RECEIVE_TASK and subject.model.dialect is Dialect.PLAIN:
            yield from _receiving(target, level)
        elif target.kind is not Kind.INTERMEDIATE_CATCH_EVENT:
            yield RULE.error(
                flow,
                f"leads from an event-based gateway to {named(target)}.",
                "Put a message or timer catch event there; a receive task becomes a message catch event.",
            )
        elif target.parallel_multiple and level.by_id[gateway].instantiate:
            yield RULE.error(
                target,
                "needs all of its triggers, but the first one begins the instance (BPMN 2.0.2, 10.6.6).",
                "Draw each trigger as an event of its own behind a parallel event-based gateway.",
            )
        elif len(target.incoming) > 1:
            yield RULE.error(
                target,
                "stands behind an event-based gateway and has other incoming flows.",
                "Draw a second catch event for the other way.",
            )


def _receiving(task: FlowNode, level: Level) -> Iterator[Finding]:
    """The standard lets receive tasks stand there, without events at their border; neither vendor does."""
    if any(node.attached_to == task.id for node in level.nodes):
        yield RULE.error(
            task, "stands behind an event-based gateway and has a boundary event.", "Use a message catch event instead."
        )
