"""A listener hears an event that its element has, and says what to do (zeebe-extensions §9, camunda7-extensions §6)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import ACTIVITIES, GATEWAYS, EventKind, FlowNode, Kind, Listener, MultiInstance, Process, SequenceFlow
from bpmn.rules.subject import Rule, Subject

RULE = Rule("listener")

_Owner = FlowNode | Process | SequenceFlow
_CAMUNDA8_TASK = frozenset({"creating", "assigning", "updating", "completing", "canceling"})
_CAMUNDA7_TASK = frozenset({"create", "assignment", "update", "complete", "delete", "timeout"})
_TELL = "Choose one of these, or do it in a task before or after."


def check(subject: Subject) -> Iterator[Finding]:
    """An error per listener that its vendor's engine would refuse, too."""
    flows = (flow for level in subject.levels for flow in level.flows)
    owners: tuple[_Owner, ...] = (*subject.processes, *subject.nodes, *flows)
    for owner in owners:
        for listener in owner.listeners:
            yield from _check(owner, listener, subject)
        if subject.is_camunda8:
            yield from _twice(owner)


def _check(owner: _Owner, listener: Listener, subject: Subject) -> Iterator[Finding]:
    known = _camunda8_events(owner, listener.kind) if subject.is_camunda8 else _camunda7_events(owner, listener.kind)
    article = "an" if listener.kind == "execution" else "a"
    what = f"has {article} {listener.kind} listener for '{listener.event}'"
    if listener.event not in known:
        says = f"{what}, and hears {', '.join(sorted(known)) or 'nothing'} only"
        yield RULE.error(owner, says, _TELL, listener.line)
    elif (listener.job, listener.expression, listener.script, listener.throws) == (None, None, None, None):
        hint = "Give it an expression, a script, a class or a delegate expression."
        yield RULE.error(owner, f"{what} that does nothing", hint, listener.line)
    elif listener.event == "timeout" and listener.timer is None:
        yield RULE.error(owner, f"{what} without a time", "Give it a timerEventDefinition.", listener.line)


def _camunda8_events(owner: _Owner, kind: str) -> frozenset[str]:
    if isinstance(owner, SequenceFlow):
        return frozenset()
    if kind == "task":
        is_native = isinstance(owner, FlowNode) and owner.user_task is not None and owner.user_task.native
        return _CAMUNDA8_TASK if is_native else frozenset()
    if isinstance(owner, Process):
        return frozenset({"start", "end", "cancel"})
    return _camunda8_node_events(owner)


def _camunda8_node_events(node: FlowNode) -> frozenset[str]:
    events = {"start", "end"}
    if node.kind in (Kind.START_EVENT, Kind.BOUNDARY_EVENT):
        events.remove("start")
    if node.kind in GATEWAYS or (node.kind is Kind.END_EVENT and node.event.kind is EventKind.ERROR):
        events.remove("end")
    if node.kind is Kind.BOUNDARY_EVENT and node.event.kind is EventKind.COMPENSATE:
        events.discard("end")
    if isinstance(node.loop, MultiInstance):
        events.add("beforeall")
    return frozenset(events)


def _camunda7_events(owner: _Owner, kind: str) -> frozenset[str]:
    if isinstance(owner, SequenceFlow):
        return frozenset({"take"}) if kind == "execution" else frozenset()
    if kind == "execution":
        return frozenset({"start", "end"})
    is_task = isinstance(owner, FlowNode) and owner.kind in ACTIVITIES and owner.user_task is not None
    return _CAMUNDA7_TASK if is_task else frozenset()


def _twice(owner: _Owner) -> Iterator[Finding]:
    seen: set[tuple[str, str, str]] = set()
    for listener in owner.listeners:
        if listener.job is None:
            continue
        key = (listener.kind, listener.event, listener.job.type.text)
        if key in seen:
            says = f"has two {listener.kind} listeners for '{listener.event}' of the job type '{key[2]}'"
            yield RULE.error(owner, says, "Remove one of them, or give it a type of its own.", listener.line)
        seen.add(key)
