"""Cancelling a transaction: everything in it ends, what had completed is undone, and it is left by its cancel boundary.

BPMN 2.0.2, 10.3.5 and 13.5.6; Camunda manual, cancel events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import EventKind, Kind
from engine import events
from engine.runtime.elements.boundary_event import BoundaryEvent, close_boundaries
from engine.runtime.elements.compensation import undo, undo_next
from engine.runtime.elements.end_event import EndEvent
from engine.runtime.elements.repeating import RepeatingBody
from engine.runtime.elements.scopes import interrupt
from engine.runtime.elements.throws import Throw
from engine.runtime.elements.undoing import UNDO, Record
from engine.runtime.problem import UNKNOWN, Problem

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class CancelEndEvent(EndEvent):
    """bpmn:endEvent of a cancel event, in a transaction. The handlers run below it."""

    def work(self, token: Token) -> bool:
        """End what runs, begin to undo; with nothing to undo the transaction is left at once."""
        host = _transaction(token)
        boundary = _boundary(host)
        token.workflow.note(events.TRANSACTION_CANCELED, host, {"by": boundary.id})
        records = _stop(token, host)
        if records:
            undo(token, records)
        else:
            boundary.catch(host, Throw(EventKind.CANCEL, ""))
        return False

    def on_empty(self, scope: Token) -> None:
        """A handler is done: the next one, or out."""
        if not undo_next(scope):
            host = _transaction(scope)
            _boundary(host).catch(host, Throw(EventKind.CANCEL, ""))


def _transaction(token: Token) -> Token:
    """The transaction around a cancel end event; of a repeated one all instances together."""
    step: Token | None = token
    while step is not None and step.task_spec.node.kind is not Kind.TRANSACTION:
        step = step.parent
    if step is None:
        raise Problem(UNKNOWN, f"End event {token.task_spec.node.label} cancels no transaction: it stands in none.")
    around = step.scope
    return around if isinstance(around.task_spec, RepeatingBody) else step


def _boundary(host: Token) -> BoundaryEvent:
    for boundary in host.task_spec.boundaries:
        if boundary.event.kind is EventKind.CANCEL:
            return boundary
    raise Problem(UNKNOWN, f"Transaction {host.task_spec.node.label} is cancelled and has no cancel boundary event.")


def _stop(token: Token, host: Token) -> list[Record]:
    """End everything in the transaction but the way to this token; what had completed is handed over."""
    close_boundaries(host)
    records: list[Record] = []
    step = token
    while step is not host:
        by, step = step, step.scope
        interrupt(step, by)
        if step is host or step.task_spec.node.kind is Kind.TRANSACTION:
            records = step.memo.pop(UNDO, []) + records
    return records
