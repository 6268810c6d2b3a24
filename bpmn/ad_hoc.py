"""Ad-hoc sub-processes as text: which inner elements can begin, and how they are described to whoever chooses.

The description is Camunda 8's: the variable `adHocSubProcessElements`, whose parameters come from the `fromAi(...)`
calls in an element's input mappings (agentic.md §2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bpmn import feel
from bpmn.errors import LanguageError
from bpmn.feel import syntax
from bpmn.model import Expression, FlowNode, Kind, Language

Json = Any

#: Job types of an ad-hoc sub-process in which a model chooses among tools.
AGENT_TYPES = ("io.camunda.agenticai:aiagent-job-worker:", "io.camunda.agenticai:aiagent:subprocess:")
_NEVER_FIRST = frozenset({Kind.BOUNDARY_EVENT, Kind.START_EVENT, Kind.END_EVENT})
_ARGUMENTS = ("value", "description", "type", "schema", "options")


def can_begin(node: FlowNode) -> bool:
    """Whether an element of an ad-hoc sub-process can be begun by choice: nothing leads to it, and no event does."""
    waits_for_others = node.triggered_by_event or node.is_for_compensation
    return not node.incoming and not waits_for_others and node.kind not in _NEVER_FIRST


def is_agent(node: FlowNode) -> bool:
    """Whether it is an ad-hoc sub-process in which a model chooses among tools."""
    job = node.job if node.kind is Kind.AD_HOC_SUB_PROCESS else None
    return job is not None and job.type.is_literal and job.type.text.startswith(AGENT_TYPES)


def choices(ad_hoc: FlowNode) -> tuple[FlowNode, ...]:
    """The elements that can be begun by choice, in document order."""
    return tuple(node for node in ad_hoc.nodes if can_begin(node))


def described(ad_hoc: FlowNode) -> list[dict[str, Json]]:
    """What `adHocSubProcessElements` says of them."""
    return [
        {
            "elementId": node.id,
            "elementName": node.name or None,
            "documentation": node.documentation or None,
            "properties": dict(node.properties),
            "parameters": [_parameter(call) for mapping in node.inputs for call in calls_of_from_ai(mapping.source)],
        }
        for node in choices(ad_hoc)
    ]


def calls_of_from_ai(source: Any) -> Iterator[syntax.Call]:
    """The fromAi calls of an expression, also inside of larger ones, from left to right."""
    if not isinstance(source, Expression) or source.language is not Language.FEEL:
        return
    try:
        tree = feel.compile(source.text, dialect="camunda").tree
    except LanguageError:
        return  # told of by the checks
    for node in syntax.walk(tree):
        if isinstance(node, syntax.Call) and node.function == syntax.Name("fromAi"):
            yield node


def arguments_of(call: syntax.Call) -> dict[str, syntax.Node]:
    """The arguments of a fromAi call by name: value, description, type, schema, options."""
    return dict(zip(call.names or _ARGUMENTS, call.arguments, strict=False))


def _parameter(call: syntax.Call) -> dict[str, Json]:
    given = arguments_of(call)
    return {
        "name": _last_name(given.get("value")),
        "description": _constant(given.get("description")),
        "type": _constant(given.get("type")),
        "schema": _constant(given.get("schema")),
        "options": _constant(given.get("options")),
    }


def _last_name(node: syntax.Node | None) -> str | None:
    """The variable that the value is taken from: `toolCall.amount` is the parameter `amount`."""
    return node.name if isinstance(node, syntax.Path | syntax.Name) else None


def _constant(node: syntax.Node | None) -> Json:
    """The value of an argument without variables; null for anything that is only known when it runs."""
    match node:
        case syntax.Literal(value):
            return value if isinstance(value, str | bool | int | None) else float(value)
        case syntax.ListLiteral(items):
            return [_constant(item) for item in items]
        case syntax.ContextLiteral(entries):
            return {key: _constant(value) for key, value in entries}
        case syntax.Negation(syntax.Literal(value)):
            return -_constant(syntax.Literal(value))
    return None
