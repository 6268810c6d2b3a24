"""From a command to a step: thaw the instance, do what is asked, move until all wait, freeze."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any

from bpmn.model import FlowNode, SequenceFlow
from engine import commands
from engine.errors import IllegalMove
from engine.runtime.definition import Definition
from engine.runtime.elements.ad_hoc import AdHocSubProcess
from engine.runtime.elements.base import WORK, NotWaiting, Renaming
from engine.runtime.elements.call_activity import CallActivity
from engine.runtime.elements.errors import throw_from
from engine.runtime.elements.event_based_gateway import BEGUN
from engine.runtime.elements.joining import ARRIVED, Joining
from engine.runtime.elements.listeners import LISTENING
from engine.runtime.elements.save_points import CONTINUES, TRIES, go_on, take_back, try_again
from engine.runtime.elements.start_event import taken_at_start
from engine.runtime.elements.throws import THROWN, thrown_by_child
from engine.runtime.freeze import freeze, thaw
from engine.runtime.migrate import MigrationPlan, check_known, migrate, plan_migration
from engine.runtime.modify import modify
from engine.runtime.problem import Problem, Thrown
from engine.runtime.process import Process, Services
from engine.runtime.scopes import Scopes
from engine.runtime.tokens import Token
from engine.step import Outcome, Step

Json = Any


@dataclass(frozen=True, slots=True)
class Frozen:
    """A stored instance: its key, the bytes of its last step and all its variables by scope key."""

    key: int
    state: bytes
    variables: Mapping[int, Mapping[str, Json]] = field(default_factory=dict)
    business_key: str | None = None


def start(  # noqa: PLR0913 - what a start may say
    definition: Definition,
    *,
    key: int,
    variables: Mapping[str, Json],
    services: Services,
    start_element: str | None = None,
    business_key: str | None = None,
    initiator: str | None = None,
    called: bool = False,
    at: Sequence[commands.Activate] = (),
) -> Step:
    """Begin an instance and run it to its first wait.

    `start_element` is the id of a start event with a trigger, None for the none start event. `called` says that a call
    activity waits for the end, so an uncaught error is handed to it. `at` begins at other elements instead of a start
    event. Raises `IllegalMove` without such a start event or element.
    """
    if at:
        process = Process(definition, key, services, Scopes(key))
        process.business_key = business_key
        process.scopes.set_local(key, {**definition.process.data, **variables})
        definition.root.unfold(process.root)
        modify(process, at)
        return _run(process)
    element = definition.start_event(start_element)
    if element is None:
        wanted = f"start event '{start_element}'" if start_element else "none start event"
        raise IllegalMove(f"Process '{definition.process.id}' has no {wanted}. Start it by its message or timer.")
    process = Process(definition, key, services, Scopes(key))
    process.business_key = business_key
    process.is_called = called
    process.scopes.set_local(key, definition.process.data)
    if start_element is not None:
        variables = taken_at_start(element, process.root, variables)
    if element.node.initiator and initiator is not None:
        process.scopes.set_local(key, {element.node.initiator: initiator})
    token = definition.root.begin(process.root, definition.gateways_before.get(element.id, element))
    if token.task_spec.node.begins_process:
        token.memo[BEGUN] = element.id
    # What a message or signal brings stays with its start event when output mappings say what of it goes on.
    by_event = start_element is not None and bool(element.node.outputs) and not definition.is_camunda7
    process.scopes.set_local(token.id if by_event else key, variables)
    return _run(process)


def resume(definition: Definition, frozen: Frozen, command: commands.Command, services: Services) -> Step:
    """Do what `command` asks of a stored instance and run it to its next wait.

    Raises `IllegalMove` when the element does not exist any more or does not wait for this.
    """
    process = _thawed(definition, frozen, services)
    try:
        _apply(command, process)
    except NotWaiting:
        raise IllegalMove(f"The element does not wait for {type(command).__name__}.") from None
    except Problem as problem:
        raise IllegalMove(str(problem)) from problem
    return _run(process)


@dataclass(frozen=True, slots=True)
class Migration:
    """To which definition an instance goes; `mapping` names the elements that have another id there.

    What it does not name keeps its id, or, without `keeps_names`, has no counterpart.
    """

    source: Definition
    target: Definition
    mapping: Mapping[str, str]
    keeps_names: bool = True

    def plan(self, frozen: Frozen) -> MigrationPlan:
        """What it would do to a stored instance. Raises `InvalidInput` for ids that are not there."""
        return plan_migration(_looked_at(self.source, frozen.key, frozen.state), self._renaming())

    def make(self, frozen: Frozen, services: Services) -> tuple[MigrationPlan, Step]:
        """Do it. Raises `IllegalMove` with every fault of the plan."""
        process = _thawed(self.source, frozen, services)
        return migrate(process, self._renaming()), _run(process)

    def _renaming(self) -> Renaming:
        check_known(self.source, self.target, self.mapping)
        return Renaming(self.source, self.target, self.mapping, keeps_names=self.keeps_names)


def error_of_failure(
    definition: Definition, frozen: Frozen, element_key: int, facts: Mapping[str, Json], services: Services
) -> tuple[str, str] | None:
    """The BPMN error that an error definition makes of a failure. One that cannot be evaluated makes none."""
    token = _thawed(definition, frozen, services).tasks.get(element_key)
    job = None if token is None else getattr(token.task_spec, "job", None)
    try:
        if token is not None and job is not None:
            job.errors.check(token, facts)
    except Thrown as thrown:
        return thrown.code, thrown.message
    except Problem:
        return None  # Camunda 7 leaves the failure a failure, too
    return None


def _unavailable(*_: Any, **__: Any) -> Any:
    raise AssertionError("an instance that is only looked at asks for nothing")


_NOTHING_MOVES = Services(_unavailable, datetime.min.replace(tzinfo=UTC), _unavailable)


@dataclass(frozen=True, slots=True)
class WaitingChoice:
    """An ad-hoc sub-process in which nothing runs until somebody begins one of `choices`, the flow nodes it offers."""

    key: int
    element_id: str
    name: str
    choices: tuple[FlowNode, ...]


@dataclass(frozen=True, slots=True)
class WaitingJoin:
    """A gateway that some tokens have reached and others have not; `missing` are the flows that it still waits for.

    `key` is the waiting token's, made when the first token arrived.
    """

    key: int
    element_id: str
    name: str
    missing: tuple[SequenceFlow, ...]


def standing(definition: Definition, key: int, state: bytes) -> list[WaitingJoin | WaitingChoice]:
    """The joins and choices at which an instance stands: nothing outside waits for them, so no row tells of them."""
    process = _looked_at(definition, key, state)
    found: list[WaitingJoin | WaitingChoice] = []
    for token in process.tasks.values():
        element = token.task_spec
        if isinstance(element, AdHocSubProcess) and (choices := element.awaited(token)):
            found.append(WaitingChoice(token.id, element.id, element.node.name, choices))
        if isinstance(element, Joining) and ARRIVED in token.memo:
            missing = tuple(definition.flows[flow] for flow in element.missing(token))
            found.append(WaitingJoin(token.id, element.id, element.node.name, missing))
    return found


def _thawed(definition: Definition, frozen: Frozen, services: Services) -> Process:
    process = Process(definition, frozen.key, services, Scopes(frozen.key, frozen.variables))
    process.business_key = frozen.business_key
    thaw(process, frozen.state)
    return process


def _looked_at(definition: Definition, key: int, state: bytes) -> Process:
    process = Process(definition, key, _NOTHING_MOVES, Scopes(key))
    thaw(process, state)
    return process


def _run(process: Process) -> Step:
    process.run()
    step = process.settle()
    if step.outcome is Outcome.ACTIVE:
        step.state = freeze(process)
    process.let_go()
    return step


def _token(process: Process, key: int) -> Token:
    token = process.tasks.get(key)
    if token is None:
        raise IllegalMove(f"Element instance {key} is not active any more.")
    return token


def _waiting(process: Process, key: int) -> Token:
    token = _token(process, key)
    if token.has_incident:
        raise IllegalMove(f"Element {token.task_spec.node.label} has an incident. Resolve it first.")
    return token


@singledispatch
def _apply(command: commands.Command, process: Process) -> None:
    raise TypeError(f"unknown command {command!r}")


@_apply.register
def _(command: commands.ListenerDone, process: Process) -> None:
    token = _waiting(process, command.element_key)
    if LISTENING not in token.memo:
        raise NotWaiting
    token.task_spec.heard(token, command)


@_apply.register
def _(command: commands.Complete, process: Process) -> None:
    token = _waiting(process, command.element_key)
    if LISTENING in token.memo:
        raise NotWaiting
    try:
        token.task_spec.complete_work(token, command.variables)
    except Thrown as thrown:
        token.task_spec.throw(token, WORK, thrown)


@_apply.register
def _(command: commands.ChooseInside, process: Process) -> None:
    token = _waiting(process, command.element_key)
    if LISTENING in token.memo:
        raise NotWaiting
    token.task_spec.choose_inside(token, command)


@_apply.register
def _(command: commands.FireTimer, process: Process) -> None:
    token = _waiting(process, command.element_key)
    token.memo.pop(TRIES, None)
    if CONTINUES in token.memo:
        go_on(token)
    else:
        token.task_spec.fire(token, command.repetitions)


@_apply.register
def _(command: commands.Continue, process: Process) -> None:
    for key in command.element_keys:
        token = process.tasks.get(key)
        if token is not None and CONTINUES in token.memo:
            go_on(_waiting(process, key))
            token.memo.pop(TRIES, None)
            process.run()  # each to its waits before the next begins, as if they were steps of their own


@_apply.register
def _(command: commands.TakenBack, process: Process) -> None:
    take_back(_waiting(process, command.element_key), command)


@_apply.register
def _(command: commands.Correlate, process: Process) -> None:
    token = _waiting(process, command.element_key)
    token.task_spec.correlate(token, command.variables)


@_apply.register
def _(command: commands.ChangeTask, process: Process) -> None:
    token = _waiting(process, command.element_key)
    if LISTENING in token.memo:
        raise NotWaiting
    try:
        token.task_spec.change_task(token, command)
    except Thrown as thrown:
        token.task_spec.throw(token, WORK, thrown)


@_apply.register
def _(command: commands.ThrowError, process: Process) -> None:
    token = _waiting(process, command.element_key)
    process.close_waits(token)
    variables = command.variables
    if process.definition.is_camunda7:
        # The worker's variables are set where they would be had the work been done, whoever catches the error.
        process.scopes.merge(token, variables)
        variables = {}
    else:
        process.scopes.set_local(token.id, variables)
    try:
        over = throw_from(token, command.code, command.message, variables)
    except Problem as problem:
        token.memo["phase"] = WORK
        process.raise_incident(token, problem)
        return
    if not over:
        # Camunda 7 lets an error that nobody catches end its path (camunda7-extensions §7).
        token.task_spec.end_quietly(token)


@_apply.register
def _(command: commands.CallAgain, process: Process) -> None:
    token = _token(process, command.element_key)
    assert isinstance(token.task_spec, CallActivity)
    token.task_spec.call_again(token)


@_apply.register
def _(command: commands.ThrownByChild, process: Process) -> None:
    thrown_by_child(_waiting(process, command.element_key), command.thrown, command.result)


@_apply.register
def _(command: commands.CallStarted, process: Process) -> None:
    _waiting(process, command.element_key).task_spec.call_started(process.tasks[command.element_key], command.child_key)


@_apply.register
def _(command: commands.GoOn, process: Process) -> None:
    token = process.tasks.get(command.element_key)
    # What threw may be over by now: a terminate end event beside it, or the one who caught it.
    if token is not None and THROWN in token.memo:
        token.task_spec.go_on(token)


@_apply.register
def _(command: commands.Resolve, process: Process) -> None:
    token = _token(process, command.element_key)
    if not token.has_incident:
        raise IllegalMove(f"Element {token.task_spec.node.label} has no incident.")
    process.step.resolved.append(token.id)
    if not try_again(token):
        token.task_spec.retry(token)


@_apply.register
def _(command: commands.SetVariables, process: Process) -> None:
    if command.local:
        _token(process, command.scope_key)
        process.scopes.set_local(command.scope_key, command.variables)
    else:
        process.scopes.merge(_token(process, command.scope_key), command.variables)


@_apply.register
def _(command: commands.Cancel, process: Process) -> None:
    process.step.outcome = Outcome.TERMINATED
    process.is_operated = True
    process.root.cancel()
    if process.root.is_alive:  # listeners hear of it first
        process.step.outcome = Outcome.ACTIVE


@_apply.register
def _(command: commands.EndAll, process: Process) -> None:
    for inner in process.root.children:
        inner.cancel()


@_apply.register
def _(command: commands.Modify, process: Process) -> None:
    modify(process, command.changes)
