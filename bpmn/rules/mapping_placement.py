"""Where Camunda 7 takes no mappings: gateways, event sub-processes; nor outputs: end events, multi-instances."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Kind, MultiInstance
from bpmn.rules.subject import Rule, Subject

RULE = Rule("mapping-placement")

_HINT = "Put it at an activity before or after, or compute the value in a script."


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per element whose mappings Camunda 7 refuses: those of gateways are left out, the others done."""
    if not subject.is_camunda7:
        return
    for node in subject.nodes:
        mappings = (*node.inputs, *node.outputs)
        if mappings and node.kind.value.endswith("Gateway"):
            says = "has mappings, which are left out: Camunda 7 refuses them here."
            yield RULE.warning(node, says, _HINT, mappings[0].line)
        elif (mappings and node.triggered_by_event) or (node.outputs and _has_no_outputs(node)):
            says = "has mappings that Camunda 7 refuses here."
            yield RULE.warning(node, says, _HINT, mappings[0].line)


def _has_no_outputs(node: FlowNode) -> bool:
    return node.kind is Kind.END_EVENT or isinstance(node.loop, MultiInstance)
