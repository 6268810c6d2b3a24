"""`fromAi` asks a model for a parameter of a tool; it is read in input mappings of the tool's first element alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bpmn.ad_hoc import arguments_of, calls_of_from_ai, can_begin
from bpmn.errors import Finding
from bpmn.feel import syntax
from bpmn.model import FlowNode
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("from-ai")

_WRITE = 'Write fromAi(toolCall.name, "what it is").'


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for parameters without a name, warnings for such that no model sees or that another one hides."""
    for level in subject.levels:
        for node in level.nodes:
            yield from _misplaced(level, node)
            if level.is_ad_hoc and can_begin(node):
                yield from _parameters(node)


def _misplaced(level: Level, node: FlowNode) -> Iterator[Finding]:
    outputs = [call for mapping in node.outputs for call in calls_of_from_ai(mapping.source)]
    inputs = [call for mapping in node.inputs for call in calls_of_from_ai(mapping.source)]
    if outputs:
        yield RULE.warning(
            node, "asks for a parameter in an output mapping, where no model sees it.", "Ask in an input mapping."
        )
    if inputs and not level.is_ad_hoc:
        says = "asks for a parameter with fromAi, but is no tool: it is not directly in an ad-hoc sub-process."
        yield RULE.warning(node, says, "Ask at the first element of the tool, and read toolCall here.")
    elif inputs and not can_begin(node):
        says = "asks for a parameter with fromAi, which only the first element of a tool does."
        yield RULE.warning(node, says, "Ask there, and read toolCall here.")


def _parameters(node: FlowNode) -> Iterator[Finding]:
    calls = [call for mapping in node.inputs for call in calls_of_from_ai(mapping.source)]
    names: Counter[str] = Counter()
    for call in calls:
        value = arguments_of(call).get("value")
        if not isinstance(value, syntax.Path | syntax.Name):
            yield RULE.error(node, "asks with fromAi for a parameter that has no name.", _WRITE)
            continue
        if isinstance(value, syntax.Name) or value.base != syntax.Name("toolCall"):
            says = f"asks with fromAi for '{value.name}' elsewhere than in toolCall, where the model's answer stands."
            yield RULE.warning(node, says, f"Write fromAi(toolCall.{value.name}).")
        names[value.name] += 1
    for name, count in names.items():
        if count > 1:
            yield RULE.warning(
                node, f"asks with fromAi for '{name}' more than once.", "Ask once, and read toolCall elsewhere."
            )
