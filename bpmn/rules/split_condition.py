"""Every flow out of an exclusive or inclusive split has a condition or is the default (BPMN 2.0.2, 10.6.2).

Zeebe refuses the file. Camunda 7 (BpmnParse) lets one flow of an exclusive split go without when there is no default,
and takes it when its turn comes; Activiti and Flowable do so with any (ExclusiveGatewayValidator), also where the
condition was left empty. Out of an inclusive split such a flow is always taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Kind, SequenceFlow
from bpmn.rules.subject import Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("split-condition")

SPLITS = frozenset({Kind.EXCLUSIVE_GATEWAY, Kind.INCLUSIVE_GATEWAY})


def check(subject: Subject) -> Iterator[Finding]:
    """An error per flow without condition that is not the default; a warning where engines run it all the same."""
    for node in subject.nodes:
        if node.kind not in SPLITS or len(node.outgoing) < 2:
            continue
        bare = [flow for flow in subject.outgoing(node) if flow.id != node.default_flow and is_unconditional(flow)]
        says, tell = f"out of {named(node)} has no condition.", RULE.error
        if _is_run(subject, node, bare):
            says, tell = f"out of {named(node)} has no condition: {_MEANING[node.kind]}", RULE.warning
        for flow in bare:
            hint = f"Give it a condition{_example(subject, flow)}, or make it the default flow."
            yield tell(flow, says, hint)


_MEANING = {
    Kind.EXCLUSIVE_GATEWAY: "it is taken when its turn comes, and no later flow ever is.",
    Kind.INCLUSIVE_GATEWAY: "it is always taken.",
}


def _is_run(subject: Subject, node: FlowNode, bare: list[SequenceFlow]) -> bool:
    """Whether an engine runs the split as drawn. A condition that was left empty gives no boolean anywhere."""
    if subject.model.is_relative:
        return True
    if subject.is_camunda8 or any(flow.condition is not None for flow in bare):
        return False
    return node.kind is Kind.INCLUSIVE_GATEWAY or (len(bare) == 1 and not node.default_flow)


def is_unconditional(flow: SequenceFlow) -> bool:
    """No condition, or one left empty."""
    return flow.condition is None or not (flow.condition.text or flow.condition.resource)


def _example(subject: Subject, flow: SequenceFlow) -> str:
    example = "${approved}" if subject.is_camunda7 else "=approved"
    return f" that is true for '{' '.join(flow.name.split())}' (such as {example})" if flow.name else ""
