"""A token: one visit of one element, as a SpiffWorkflow task that lives exactly as long as the visit.

Tokens hang below the scope they run in (process, sub-process, multi-instance body), not below their predecessor, so
the tree is as deep as the diagram is nested and as large as what is alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.runtime.lingering import LEAVING, stays

if TYPE_CHECKING:
    from engine.runtime.elements.base import Element, Flow
    from engine.runtime.process import Process


_OVER = TaskState.COMPLETED | TaskState.CANCELLED


class Token(Task):
    """`id` is the element instance key. `memo` is the little an element must remember while it waits (JSON).

    `opened` says that the element instance has been announced; `stored` that rows from earlier steps (waits, incidents)
    hang on this token.
    """

    triggered = False
    thread_id = 0
    last_state_change = 0.0

    def __init__(self, process: Process, element: Element, parent: Token | None, key: int) -> None:
        # The base constructor draws a random id and the time for each task; ours has a key already and no clock.
        self.id: int = key
        self.workflow: Process = process
        self.task_spec: Element = element
        self._parent: int | None = None
        self._children: dict[int, None] = {}
        self._state: int = TaskState.FUTURE
        self.internal_data: dict[str, Any] = {}
        self.opened = False
        self.stored = False
        self.ways: tuple[Flow, ...] = ()
        process.tasks[key] = self
        if parent is not None:
            self._parent = parent.id
            parent._children[key] = None

    @property
    def memo(self) -> dict[str, Any]:
        return self.internal_data

    @property
    def parent(self) -> Token | None:
        return None if self._parent is None else self.workflow.tasks.get(self._parent)

    @property
    def children(self) -> list[Token]:
        tasks = self.workflow.tasks
        return [tasks[key] for key in self._children]

    @property
    def scope(self) -> Token:
        """The token of the scope this one runs in. Only the root has none."""
        assert self._parent is not None
        return self.workflow.tasks[self._parent]

    @property
    def is_alive(self) -> bool:
        """Whether the visit is not over; a token with an incident is alive."""
        return not self._state & _OVER

    @property
    def is_busy(self) -> bool:
        """Whether something in this scope runs, beside what waits for an event sub-process to begin."""
        return len(self._children) > len(self.internal_data.get("watches", ()))

    @property
    def waits_beside(self) -> bool:
        """Whether it waits beside an activity or scope instead of being work in it."""
        return self.task_spec.waits_beside(self)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for something that comes from elsewhere."""
        return bool(self._state & (TaskState.WAITING | TaskState.STARTED))

    @property
    def is_leaving(self) -> bool:
        """Whether it was cancelled and somebody hears of that first."""
        return LEAVING in self.internal_data

    @property
    def has_incident(self) -> bool:
        return bool(self._state & TaskState.ERROR)

    def _set_state(self, value: int) -> None:
        # The base method builds a log record for each change, even when nobody reads it. A visit that is over stays
        # over, also when its own element ended it while it ran (an error end event that was caught).
        if not self._state & _OVER:
            self._state = value

    def cancel(self) -> None:
        """End the visit without completing it, inner tokens first. A token that is over stays as it is.

        One whose end somebody must hear of first is still there afterwards, and goes when that is done.
        """
        if not self.is_alive or (self.workflow.definition.lingers and stays(self)):
            return
        ending: list[Token] = []
        waiting = [self]
        while waiting:  # a stack of our own: scopes may be nested hundreds deep
            token = waiting.pop()
            ending.append(token)
            waiting += token.children
        for token in ending:
            token._set_state(TaskState.CANCELLED)
        tasks = self.workflow.tasks
        for token in reversed(ending):
            if token.id in tasks:  # an event that waited for an activity has gone with it
                token.task_spec._on_cancel(token)
