"""From the model to a definition: an element for each flow node, flows and boundary events linked."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.ad_hoc import choices
from bpmn.errors import Finding, LanguageError
from bpmn.model import EventKind, FlowNode, Kind, Model, Process, SequenceFlow, walk
from engine.runtime.compensations import link_compensation
from engine.runtime.conversations import message_flows
from engine.runtime.definition import Definition
from engine.runtime.elements import ELEMENTS, element_for
from engine.runtime.elements.ad_hoc import AdHocSubProcess
from engine.runtime.elements.awaiting import Awaiting
from engine.runtime.elements.base import Element, Flow
from engine.runtime.elements.boundary_event import BoundaryEvent
from engine.runtime.elements.catching import CatchingEvent, waits_for_condition
from engine.runtime.elements.event_based_gateway import EventBasedGateway
from engine.runtime.elements.event_sub_process import EventSubProcess, EventSubProcessStart
from engine.runtime.elements.link_events import LinkThrowEvent
from engine.runtime.elements.listeners import listeners_for
from engine.runtime.elements.scopes import SubProcess
from engine.runtime.reach import Paths
from engine.runtime.skipping import condition_of


class NotExecutable(Exception):
    """The process cannot be run; `findings` say where and why. `bpmn.check` finds these before."""

    code = "not-executable"

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


def compile(model: Model, process_id: str) -> Definition:
    """Compile one process of a model. Raises `NotExecutable` with every element that cannot be run."""
    process = model.process(process_id)
    definition = Definition(process, model.dialect, is_relative=model.is_relative)
    findings: list[Finding] = []
    entries: dict[str, Element] = {}
    workers: dict[str, Element] = {}
    for node in walk(process.nodes):
        try:
            entries[node.id], workers[node.id] = _element(definition, node)
        except LanguageError as error:
            findings.append(_invalid_expression(node.id, node.label, node.line, error))
        except _NotExecuted:
            findings.append(_not_executed(node))
    flows = [*process.flows, *_inner_flows(process.nodes)]
    if not findings:
        findings = _conditions(definition, flows)
    if findings:
        raise NotExecutable(findings)
    definition.flows = {flow.id: flow for flow in flows}
    _link_flows(definition, flows, entries)
    for node in walk(process.nodes):
        _link_node(definition, node, entries, workers)
    _link_levels(definition, process)
    link_compensation(definition, process, entries, workers)
    flows_between = message_flows(model, process)
    definition.sendings, definition.hearers = flows_between.sendings, flows_between.hearers
    definition.watched = frozenset(element.name for element in definition.elements if waits_for_condition(element))
    for element in definition.elements:
        element.plan()
    definition.lingers = any(element.hears_its_end for element in definition.elements)
    return definition


class _NotExecuted(Exception):
    pass


def _element(definition: Definition, node: FlowNode) -> tuple[Element, Element]:
    if node.kind not in ELEMENTS:
        raise _NotExecuted
    return element_for(definition, node)


def _conditions(definition: Definition, flows: list[SequenceFlow]) -> list[Finding]:
    findings = []
    for flow in flows:
        try:
            is_empty = flow.condition is not None and not flow.condition.text and definition.is_relative
            if (condition := None if is_empty else condition_of(flow)) is not None:
                definition.conditions[flow.id] = condition
            if (heard := listeners_for(flow.listeners, "take")) is not None:
                definition.flow_listeners[flow.id] = heard
        except LanguageError as error:
            findings.append(_invalid_expression(flow.id, flow.name or flow.id, flow.line, error))
    return findings


def _inner_flows(nodes: tuple[FlowNode, ...]) -> Iterator[SequenceFlow]:
    for node in walk(nodes):
        yield from node.flows


def _link_flows(definition: Definition, flows: list[SequenceFlow], entries: dict[str, Element]) -> None:
    outgoing: dict[str, list[Flow]] = {}
    for flow in flows:
        outgoing.setdefault(flow.source, []).append(Flow(flow.id, entries[flow.target]))
    for source, links in outgoing.items():
        # Camunda 8 evaluates conditions at gateways only (zeebe-extensions §8); BPMN and Camunda 7 on any element.
        conditional = not definition.is_camunda8 and any(link.id in definition.conditions for link in links)
        for element in _with_others(entries[source]):
            element.flows = tuple(links)
            element.conditional = conditional
        if entries[source].node.begins_process and isinstance(entries[source], EventBasedGateway):
            definition.gateways_before |= {link.target.id: entries[source] for link in links}


def _with_others(element: Element) -> tuple[Element, ...]:
    """An event with several triggers as all of its elements; any other element alone."""
    return (element, *element.others) if isinstance(element, CatchingEvent) else (element,)


def _link_node(
    definition: Definition, node: FlowNode, entries: dict[str, Element], workers: dict[str, Element]
) -> None:
    element = workers[node.id]
    if isinstance(element, BoundaryEvent) and node.attached_to in entries:
        host = entries[node.attached_to]
        host.boundaries = (*host.boundaries, element, *element.others)
    if isinstance(element, EventSubProcess):
        _link_event_sub_process(element, workers.get(node.parent, definition.root), entries)
    elif isinstance(element, AdHocSubProcess):
        element.choices = {choice.id: entries[choice.id] for choice in choices(node)}
    elif isinstance(element, SubProcess):
        starts = [n for n in node.nodes if n.kind is Kind.START_EVENT and n.event.kind is EventKind.NONE]
        element.start = entries[starts[0].id] if starts else None


def _link_levels(definition: Definition, process: Process) -> None:
    """What the nodes of one process or sub-process are to each other beside their flows."""
    levels: list[Process | FlowNode] = [process, *(node for node in walk(process.nodes) if node.nodes)]
    for level in levels:
        _link_events(definition, level.nodes)
        _find_reach(definition, level)


def _link_events(definition: Definition, nodes: tuple[FlowNode, ...]) -> None:
    links = [node for node in nodes if node.event.kind is EventKind.LINK]
    catches = {node.event.link_name: node.id for node in links if node.kind is Kind.INTERMEDIATE_CATCH_EVENT}
    for node in links:
        element = definition.element(node.id)
        if isinstance(element, LinkThrowEvent):
            element.target = definition.element(catches.get(node.event.link_name, ""))


def _find_reach(definition: Definition, level: Process | FlowNode) -> None:
    joins = [join for join in (definition.element(node.id) for node in level.nodes) if isinstance(join, Awaiting)]
    joins = [join for join in joins if join.counts]
    if not joins:
        return
    definition.waits_for_others = True
    incoming = {join.id: join.incoming for join in joins}
    paths, flows = Paths(level.nodes, level.flows, incoming), Paths(level.nodes, level.flows, incoming, borders=False)
    for join in joins:
        # Camunda 7 asks sequence flows alone what can still come (InclusiveGatewayActivityBehavior, isReachable).
        join.reach, join.by_flows = (flows if definition.is_camunda7 else paths).to(join.id), flows.to(join.id)


def _link_event_sub_process(body: EventSubProcess, enclosing: Element, entries: dict[str, Element]) -> None:
    for node in body.node.nodes:
        for start in _with_others(entries[node.id]):
            if isinstance(start, EventSubProcessStart):
                start.body = body
                enclosing.event_starts = (*enclosing.event_starts, start)


def _invalid_expression(element: str, label: str, line: int, error: LanguageError) -> Finding:
    return Finding("error", "expression-invalid", f"{label}: {error}", element, line, "Correct the expression.")


def _not_executed(node: FlowNode) -> Finding:
    text = f"{node.kind.value} {node.label} cannot be executed."
    return Finding("error", "not-executed", text, node.id, node.line, "Draw it with elements that Baton executes.")
