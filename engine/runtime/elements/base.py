"""What every element of a flow has in common: it is entered, works, is left, chooses a way, and can fail at each.

An element is a SpiffWorkflow `TaskSpec`; tokens are its tasks. Subclasses override `enter`, `open`, `work`, `leave`,
`choose`. A phase that an element does not need (listeners, subscriptions) is not in its plan and costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode
from engine.commands import ChangeTask, ChooseInside, ListenerDone
from engine.runtime.elements.conditions import true_flows
from engine.runtime.elements.errors import throw_from, uncaught
from engine.runtime.elements.listeners import ENDING, LISTENING, listeners_for, tell_the_end
from engine.runtime.elements.save_points import CONTINUES, SavePoints, stop
from engine.runtime.elements.throws import THROWN
from engine.runtime.elements.undoing import rename
from engine.runtime.lingering import FOLLOWERS, LEAVING, release
from engine.runtime.problem import UNKNOWN, Problem, Thrown
from engine.runtime.skipping import Skip
from engine.step import ElementState

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.elements.boundary_event import BoundaryEvent
    from engine.runtime.elements.event_sub_process import EventSubProcessStart
    from engine.runtime.tokens import Token

Json = Any

# The phases of a visit, in order. An incident remembers the one it happened in, and resolving repeats just that one.
# START and DONE or END are the listeners; Camunda 7's for the end come before the output mappings (DONE), Camunda 8's
# after them (END). TAKE are Camunda 7's listeners of the flows that were chosen.
# KEEP remembers what can be undone later. BEFORE and AFTER are Camunda 7's save points (`save_points`).
BEFORE, AFTER = "before", "after"
ENTER, START, OPEN, WORK, DONE, LEAVE, END, CHOOSE, TAKE, KEEP = (
    "enter", "start", "open", "work", "done", "leave", "end", "choose", "take", "keep",
)  # fmt: skip
_PAST = frozenset({LEAVE, END, AFTER, CHOOSE, TAKE, KEEP})
ENDED = "ended"  # what the memo holds once the listeners for the end are told

Phase = tuple[str, Callable[["Token"], bool | None]]


class Flow:
    """A sequence flow as the run sees it: where it leads, by id and by element."""

    __slots__ = ("id", "target")

    def __init__(self, flow_id: str, target: Element) -> None:
        self.id = flow_id
        self.target = target


class Renaming:
    """What an element or flow of a definition is called in another one.

    What `mapping` does not name keeps its id, or, where `keeps_names` is off as in Camunda 8, has no counterpart.
    """

    def __init__(
        self, source: Definition, target: Definition, mapping: Mapping[str, str], *, keeps_names: bool = True
    ) -> None:
        self.source = source
        self.target = target
        self._mapping = mapping
        self._keeps_names = keeps_names

    def of(self, element_id: str) -> str:
        """The new id of a flow node, "" for none."""
        outer, mark, inner = element_id.partition("#")
        found = self._mapping.get(outer, outer if self._keeps_names else "")
        return f"{found}{mark}{inner}" if found else ""

    def element(self, old: Element) -> Element | None:
        """The new element of an old one, body for body; None when there is none."""
        suffix = old.name.removeprefix(old.id)
        return self.target.element(f"{self.of(old.id)}{suffix}")

    def scope(self, old: Element) -> str:
        """The new id of what encloses an element."""
        if old.node.parent == self.source.process.id:
            return self.target.process.id
        return self.of(old.node.parent)

    def flow(self, flow_id: str) -> str | None:
        """The new flow of an old one: between the new elements of its ends, that of the same id before others."""
        old = self.source.flows[flow_id]
        ends = self.of(old.source), self.of(old.target)
        same = self.target.flows.get(flow_id)
        if same is not None and (same.source, same.target) == ends:
            return flow_id
        fitting = (flow.id for flow in self.target.flows.values() if (flow.source, flow.target) == ends)
        return next(fitting, flow_id if same is not None and same.target == ends[1] else None)


class Element(TaskSpec):
    """One BPMN element. Immutable once its definition is compiled, and shared by all threads.

    `flows` are the outgoing sequence flows in document order; `scope_element` is the element of the enclosing scope.
    """

    keeps_results_inside = False  # as a scope: outputs of the tokens in it stay in their own scope
    keeps_writes_inside = False  # as a scope: whatever a token in it writes stays in the scope of that token
    start_event, end_event = "start", "end"  # what listeners for its two ends are called; "" for none
    is_body = False  # the body of a repeated activity, around its instances

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, name or node.id)
        self.definition = definition
        self.node = node
        self.id = node.id
        self.kind: str = node.kind.value
        self.label = node.name
        self.flows: tuple[Flow, ...] = ()
        self.incoming: tuple[str, ...] = node.incoming
        self.conditional = False
        self.boundaries: tuple[BoundaryEvent, ...] = ()
        self.keep: Callable[[Token], None] | None = None
        self.event_starts: tuple[EventSubProcessStart, ...] = ()  # of the event sub-processes directly inside
        self._start_listeners = listeners_for(node.listeners, self.start_event)
        self._end_listeners = listeners_for(node.listeners, self.end_event)
        # Camunda 7's listeners for the end hear of a visit that is cancelled, too; those of its relatives do not.
        self._last_words = self._end_listeners if definition.is_camunda7 and not definition.is_relative else None
        self.save_points = SavePoints(node, is_camunda7=definition.is_camunda7, is_body=self.is_body)
        self._skip = Skip(node.skip) if node.skip is not None and not self.is_body else None
        self._plans: dict[str, tuple[Phase, ...]] = {}
        self.first_phase = ENTER

    def plan(self) -> None:
        """Once flows and events are linked: which phases a visit has, from each of them on."""
        phases: list[Phase] = [(name, run) for name, run in self._phases() if run is not None]
        self._plans = {name: tuple(phases[index:]) for index, (name, _) in enumerate(phases)}
        self.first_phase = phases[0][0]

    def _phases(self) -> tuple[tuple[str, Callable[[Token], bool | None] | None], ...]:
        started, ended, early = self._start_listeners, self._end_listeners, self.definition.is_camunda7
        return (
            (BEFORE, self._stop_before if self.save_points.before else None),
            (ENTER, self.enter),
            (START, self._starts if started else None),
            (OPEN, self.open if self.boundaries or self.event_starts else None),
            (WORK, self._work_unless_skipped if self._skip else self.work),
            (DONE, self._ends if ended and early else None),
            (LEAVE, self.leave),
            (END, self._ends if ended and not early else None),
            (AFTER, self._stop_after if self.save_points.after else None),
            (CHOOSE, self._choose),
            (TAKE, self._passes if self._hears_flows() else None),
            (KEEP, self.keep),
        )

    # The phases.

    def _stop_before(self, token: Token) -> bool:
        return stop(token, ENTER)

    def _stop_after(self, token: Token) -> bool:
        return stop(token, CHOOSE)

    def enter(self, token: Token) -> None:
        """Prepare: local variables."""

    def open(self, token: Token) -> None:
        """Subscribe the boundary events."""

    def work(self, token: Token) -> bool:
        """Do the element's own part; False when somebody else must, and `finish` will be called later."""
        return True

    def _work_unless_skipped(self, token: Token) -> bool:
        return (self._skip is not None and self._skip.holds(token)) or self.work(token)

    def leave(self, token: Token) -> None:
        """Wind up: output mappings. The outgoing flows are taken afterwards."""

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """The flows to take: all, or by their conditions where the dialect has conditional flows on any element."""
        if not self.conditional:
            return self.flows
        return true_flows(self, token) or self.default_flow

    @property
    def default_flow(self) -> tuple[Flow, ...]:
        """The default flow, alone; nothing when there is none."""
        return tuple(flow for flow in self.flows if flow.id == self.node.default_flow)

    def finish(self, token: Token) -> None:
        """The work that others did is done: leave."""
        token.memo["phase"] = DONE if DONE in self._plans else LEAVE
        token._set_state(TaskState.READY)
        token.run()

    def end_quietly(self, token: Token) -> None:
        """This flow ends here without going on, as at a none end event."""
        token.workflow.close_waits(token)
        token.complete()

    def retry(self, token: Token) -> None:
        """Try again the phase that raised the incident, or the listener that must hear of the end."""
        if LEAVING in token.memo:
            token.cancel()
        else:
            token.workflow.ready(token)

    # Being cancelled, where somebody must hear of it first.

    @property
    def hears_its_end(self) -> bool:
        """Whether listeners must be done before a cancelled visit may go."""
        return self._last_words is not None

    def close_around(self, token: Token) -> None:
        """The visit is cancelled and stays for a while: what waits beside it waits no longer."""

    def is_told_of_its_end(self, token: Token) -> bool:
        """Tell the listeners; False while a worker is busy with one, or one has failed."""
        return self._last_words is None or not self._is_under_way(token) or tell_the_end(self._last_words, token)

    def hands_up_at_its_end(self, token: Token) -> bool:
        """Map the outputs of a visit that was interrupted; False when that failed."""
        return True

    def _is_under_way(self, token: Token) -> bool:
        """Whether the visit has begun and its end has not been told."""
        memo = token.memo
        is_between = CONTINUES in memo or ENDED in memo or memo.get("phase") in _PAST
        return ENDING in memo or (token.opened and not is_between)

    # What a modification asks.

    def begin_empty(self, scope: Token) -> Token:
        """Begin as a scope inside of `scope` with nothing in it: what begins in it comes from elsewhere."""
        raise Problem(UNKNOWN, f"nothing can begin inside of {self.node.label} that it did not begin itself.")

    def begin_at(self, scope: Token, element: Element) -> Token:
        """Put a token on an element directly inside."""
        return scope.workflow.spawn(element, scope)

    def waits_beside(self, token: Token) -> bool:
        """Whether the token only waits beside others, and does not keep its scope alive."""
        return False

    # What a migration asks of the new element of a token; a memo that names flows or elements must follow.

    def cannot_carry_over(self, token: Token, renaming: Renaming) -> Iterator[str]:
        """What of the token has no place here, a sentence each."""
        yield from ()

    def carry_over(self, token: Token, renaming: Renaming) -> None:
        """Take a token of the old element over."""
        if "joins" in token.memo:
            token.memo["joins"] = {renaming.of(id): key for id, key in token.memo["joins"].items()}
        if "flow" in token.memo:
            token.memo["flow"] = renaming.flow(token.memo["flow"]) or token.memo["flow"]
        if "ways" in token.memo:
            token.memo["ways"] = [renaming.flow(flow) for flow in token.memo["ways"]]
        if renaming.source.compensations:
            rename(token, renaming)

    # What a scope hears of the tokens in it.

    def on_leaving(self, scope: Token, token: Token) -> None:
        """A token of this scope has done its part; may raise `Problem`, and then nothing has changed."""

    def on_empty(self, scope: Token) -> None:
        """The last token of this scope has gone."""

    # Arrival.

    def arrive(self, scope: Token, flow_id: str) -> None:
        """A token comes along a sequence flow."""
        scope.workflow.spawn(self, scope)

    # SpiffWorkflow's life cycle.

    def _run(self, my_task: Token) -> bool | None:
        # The base method assigns variables afterwards, which ours have no use for.
        return self._run_hook(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        token = my_task
        process = token.workflow
        process.announce(token)
        plan = self._plans[token.internal_data.pop("phase", self.first_phase)]
        phase = ENTER
        try:
            for phase, run in plan:  # noqa: B007 - the phase that failed is told below
                if process.undoes:
                    process.begin_phase()
                if run(token) is False:
                    return None
        except Problem as problem:
            process.undo_phase()
            return self._fail(token, phase, problem)
        except Thrown as thrown:
            return self.throw(token, phase, thrown)
        return True

    def _fail(self, token: Token, phase: str, problem: Problem) -> bool | None:
        token.memo["phase"] = phase
        token.workflow.raise_incident(token, problem)
        return False

    def throw(self, token: Token, phase: str, thrown: Thrown) -> bool | None:
        """A script of this element threw a BPMN error: whoever catches it goes on."""
        try:
            if not throw_from(token, thrown.code, thrown.message, {}, phase):
                self.end_quietly(token)
        except Problem as problem:
            return self._fail(token, phase, problem)
        return None

    def go_on(self, token: Token) -> None:
        """No caller catches the error that this token threw and stood still for."""
        _, code, message, phase = token.memo.pop(THROWN)
        try:
            uncaught(token, code, message)
        except Problem as problem:
            self._fail(token, phase, problem)
        else:
            self.end_quietly(token)

    def call_started(self, token: Token, child_key: int) -> None:
        """What this element calls begins, as that instance."""

    def child_threw(self, token: Token, result: Mapping[str, Json]) -> None:
        """What this element called threw something that is caught now; `result` are the child's variables so far."""

    # Listeners.

    def _starts(self, token: Token) -> bool:
        assert self._start_listeners is not None
        return self._start_listeners.run(token, START)

    def _ends(self, token: Token) -> bool:
        assert self._end_listeners is not None
        token.memo[ENDED] = True
        return self._end_listeners.run(token, DONE if DONE in self._plans else END)

    def _hears_flows(self) -> bool:
        return any(flow.id in self.definition.flow_listeners for flow in self.flows)

    def _passes(self, token: Token) -> bool:
        """The listeners of the chosen flows, flow by flow. The choice is remembered while a worker is busy with one."""
        memo, heard = token.memo, self.definition.flow_listeners
        ways = memo.pop("ways", None) or [flow.id for flow in token.ways]
        token.ways = tuple(flow for flow in self.flows if flow.id in ways)
        memo["ways"] = ways
        passed = memo.pop("passed", 0)
        for index in range(passed, len(ways)):
            memo["passed"] = index
            listeners = heard.get(ways[index])
            if listeners is not None and not listeners.run(token, TAKE, transition=ways[index]):
                return False
        del memo["ways"]
        memo.pop("passed", None)
        return True

    def heard(self, token: Token, done: ListenerDone) -> None:
        """A worker is done with a listener: its results go where the phase has its scope, and the visit goes on."""
        phase = token.memo.pop(LISTENING)
        if phase == ENDING:
            token.cancel()
            return
        scopes = token.workflow.scopes
        if self.definition.is_camunda7:
            scopes.merge(token, done.variables)
        elif phase == START or token.parent is None or token.scope.task_spec.keeps_results_inside:
            scopes.set_local(token.id, done.variables)
        else:
            scopes.merge(token.scope, done.variables)
        token.memo["phase"] = phase
        token._set_state(TaskState.READY)
        token.run()

    def _choose(self, token: Token) -> None:
        token.ways = self.choose(token)
        scope = token.parent
        if scope is not None:
            scope.task_spec.on_leaving(scope, token)

    def _on_complete(self, my_task: Token) -> None:
        # The base method updates predicted children; ours are created here, for the flows really taken.
        self._on_complete_hook(my_task)
        my_task.workflow._task_completed_notify(my_task)

    def _on_complete_hook(self, my_task: Token) -> None:
        self.take(my_task, my_task.ways)

    def _on_error(self, my_task: Token) -> None:
        """The incident has been raised already."""

    def _on_cancel(self, my_task: Token) -> None:
        process = my_task.workflow
        process.record(my_task, ElementState.TERMINATED)
        process._remove_task(my_task.id)
        if FOLLOWERS in my_task.memo:
            release(my_task)

    def take(self, token: Token, flows: tuple[Flow, ...]) -> None:
        """Send a token along each flow."""
        if not flows:
            return
        scope, process = token.scope, token.workflow
        if not scope.is_alive:
            return
        for flow in flows:
            process.take(flow.id)
            flow.target.arrive(scope, flow.id)

    # Answers from outside; an element that does not wait for one refuses.

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """Somebody finished the work of this token."""
        raise NotWaiting

    def choose_inside(self, token: Token, choice: ChooseInside) -> None:
        """Somebody says what is to begin inside."""
        raise NotWaiting

    def fire(self, token: Token, repetitions: int) -> None:
        """The timer of this token is due."""
        raise NotWaiting

    def correlate(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The message of this token arrived."""
        raise NotWaiting

    def change_task(self, token: Token, asked: ChangeTask) -> None:
        """Something is to be done to the user task of this token."""
        raise NotWaiting


class NotWaiting(Exception):
    """The element does not wait for such an answer."""
