"""One class per BPMN element, named after the standard; `element_for` says which one executes a flow node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bpmn.model import EventKind, FlowNode, Kind, MultiInstance, StandardLoop
from engine.runtime.elements.ad_hoc import AdHocSubProcess
from engine.runtime.elements.base import Element
from engine.runtime.elements.boundary_event import BoundaryEvent
from engine.runtime.elements.business_rule_task import BusinessRuleTask
from engine.runtime.elements.call_activity import CallActivity
from engine.runtime.elements.cancel import CancelEndEvent
from engine.runtime.elements.catch_event import IntermediateCatchEvent
from engine.runtime.elements.compensation import CompensationEndEvent, CompensationThrowEvent
from engine.runtime.elements.complex_gateway import ComplexGateway
from engine.runtime.elements.end_event import EndEvent, ErrorEndEvent, TerminateEndEvent, ThrowEvent
from engine.runtime.elements.escalation import EscalationEndEvent, EscalationThrowEvent
from engine.runtime.elements.event_based_gateway import EventBasedGateway
from engine.runtime.elements.event_sub_process import EventSubProcess, EventSubProcessStart
from engine.runtime.elements.exclusive_gateway import ExclusiveGateway
from engine.runtime.elements.inclusive_gateway import InclusiveGateway
from engine.runtime.elements.link_events import LinkCatchEvent, LinkThrowEvent
from engine.runtime.elements.multi_instance import MultiInstanceBody
from engine.runtime.elements.multiple import (
    MultipleCatchEvent,
    ParallelBoundaryEvent,
    ParallelStart,
    one_per_trigger,
)
from engine.runtime.elements.multiple_throw import MultipleEndEvent, MultipleThrowEvent, throws_more
from engine.runtime.elements.parallel_gateway import ParallelGateway
from engine.runtime.elements.receive_task import ReceiveTask
from engine.runtime.elements.repeating import RepeatingBody
from engine.runtime.elements.scopes import SubProcess, Transaction
from engine.runtime.elements.script_task import ScriptTask
from engine.runtime.elements.service_task import SendTask, ServiceTask
from engine.runtime.elements.standard_loop import StandardLoopBody
from engine.runtime.elements.start_event import StartEvent
from engine.runtime.elements.tasks import ManualTask, Task
from engine.runtime.elements.user_task import UserTask

if TYPE_CHECKING:
    from engine.runtime.definition import Definition


_THROW_EVENTS = {
    EventKind.COMPENSATE: CompensationThrowEvent,
    EventKind.ESCALATION: EscalationThrowEvent,
    EventKind.LINK: LinkThrowEvent,
}
_END_EVENTS = {
    EventKind.TERMINATE: TerminateEndEvent,
    EventKind.ERROR: ErrorEndEvent,
    EventKind.ESCALATION: EscalationEndEvent,
    EventKind.COMPENSATE: CompensationEndEvent,
    EventKind.CANCEL: CancelEndEvent,
}


def _throw_event(definition: Definition, node: FlowNode) -> Element:
    if throws_more(node):
        return MultipleThrowEvent(definition, node, _THROW_EVENTS)
    return _THROW_EVENTS.get(node.event.kind, ThrowEvent)(definition, node)


def _end_event(definition: Definition, node: FlowNode) -> Element:
    if throws_more(node):
        return MultipleEndEvent(definition, node, _END_EVENTS)
    return _END_EVENTS.get(node.event.kind, EndEvent)(definition, node)


def _service_task(definition: Definition, node: FlowNode) -> Element:
    return (BusinessRuleTask if node.decision is not None else ServiceTask)(definition, node)


def _sub_process(definition: Definition, node: FlowNode) -> Element:
    return (EventSubProcess if node.triggered_by_event else SubProcess)(definition, node)


def _start_event(definition: Definition, node: FlowNode) -> Element:
    around = definition.process.by_id.get(node.parent)
    by_event = around is not None and around.triggered_by_event
    if not by_event:
        return StartEvent(definition, node)
    if len(node.events) > 1:
        return one_per_trigger(ParallelStart if node.parallel_multiple else EventSubProcessStart, definition, node)
    return EventSubProcessStart(definition, node)


def _catch_event(definition: Definition, node: FlowNode) -> Element:
    if len(node.events) > 1:
        return MultipleCatchEvent(definition, node)
    is_link = node.event.kind is EventKind.LINK
    return LinkCatchEvent(definition, node) if is_link else IntermediateCatchEvent(definition, node)


def _boundary_event(definition: Definition, node: FlowNode) -> Element:
    if len(node.events) > 1:
        return one_per_trigger(ParallelBoundaryEvent if node.parallel_multiple else BoundaryEvent, definition, node)
    return BoundaryEvent(definition, node)


ELEMENTS: dict[Kind, Callable[[Definition, FlowNode], Element]] = {
    Kind.TASK: Task,
    Kind.MANUAL_TASK: ManualTask,
    Kind.SERVICE_TASK: _service_task,
    Kind.SEND_TASK: SendTask,
    Kind.RECEIVE_TASK: ReceiveTask,
    Kind.SCRIPT_TASK: ScriptTask,
    Kind.USER_TASK: UserTask,
    Kind.BUSINESS_RULE_TASK: BusinessRuleTask,
    Kind.CALL_ACTIVITY: CallActivity,
    Kind.AD_HOC_SUB_PROCESS: AdHocSubProcess,
    Kind.SUB_PROCESS: _sub_process,
    Kind.TRANSACTION: Transaction,
    Kind.EXCLUSIVE_GATEWAY: ExclusiveGateway,
    Kind.INCLUSIVE_GATEWAY: InclusiveGateway,
    Kind.COMPLEX_GATEWAY: ComplexGateway,
    Kind.PARALLEL_GATEWAY: ParallelGateway,
    Kind.EVENT_BASED_GATEWAY: EventBasedGateway,
    Kind.START_EVENT: _start_event,
    Kind.INTERMEDIATE_CATCH_EVENT: _catch_event,
    Kind.INTERMEDIATE_THROW_EVENT: _throw_event,
    Kind.BOUNDARY_EVENT: _boundary_event,
    Kind.END_EVENT: _end_event,
}


def element_for(definition: Definition, node: FlowNode) -> tuple[Element, Element]:
    """The element that flows lead to, and the one that does the work; they differ for a multi-instance only."""
    inner = ELEMENTS[node.kind](definition, node)
    if node.loop is None:
        return inner, inner
    body = _body(definition, node, node.loop)
    body.inner = inner
    return body, inner


def _body(definition: Definition, node: FlowNode, loop: MultiInstance | StandardLoop) -> RepeatingBody:
    if isinstance(loop, MultiInstance):
        return MultiInstanceBody(definition, node, loop)
    return StandardLoopBody(definition, node, loop)
