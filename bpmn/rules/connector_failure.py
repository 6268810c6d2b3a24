"""A call that leaves the house fails some day; without an error event beside it, a person must resolve an incident."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("connector-failure")

_CALLS = (
    *("io.camunda:http-json", "io.camunda:graphql", "io.camunda:soap", "baton:http", "http-connector", "soap-http"),
    "io.camunda.agenticai:aiagent",  # stops at its limit of calls
)


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per web request, and per agent, whose failure nothing in the diagram catches."""
    caught = {level.owner.id for level in subject.levels if _catches(level)}
    for level in subject.levels:
        for node in level.nodes:
            if _is_call(node) and not _is_guarded(subject, level, node, caught):
                yield RULE.info(
                    node,
                    "calls another system, and nothing catches its failure.",
                    "Attach an error boundary event, or an error event sub-process around it.",
                )


def _is_call(node: FlowNode) -> bool:
    if node.job is None or not node.job.type.is_literal:
        return False
    return node.job.origin == "http" or node.job.type.text.startswith(_CALLS)


def _is_guarded(subject: Subject, level: Level, node: FlowNode, caught: set[str]) -> bool:
    """Whether an error event is at it, at what it lies in, or beside that."""
    around: list[str] = [node.id]
    owners = {one.owner.id: one for one in subject.levels}
    here: Level | None = level
    while here is not None:
        if here.owner.id in caught:
            return True
        around.append(here.owner.id)
        here = owners.get(here.owner.parent) if isinstance(here.owner, FlowNode) else None
    return any(_is_error(other) and other.attached_to in around for other in subject.nodes)


def _catches(level: Level) -> bool:
    """Whether an event sub-process in it starts with an error."""
    starts = [start for node in level.nodes if node.triggered_by_event for start in node.nodes]
    return any(start.kind is Kind.START_EVENT and start.event.kind is EventKind.ERROR for start in starts)


def _is_error(node: FlowNode) -> bool:
    return node.kind is Kind.BOUNDARY_EVENT and any(event.kind is EventKind.ERROR for event in node.events)
