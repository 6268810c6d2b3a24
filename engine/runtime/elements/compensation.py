"""Compensation: what has completed is undone by its handlers (BPMN 2.0.2, 10.7 and 13.5.5).

A scope remembers of its completed activities only which handlers they have, and a throw event takes that from it. The
handlers run below the throw event, which waits for them. Both vendors begin them all at once, the last one first;
plain BPMN begins each when the one after it is done. Sources: zeebe-extensions §7, both vendors' manuals on
compensation events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode
from engine import events
from engine.runtime.elements.ad_hoc import AdHocInstance
from engine.runtime.elements.base import Element
from engine.runtime.elements.catching import new_token
from engine.runtime.elements.end_event import EndEvent, ThrowEvent
from engine.runtime.elements.event_sub_process import EventSubProcess, EventSubProcessStart
from engine.runtime.elements.undoing import LEFT, UNDO, Record, parts

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token


@dataclass(frozen=True, slots=True)
class Compensable:
    """How an activity is undone: by a handler, by an event sub-process in it, or by the handlers of what is in it.

    `scope` opens a completed sub-process again, for its variables; Camunda 8 does without (its handlers see those of
    the throw event).
    """

    handler: Element | None
    start: EventSubProcessStart | None
    scope: CompensationScope | None


class CompensationThrowEvent(ThrowEvent):
    """bpmn:intermediateThrowEvent of a compensation. Both vendors always wait for the handlers."""

    @property
    def waits(self) -> bool:
        vendor = self.definition.is_camunda7 or self.definition.is_camunda8
        return vendor or self.node.event.waits_for_completion

    def work(self, token: Token) -> bool:
        """Take what there is to undo and begin; with nothing to undo it is done."""
        activity = self.node.event.activity_ref
        records = _take(token.scope, activity)
        if not records:
            return True
        token.workflow.note(events.COMPENSATION_STARTED, token, {"activity": activity or None})
        if not self.waits:
            undo(_aside(token), records)
            return True
        undo(token, records)
        return False

    def on_empty(self, scope: Token) -> None:
        """A handler is done: the next one, or on."""
        if not undo_next(scope):
            self.finish(scope)


class CompensationEndEvent(CompensationThrowEvent, EndEvent):
    """bpmn:endEvent of a compensation."""


class CompensationScope(Element):
    """A completed sub-process that is undone, with its variables as they were when it ended (Camunda 7's snapshot)."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name or f"{node.id}#compensation")

    def on_empty(self, scope: Token) -> None:
        """A handler is done: the next one, or over. Nobody is told: it was there before."""
        if not undo_next(scope):
            scope.complete()


def undo(owner: Token, records: list[Record]) -> None:
    """Begin to undo, the last that completed first; the handlers run below `owner`, which hears `on_empty`."""
    definition = owner.workflow.definition
    if definition.is_camunda7 or definition.is_camunda8:
        for record in reversed(records):
            _begin(owner, record)
    else:
        owner.memo[LEFT] = records
        undo_next(owner)


def undo_next(owner: Token) -> bool:
    """Begin the next handler; False when none is left."""
    left = owner.memo.pop(LEFT, None)
    if not left:
        return False
    name, times, key, inner = parts(left.pop())
    if inner is None and times > 1:
        left.append([name, times - 1])
    if left:
        owner.memo[LEFT] = left
    _begin(owner, name if inner is None else [name, key, inner])
    return True


def _begin(owner: Token, record: Record) -> None:
    name, times, key, inner = parts(record)
    what = owner.workflow.definition.compensations[name]
    if inner is None:
        assert what.handler is not None
        for _ in range(times):
            owner.workflow.spawn(what.handler, owner)
    elif what.scope is None:
        for one in reversed(inner):
            _begin(owner, one)
    else:
        _reopen(owner, what, key, inner)


def _reopen(owner: Token, what: Compensable, key: int, inner: list[Record]) -> None:
    assert what.scope is not None
    token = new_token(what.scope, owner, key)
    owner.workflow.scopes.keep(key, kept=False)
    token._set_state(TaskState.STARTED)
    token.memo[UNDO] = inner
    if what.handler is not None:
        owner.workflow.spawn(what.handler, token)
    elif what.start is not None:
        # Its own event sub-process decides what of the inside is undone (Camunda manual, compensation events).
        what.start.begin(token, {})
    else:
        undo(token, token.memo.pop(UNDO))


def _take(scope: Token, activity: str) -> list[Record]:
    """What is to be undone here: everything, or one activity.

    An event sub-process and an instance inside an ad-hoc sub-process reach what they stand in, too.
    """
    known = scope.memo.pop(UNDO, [])
    found = [record for record in known if not activity or parts(record)[0] == activity]
    if len(found) < len(known):
        scope.memo[UNDO] = [record for record in known if record not in found]
    if isinstance(scope.task_spec, EventSubProcess | AdHocInstance):
        return _take(scope.scope, activity) + found
    return found


def _aside(token: Token) -> Token:
    """A token beside the throw event that waits for the handlers in its place (waitForCompletion="false")."""
    element = token.workflow.definition.element(f"{token.task_spec.id}#aside")
    assert element is not None
    aside = new_token(element, token.scope)
    aside._set_state(TaskState.STARTED)
    return aside
