"""An AI task must say what to ask, what answer counts, whom to ask, and to whom it escalates."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bpmn.errors import Finding
from bpmn.model import Expression, FlowNode, VariableMapping
from bpmn.rules.subject import Rule, Subject

RULE = Rule("ai-task")

JOB_TYPE = "baton:ai-task:1"
ROUTING = "baton:routing"  # a header: the decision that says which models are asked
_REQUIRED = {
    "prompt": ("does not say what to ask.", "Map the input `prompt`."),
    "schema": ("does not say what answer counts.", "Map the input `schema`: a JSON Schema of the answer."),
    "models": ("names no model.", "Map the input `models`: a list of model names, the cheapest first."),
    "onExhausted": (
        "must say to whom it escalates.",
        "Map the input `onExhausted`: the candidate group that reviews when no model's answer is good enough.",
    ),
}


def check(subject: Subject) -> Iterator[Finding]:
    """An error per input that an AI task lacks."""
    for node in subject.nodes:
        if node.job is None or not node.job.type.is_literal or node.job.type.text != JOB_TYPE:
            continue
        given = {mapping.target for mapping in node.inputs if not _is_blank(mapping)}
        for name, (says, hint) in _REQUIRED.items():
            if name not in given and not (name == "models" and _is_routed(node, given)):
                yield RULE.error(node, f"is an AI task and {says}", hint, node.job.line)


def _is_routed(node: FlowNode, given: Collection[str]) -> bool:
    """Whether a table says which models are asked."""
    return "routing" in given or (node.job is not None and bool(node.job.headers.get(ROUTING)))


def _is_blank(mapping: VariableMapping) -> bool:
    source = mapping.source
    return isinstance(source, Expression) and source.text in ("", '""', "null")
