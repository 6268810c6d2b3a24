"""An agent chooses a tool by what its documentation says, and hears by `toolCallResult` what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpmn.ad_hoc import choices, is_agent
from bpmn.errors import Finding
from bpmn.model import FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("agent-tool")

RESULT = "toolCallResult"
# What these give back is not in the diagram: a person's answer, a message, the result of a worker of the house's own.
_OPEN = frozenset({Kind.USER_TASK, Kind.RECEIVE_TASK, Kind.INTERMEDIATE_CATCH_EVENT, Kind.CALL_ACTIVITY})
_GATEWAY = "io.camunda.agenticai.gateway.type"
_CONNECTORS = "io.camunda:"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per tool that the model knows by its name alone, or that cannot tell it what came of it."""
    for level in subject.levels:
        if isinstance(level.owner, FlowNode) and is_agent(level.owner):
            yield from _of_agent(level, level.owner)


def _of_agent(level: Level, agent: FlowNode) -> Iterator[Finding]:
    for tool in choices(agent):
        if _GATEWAY in tool.properties:
            continue  # stands for tools elsewhere, which say themselves what they do
        if not tool.documentation.strip():
            says = f"is a tool without documentation: the model knows it as '{tool.name or tool.id}' and no more."
            yield RULE.warning(tool, says, "Say in its documentation what it does and when to use it.")
        steps = list(_steps(level, tool))
        if any(_may_tell(step) for step in steps):
            continue
        hint = f"Map an output to {RESULT}, or make it the result variable."
        if other := next((name for step in steps for name in _told(step) if _is_misspelt(name)), ""):
            yield RULE.warning(tool, f"is a tool that sets '{other}'; the model hears of {RESULT} alone.", hint)
        else:
            yield RULE.warning(tool, f"is a tool that never sets {RESULT}: the model hears nothing of it.", hint)


def _steps(level: Level, tool: FlowNode) -> Iterator[FlowNode]:
    """The tool's first element, what follows it, what is at its borders, and what is inside of it."""
    beside: dict[str, list[FlowNode]] = {}
    for node in level.nodes:
        beside.setdefault(node.attached_to, []).append(node)
    targets = {flow.id: flow.target for flow in level.flows}
    seen: set[str] = set()
    waiting = [tool]
    while waiting:
        here = waiting.pop()
        if here.id in seen:
            continue
        seen.add(here.id)
        yield here
        following = (level.by_id.get(targets.get(flow, "")) for flow in here.outgoing)
        waiting += [*filter(None, following), *beside.get(here.id, ()), *here.nodes]


def _may_tell(node: FlowNode) -> bool:
    """Whether the element sets the result, or may do so in a way that the diagram does not show."""
    if node.outputs:
        return RESULT in {name.split(".")[0] for name in _told(node)}
    told = list(_told(node))
    if any(re.search(rf"\b{RESULT}\b", name) for name in told):
        return True
    if node.kind in _OPEN:
        return node.called is None or node.called.propagate_all_child_variables
    is_own_job = node.job is not None and not node.job.type.text.startswith(_CONNECTORS)
    return is_own_job and not told


def _told(node: FlowNode) -> Iterator[str]:
    """What the diagram says that its result becomes: names of variables, and expressions over it."""
    yield from (mapping.target for mapping in node.outputs)
    for owner in (node.script, node.decision):
        if owner is not None and owner.result_variable:
            yield owner.result_variable
    headers = node.job.headers if node.job is not None else {}
    yield from (headers[name] for name in ("resultVariable", "resultExpression") if headers.get(name))


def _is_misspelt(name: str) -> bool:
    return re.search(rf"\b{RESULT}\b", name, re.IGNORECASE) is not None
