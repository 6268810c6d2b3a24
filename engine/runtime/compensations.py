"""Which activities of a process can be undone, and how: found out once, when it is compiled.

A process that never throws a compensation and never cancels remembers nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bpmn.model import EventKind, FlowNode, Kind, Process, walk
from engine.runtime.definition import Definition
from engine.runtime.elements.ad_hoc import AdHocSubProcess
from engine.runtime.elements.base import Element
from engine.runtime.elements.compensation import Compensable, CompensationScope
from engine.runtime.elements.event_sub_process import EventSubProcessStart
from engine.runtime.elements.undoing import keep_activity, keep_handlers_inside, keep_instances, keep_scope

_THROWING = frozenset({Kind.INTERMEDIATE_THROW_EVENT, Kind.END_EVENT})
_UNDOING = frozenset({EventKind.COMPENSATE, EventKind.CANCEL})


def link_compensation(
    definition: Definition, process: Process, entries: Mapping[str, Element], workers: Mapping[str, Element]
) -> None:
    """Tell every activity that can be undone to be remembered when it completes."""
    nodes = list(walk(process.nodes))
    if not any(node.kind in _THROWING and _UNDOING & {event.kind for event in node.events} for node in nodes):
        return
    handlers = {
        node.attached_to: entries[node.compensation_handler]
        for node in nodes
        if node.event.kind is EventKind.COMPENSATE and node.compensation_handler in entries
    }
    for node in nodes:
        if node.kind in _THROWING and not all(event.waits_for_completion for event in node.events):
            CompensationScope(definition, node, f"{node.id}#aside")
    for node in reversed(nodes):  # what is inside before what is around it
        if node.is_activity and not _is_handler(node, definition):
            _link(definition, node, handlers.get(node.id), (entries[node.id], workers[node.id]))


def _is_handler(node: FlowNode, definition: Definition) -> bool:
    """Handlers are not undone themselves; nor is an event sub-process in Camunda 8."""
    if node.triggered_by_event and definition.is_camunda8:
        return True
    return node.is_for_compensation or _start_of(definition, node.nodes if node.triggered_by_event else ()) is not None


def _link(definition: Definition, node: FlowNode, handler: Element | None, elements: tuple[Element, Element]) -> None:
    entry, inner = elements
    start = None
    for child in node.nodes:
        start = start or (_start_of(definition, child.nodes) if child.triggered_by_event else None)
    inside = any(child.id in definition.compensations for child in node.nodes)
    if handler is None and start is None and not inside:
        return
    scope = CompensationScope(definition, node) if node.is_sub_process and not definition.is_camunda8 else None
    definition.compensations[node.id] = Compensable(handler, start, scope)
    together = definition.is_camunda8 and entry is not inner  # one handler for all instances (zeebe's manual)
    if node.is_sub_process:
        keep = keep_handlers_inside if definition.is_camunda8 else keep_scope
        inner.keep = partial(keep, by_handler=not together and (handler or start) is not None)
    elif not together:
        inner.keep = keep_activity
    if isinstance(inner, AdHocSubProcess):
        inner.instance.keep = keep_instances
    if entry is not inner:
        entry.keep = partial(keep_instances, by_handler=together and handler is not None)


def _start_of(definition: Definition, nodes: tuple[FlowNode, ...]) -> EventSubProcessStart | None:
    """The start event for compensation among these, as it runs."""
    for node in nodes:
        element = definition.element(node.id)
        if node.event.kind is EventKind.COMPENSATE and isinstance(element, EventSubProcessStart):
            return element
    return None
