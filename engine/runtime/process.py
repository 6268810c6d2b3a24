"""A running instance: SpiffWorkflow's `Workflow` with a queue instead of a prediction, and a record of what it did.

It moves tokens until all of them wait. What that changed is collected in `step`; nothing is stored here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine import events
from engine.runtime.conditions import Conditions
from engine.runtime.elements.awaiting import WaitingJoins
from engine.runtime.elements.undoing import forget_within
from engine.runtime.hosts import hosts
from engine.runtime.lingering import LEAVING
from engine.runtime.problem import FAILED_JOB, UNKNOWN, Problem
from engine.runtime.scopes import Scopes
from engine.runtime.tokens import Token
from engine.step import (
    ElementChange,
    ElementState,
    Event,
    IncidentRaised,
    Outcome,
    SignalThrown,
    SignalWait,
    Step,
    Wait,
)

if TYPE_CHECKING:
    from bpmn.dmn import DecisionResult
    from engine.runtime.definition import Definition
    from engine.runtime.elements.base import Element

Json = Any

# A process that runs this many elements without once waiting is taken for an endless loop. It must be far above honest
# loops over data, and low enough to end within seconds. What takes far longer than a move counts for many: a
# script has a JavaScript engine of its own (3 ms where a move takes 10 µs), a decision is looked up.
MOST_MOVES_PER_STEP = 100_000
MOVES_OF_A_SCRIPT = 50
MOVES_OF_A_DECISION = 20


class DecisionMade(NamedTuple):
    """What a decision says, which version of it said so, and those of the variables that it may have read."""

    result: DecisionResult
    version: int
    inputs: Mapping[str, Json]


class Decide(Protocol):
    """How the runtime asks for a decision. Raises `engine.errors.NotFound` when none of that id is deployed."""

    def __call__(self, decision_id: str, binding: tuple[str, str], variables: Mapping[str, Json]) -> DecisionMade: ...


class FindForm(Protocol):
    """How the runtime asks for a form: its key and version, None when none of that id is deployed."""

    def __call__(self, form_id: str, binding: tuple[str, str]) -> tuple[int, int] | None: ...


class FindResource(Protocol):
    """How the runtime asks for any other deployed file: its key, None when none of that id is deployed."""

    def __call__(self, resource_id: str, binding: tuple[str, str]) -> int | None: ...


class FindTask(Protocol):
    """How the runtime asks for a user task: what is known of it, None when there is none of that key."""

    def __call__(self, key: int) -> Mapping[str, Any] | None: ...


class FindClusterVariables(Protocol):
    """How the runtime asks for the variables of the cluster, by name."""

    def __call__(self) -> Mapping[str, Json]: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What the runtime needs from outside while it thinks: keys, the time, decisions, forms, and who acts.

    `now` is aware, in UTC. Without `find_form` forms are looked up later; without `find_resource` there are no other
    files, without `find_task` no tasks, without `find_cluster_variables` none of these. `user` is None when nobody is
    logged in: a timer, a worker.
    """

    next_key: Callable[[], int]
    now: datetime
    decide: Decide
    find_form: FindForm | None = None
    find_resource: FindResource | None = None
    find_task: FindTask | None = None
    user: str | None = None
    groups: tuple[str, ...] = ()
    find_cluster_variables: FindClusterVariables | None = None


class Process(Workflow):
    """The tokens and variables of one instance. `tasks` maps keys to live tokens; `task_tree` is the root scope."""

    def __init__(self, definition: Definition, key: int, services: Services, scopes: Scopes) -> None:
        # The base constructor creates and predicts the first tasks; ours are created when they are reached.
        self.spec = definition
        self.tasks: dict[int, Token] = {}
        self.completed = False
        self.success = True
        self.definition = definition
        self.services = services
        self.scopes = scopes
        self.business_key: str | None = None
        self.is_called = False
        self.is_operated = False  # whether it is an operator who ends what ends just now
        self.root = self.task_tree = Token(self, definition.root, None, key)
        self.step = Step()
        self.joins = WaitingJoins()
        # Lists of results that this step made, by scope and name: not yet seen outside.
        self.fresh: dict[tuple[int, str], list[Json]] = {}
        self.gone_through: dict[int, tuple[list[Json], list[Json]]] = {}  # by body: what its list was made of, and it
        self.watch = Conditions(self) if definition.watched else None
        self._queue: deque[Token] = deque()
        self._emptied: deque[Token] = deque()
        self._waits: dict[int, list[Wait]] = {}
        self._path: list[str] = []
        self._moves = 0
        self._told = 0, 0, 0
        # FEEL changes nothing while it is evaluated, so in Camunda 8 no phase leaves half of its work behind.
        self.undoes = not definition.is_camunda8

    # Tokens come and go.

    def spawn(self, element: Element, scope: Token) -> Token:
        """A new token at `element`, ready to run."""
        token = Token(self, element, scope, self.services.next_key())
        self.ready(token)
        return token

    def ready(self, token: Token) -> None:
        """Put the token into the queue."""
        token._set_state(TaskState.READY)
        self._queue.append(token)

    def run(self) -> None:
        """Move tokens, first come first served, until none is ready."""
        queue = self._queue
        self._moves = 0
        if self.watch is not None:
            self.watch.look()
        while queue or self._pass_joins():
            token = queue.popleft()
            if token._state != TaskState.READY:
                continue
            self._moves += 1
            if self._moves > MOST_MOVES_PER_STEP:
                self._stop_endless_loop(token)
                break
            token.run()
            if self.watch is not None:
                self.watch.look()

    def cluster_variables(self) -> Mapping[str, Json]:
        """What expressions read as `camunda`: the cluster's variables, also under the word for whichever applies."""
        find = self.services.find_cluster_variables
        found = dict(find()) if find is not None else {}
        return {"camunda": {"vars": {"cluster": found, "tenant": {}, "env": found}}}

    def spend_on_script(self) -> None:
        """A script runs."""
        self._moves += MOVES_OF_A_SCRIPT

    def spend_on_decision(self) -> None:
        """A decision is asked."""
        self._moves += MOVES_OF_A_DECISION

    def _pass_joins(self) -> bool:
        """Everything waits: some joins may know now that nothing more can come. Whether one of them goes on."""
        if self.joins:
            self.joins.look()
        return bool(self._queue)

    def _stop_endless_loop(self, token: Token) -> None:
        text = f"This took more than {MOST_MOVES_PER_STEP} moves without a wait. Is there a loop without an exit?"
        for stopped in (token, *self._queue):
            if stopped._state == TaskState.READY:
                self.announce(stopped)
                self.raise_incident(stopped, Problem(UNKNOWN, text))
        self._queue.clear()

    def _remove_task(self, task_id: int) -> None:
        """Prune a token that is over; the scope that loses its last token is told."""
        token = self.tasks.pop(task_id)
        self.close_waits(token)
        if self.definition.compensations:
            forget_within(token)
        scope = token.parent
        if scope is None:
            return  # the variables of the root outlive the instance: people look at them, callers take them back
        self.scopes.drop(task_id)
        del scope._children[task_id]
        if self.joins:
            self.joins.touch(scope.id)
        if LEAVING in scope.memo:
            if not scope._children:
                scope.cancel()  # it was cancelled, and stayed for the last one in it
        elif not scope.is_busy and scope.is_alive:
            self._tell_empty(scope)

    def _tell_empty(self, scope: Token) -> None:
        """A scope lost its last token. The scopes around it that end with it are told in turn, not from within."""
        self._emptied.append(scope)
        if len(self._emptied) > 1:
            return
        while self._emptied:
            scope = self._emptied[0]
            if not scope.is_busy and scope.is_alive:
                scope.task_spec.on_empty(scope)
            self._emptied.popleft()

    def discard(self, token: Token) -> None:
        """Take away a token that only waited beside or in its host: nothing ends with it."""
        token._set_state(TaskState.CANCELLED)
        self.record(token, ElementState.TERMINATED)
        self.close_waits(token)
        self.scopes.drop(token.id)
        del self.tasks[token.id]
        if (scope := token.parent) is not None:
            scope._children.pop(token.id, None)

    def _task_completed_notify(self, task: Token) -> None:
        """Called by SpiffWorkflow when a token completed: it is over, so it goes."""
        self.record(task, ElementState.COMPLETED)
        self._remove_task(task.id)

    # A phase that fails leaves nothing behind.

    def begin_phase(self) -> None:
        """What happens from here on can be undone."""
        self.scopes.begin_journal()
        self._told = len(self.step.events), len(self.step.signals), len(self.step.messages)

    def undo_phase(self) -> None:
        """The phase failed: as if it had not begun. Repeating it does nothing twice."""
        if not self.undoes:
            return
        self.scopes.undo()
        for told, count in zip((self.step.events, self.step.signals, self.step.messages), self._told, strict=True):
            del told[count:]  # type: ignore[attr-defined]

    # What the step will say.

    def announce(self, token: Token) -> None:
        """The element instance begins; said once."""
        if not token.opened:
            token.opened = True
            self.record(token, ElementState.ACTIVE, opened=True)

    def record(self, token: Token, state: ElementState, *, opened: bool = False) -> None:
        """Note that an element instance was entered or left. One that was never announced is not spoken of."""
        if not token.opened:
            return
        element = token.task_spec
        scope_key = token._parent if token._parent is not None else token.id
        self.step.elements.append(
            ElementChange(token.id, element.id, element.kind, state, scope_key, opened, element.label)
        )

    def take(self, flow_id: str) -> None:
        """Note that a sequence flow was taken."""
        self._path.append(flow_id)

    def note(self, type_: str, token: Token, data: Mapping[str, Json]) -> None:
        """Add a fact for the audit trail."""
        self.step.events.append(Event(type_, token.task_spec.id, token.id, data))

    def wait(self, token: Token, wait: Wait) -> None:
        """The token waits for something outside: a row will stand for it."""
        self._waits.setdefault(token.id, []).append(wait)

    def throw_signal(
        self, name: str, variables: Mapping[str, Json], business_key: str | None, *, only_here: bool = False
    ) -> None:
        """A signal for the world, this instance included: its tokens that wait by now will hear it."""
        waits = (wait for waits in self._waits.values() for wait in waits)
        heard = frozenset(w.element_key for w in waits if isinstance(w, SignalWait) and w.signal_name == name)
        self.step.signals.append(SignalThrown(name, variables, heard, business_key, only_here))

    def close_waits(self, token: Token) -> None:
        """What the token waited for came or is no longer wanted; also rows of this very step are taken back."""
        self._waits.pop(token.id, None)
        if token.stored:
            token.stored = False
            self.step.closed.append(token.id)

    def is_waited_for(self, token: Token) -> bool:
        """Whether rows outside will hang on the token after this step."""
        return token.stored or token.id in self._waits or token.has_incident

    def raise_incident(self, token: Token, problem: Problem) -> None:
        """The token stays where it is until somebody resolves it."""
        token._set_state(TaskState.ERROR)
        kind = FAILED_JOB if self.definition.is_camunda7 else problem.type
        self.step.incidents.append(IncidentRaised(token.id, token.task_spec.id, kind, str(problem)))

    def hosts(self, token: Token) -> Mapping[str, Any]:
        """The objects that JUEL and JavaScript see beside the variables."""
        return hosts(token)

    def settle(self) -> Step:
        """Close the record and return it. Nothing moves any more afterwards."""
        step = self.step
        step.incidents = [i for i in step.incidents if i.element_key in self.tasks]
        step.waits = [wait for waits in self._waits.values() for wait in waits]
        step.variables = self.scopes.changed
        step.removed_variables = self.scopes.removed
        step.dropped_scopes = self.scopes.dropped
        if self._path:
            step.events.insert(0, Event(events.PATH_TAKEN, data={"flows": self._path}))
        if self.completed and step.outcome is Outcome.ACTIVE:
            step.outcome = Outcome.COMPLETED
        return step

    def let_go(self) -> None:
        """Forget the tokens, which know their process: both go at once, and are not left to the garbage collector."""
        self.tasks = {}
        self.watch = None
        del self.root, self.task_tree
