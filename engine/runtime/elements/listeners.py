"""Listeners: what a diagram wants told when an element begins, ends or is passed on the way.

A listener with a job type (every one of Camunda 8, Camunda 7's classes and delegates) is a job of its own, and the
element waits for it; one with an expression or a script runs on the spot. Those of one event run one after the other in
document order. Sources: zeebe-extensions §9, camunda7-extensions §6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import EventDefinition, Listener
from engine.runtime.elements.job_work import JobWork
from engine.runtime.elements.signals import signal_sender
from engine.runtime.formulas import Formula
from engine.runtime.hosts import Execution
from engine.runtime.mappings import ScriptFormula
from engine.runtime.problem import EXTRACT_VALUE, Problem, Thrown

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any

# What the memo of a token holds: which listener is next, and the phase whose listener a worker is busy with.
NEXT, LISTENING = "next-listener", "listening"
ENDING = "ending"  # the phase of a visit that was cancelled and stays until somebody has heard of it
EXECUTION, TASK = "execution-listener", "task-listener"


class Listeners:
    """The listeners of one event at one element. `event` is how jobs name it; empty: each has its own."""

    def __init__(self, listeners: tuple[Listener, ...], event: str, kind: str = EXECUTION) -> None:
        self.event = event
        self._all = [_Compiled(listener, event or listener.event, kind) for listener in listeners]
        self.has_jobs = any(one.job is not None for one in self._all)

    @classmethod
    def of(cls, listeners: tuple[Listener, ...], events: tuple[str, ...], kind: str) -> Listeners | None:
        """The listeners of several events, those of the first event first; None when there are none."""
        wanted = [one for one in listeners if f"{one.kind}-listener" == kind]
        found = tuple(one for event in events for one in wanted if one.event == event)
        return cls(found, "", kind) if found else None

    def followed_by(self, others: Listeners | None) -> Listeners:
        """These and then the others."""
        both = Listeners((), self.event)
        both._all = [*self._all, *(others._all if others else ())]
        both.has_jobs = self.has_jobs or (others is not None and others.has_jobs)
        return both

    def run(self, token: Token, phase: str, **about: Any) -> bool:
        """Go on with the listeners; False when a worker must do the next one.

        A `Problem` or `Thrown` leaves the listener that raised it as the next one. `about` goes to `hosts`.
        """
        memo = token.memo
        for index in range(memo.pop(NEXT, 0), len(self._all)):
            memo[NEXT] = index
            one = self._all[index]
            token.workflow.begin_phase()  # what an earlier listener did stays when this one fails
            if one.job is not None:
                one.job.open(token, about.get("headers", {}))
                memo[NEXT] = index + 1
                memo[LISTENING] = phase
                return False
            one.run(token, about)
        memo.pop(NEXT, None)
        return True


class _Compiled:
    """One listener. `job` is None for what runs on the spot."""

    def __init__(self, listener: Listener, event: str, kind: str) -> None:
        self._event = event
        self._script = ScriptFormula(listener.script) if listener.script else None
        self._result = listener.script.result_variable if listener.script else ""
        self._expression = Formula(listener.expression) if listener.expression else None
        self._throw = _throwing(listener.throws) if listener.throws is not None else None
        self.job = JobWork(listener.job, kind=kind, event=event) if listener.job else None

    def run(self, token: Token, about: Mapping[str, Any]) -> None:
        execution = Execution(token, self._event, about.get("transition"))
        objects = {"execution": execution, **about.get("objects", {})}
        if "task" in objects:
            objects["task"].event = self._event
        try:
            if self._expression is not None:
                self._expression.raw(token, objects=objects)
            elif self._script is not None:
                value = self._script.value(token, objects=objects)
                if self._result:
                    token.workflow.scopes.merge(token, {self._result: value})
            elif self._throw is not None:
                self._throw(token)
        except Problem as problem:
            raise Problem(EXTRACT_VALUE, f"The listener for '{self._event}' failed: {problem}") from problem


def _throwing(event: EventDefinition) -> Callable[[Token], None]:
    sender = signal_sender(event)
    if sender is not None:
        return sender.send

    def throw(token: Token) -> None:
        raise Thrown(event.error.code.text if event.error is not None and event.error.code is not None else "", "")

    return throw


def tell_the_end(listeners: Listeners, token: Token, **about: Any) -> bool:
    """Tell listeners that a visit was cancelled; whatever it waited for goes. False when it must stay for now."""
    memo, process = token.memo, token.workflow
    if memo.get(LISTENING) == ENDING:
        return False
    if ENDING not in memo:
        memo[ENDING] = True
        memo.pop(NEXT, None)
        memo.pop(LISTENING, None)
        process.close_waits(token)
    token._set_state(TaskState.STARTED)
    try:
        return listeners.run(token, ENDING, **about)
    except Thrown as thrown:
        if not process.definition.is_camunda7:
            return True  # there is nobody left to catch it
        # An error of a listener that hears of the end is a failure like any other (TaskEntity, invokeListener).
        process.raise_incident(
            token, Problem(EXTRACT_VALUE, f"A listener for the end threw the error '{thrown.code}'.")
        )
        return False
    except Problem as problem:
        process.raise_incident(token, problem)
        return False


def listeners_for(node_listeners: tuple[Listener, ...], event: str, kind: str = "execution") -> Listeners | None:
    """The listeners of an event, None when there are none."""
    found = tuple(one for one in node_listeners if one.kind == kind and one.event == event)
    return Listeners(found, _SAID.get(event, event), f"{kind}-listener") if found else None


_SAID = {"beforeall": "before_all"}
