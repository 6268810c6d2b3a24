"""One verb at work: instances are moved by the runtime, and what the moves changed is stored, within one transaction.

A move may lead to others: a call starts a child, a child's end moves its parent, a new subscription meets a message
that was kept. They are all made before the verb ends; nothing is left for later. The audit trail gets one record per
instance that the verb touched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from engine import commands, events
from engine.actors import Actor, ActorKind
from engine.errors import IllegalMove
from engine.moves.library import Compiled, Library
from engine.moves.parts import Child, Held, NewDefinition, Start, Trace, applied, fact
from engine.moves.trail import tell_step
from engine.runtime import Frozen, MigrationPlan, Services, resume, start
from engine.states import Awaited, InstanceState
from engine.step import (
    CallWait,
    Event,
    IncidentRaised,
    MessageThrown,
    Outcome,
    SignalThrown,
    Step,
    ThrownUp,
    UserTaskWait,
    Wait,
)
from engine.store import (
    UnitOfWork,
    audit_records,
    calls,
    incidents,
    instances,
    messages,
    settle,
    signals,
    subscriptions,
    variables,
)
from engine.store.definitions import ProcessDefinition, kept_file
from engine.store.instances import InstanceRow
from engine.store.messages import Message
from engine.store.signals import Signal
from engine.store.subscriptions import StartSubscription, Subscription

Json = Any

# How deep processes may call each other; the next one is an incident instead of an endless recursion.
MOST_DEPTH = 100
CALLED_ELEMENT_ERROR, FAILED_JOB = "CALLED_ELEMENT_ERROR", "failedJob"


class Moves:
    """The moves of one verb. `now` is the verb's time, `by` who asked for it."""

    def __init__(self, tx: UnitOfWork, library: Library, now: datetime, by: Actor) -> None:
        self.tx = tx
        self.library = library
        self.now = now
        self.by = by
        self.outbox: list[MessageThrown] = []  # messages along message flows, to be published before this ends
        self.sent: list[int] = []  # signals that are to be delivered when this is committed
        self._held: dict[int, Held] = {}
        self._traces: dict[int, Trace] = {}
        self._next: deque[Callable[[], None]] = deque()

    # What verbs call.

    def hold(self, row: InstanceRow) -> Held:
        """Take an instance whose row the verb has locked."""
        self.tx.deployments = self.tx.deployments or row.deployments or None
        return self._held.setdefault(row.key, Held(row))

    def lock(self, key: int) -> InstanceRow:
        """The instance's row, locked once per verb. Raises `NotFound`."""
        if key not in self._held:
            self.hold(instances.lock(self.tx, key))
        return self._held[key].row

    def tell(
        self, instance: InstanceRow | int, type_: str, *, element: tuple[str, int] = ("", 0), **data: Json
    ) -> None:
        """Add a fact for the audit trail, about an instance (its row or key) or about none (0)."""
        key = instance if isinstance(instance, int) else instance.key
        self._trace(key).facts.append(fact(Event(type_, *element, data)))

    def tell_later(self, instance: InstanceRow, type_: str) -> Callable[..., None]:
        """A fact that stands here in the trail and gets its data once they are known: call the answer with them."""
        data: dict[str, Json] = {}
        self._trace(instance.key).facts.append({"type": type_, "data": data})
        return data.update

    def _trace(self, key: int) -> Trace:
        return self._traces.setdefault(key, Trace())

    def start(self, new: Start) -> InstanceRow:
        """Begin an instance, run it to its waits and follow what that leads to."""
        row = self._start(new)
        self._follow()
        return row

    def resume(self, row: InstanceRow, command: commands.Command) -> None:
        """Ask something of an instance and follow what that leads to. Raises `IllegalMove` when it has ended."""
        self._resume(self.hold(row), command)
        self._follow()

    def raise_incident(self, row: InstanceRow, raised: IncidentRaised, *, job_key: int | None = None) -> int:
        """An incident that the engine found, not the diagram. The caller saves the row."""
        [made] = incidents.add(self.tx, row, [raised], self.now, job_key=job_key)
        row.open_incidents += 1
        self.tell(
            row,
            events.INCIDENT_RAISED,
            element=(raised.element_id, raised.element_key),
            incident_key=str(made.key),
            incident_type=raised.type,
            message=raised.message,
        )
        return made.key

    def plan_migration(self, row: InstanceRow, new: NewDefinition) -> MigrationPlan:
        """What a migration of an instance would do."""
        source, frozen = self._frozen(self.hold(row))
        return new.migration(source).plan(frozen)

    def migrate(self, row: InstanceRow, new: NewDefinition) -> MigrationPlan:
        """Carry an instance over to another definition. Raises `IllegalMove` with every fault of the plan."""
        held, target = self.hold(row), new.compiled.row
        self.check_goes_on(row)
        source, frozen = self._frozen(held)
        plan, step = new.migration(source).make(frozen, self._services(target))
        row.definition_key, row.process_id, row.version = target.key, target.process_id, target.version
        self._settle(held, step, target)
        self._follow()
        return plan

    def retry_call(self, row: InstanceRow, element_key: int) -> bool:
        """Try again to start the child of a call that could not be started; False when there is no such call."""
        call = calls.find(self.tx, element_key)
        if call is None or call.child_key is not None:
            return False
        row.open_incidents -= incidents.resolve_at(self.tx, [element_key], self.by.id, self.now)
        definition = self.library.process(self.tx, row.definition_key).row
        child = self._child(row, call.as_wait(), definition)
        if child.key is None:
            self.raise_incident(row, _not_called(child, definition))
        else:
            calls.started(self.tx, element_key, child.key)
            self._next.append(partial(self._start_child, self.hold(row), element_key, child))
        instances.save(self.tx, row)
        self._follow()
        return True

    def finish(self, verb: str) -> None:
        """Write the audit records: the verb's last act, because it holds the chains until the commit."""
        drafts = [trace.draft(key) for key, trace in self._traces.items() if trace.facts]
        if drafts:
            actor = (self.by.id, self.by.kind.value)
            audit_records.append(self.tx, drafts, at=self.now, verb=verb, actor=actor)

    # One step.

    def _start(self, new: Start) -> InstanceRow:
        definition, parent = new.compiled.row, new.parent
        key = new.key or self.tx.next_key()
        step = start(
            new.compiled.definition,
            key=key,
            variables=new.variables,
            services=self._services(definition),
            start_element=new.start_element,
            business_key=new.business_key,
            initiator=self.by.id,
            called=parent is not None,
            at=new.at,
        )
        row = InstanceRow(
            key=key,
            definition_key=definition.key,
            process_id=definition.process_id,
            version=definition.version,
            business_key=new.business_key,
            state=InstanceState.ACTIVE,
            started_at=self.now,
            ended_at=None,
            started_by=self.by.id,
            parent_key=parent.key if parent else None,
            parent_element_key=new.parent_element_key,
            root_key=parent.root_key if parent else key,
            depth=parent.depth + 1 if parent else 0,
            start_correlation_key=new.correlation_key,
            frozen=None,
            is_new=True,
        )
        held = self.hold(row)
        held.variables = {}
        self._tell_start(row, new)
        self._settle(held, step, definition)
        return row

    def _tell_start(self, row: InstanceRow, new: Start) -> None:
        self.tell(
            row,
            events.INSTANCE_STARTED,
            process_id=row.process_id,
            version=row.version,
            definition_key=str(row.definition_key),
            business_key=row.business_key,
            parent_key=str(row.parent_key) if row.parent_key else None,
            start_element=new.start_element,
            variables=dict(new.variables),
        )

    def check_goes_on(self, row: InstanceRow) -> None:
        """Raises `IllegalMove` when the instance is suspended."""
        if row.state is InstanceState.SUSPENDED:
            why = f" ({row.suspend_reason})" if row.suspend_reason else ""
            raise IllegalMove(
                f"Process instance {row.key} was suspended by {row.suspended_by} at {row.suspended_at:%Y-%m-%d %H:%M} "
                f"UTC{why}. Resume it first."
            )

    def _resume(self, held: Held, command: commands.Command) -> Step:
        if not isinstance(command, commands.Cancel):
            self.check_goes_on(held.row)
        compiled, frozen = self._frozen(held)
        step = resume(compiled.definition, frozen, command, self._services(compiled.row))
        self._settle(held, step, compiled.row)
        return step

    def _frozen(self, held: Held) -> tuple[Compiled, Frozen]:
        """An instance as it is stored, with its definition. Raises `IllegalMove` when it has ended."""
        row = held.row
        if row.frozen is None:
            raise IllegalMove(f"Process instance {row.key} is {row.state.value} and cannot go on.")
        if held.variables is None:
            held.variables = variables.of_instance(self.tx, row.key)
        frozen = Frozen(row.key, row.frozen, held.variables, row.business_key)
        return self.library.process(self.tx, row.definition_key), frozen

    def look(self, row: InstanceRow) -> tuple[Compiled, Frozen, Services]:
        """An instance as it stands, for asking the runtime about it without moving it."""
        compiled, frozen = self._frozen(self.hold(row))
        return compiled, frozen, self._services(compiled.row)

    def _services(self, definition: ProcessDefinition) -> Services:
        """What the runtime may ask on behalf of an instance of this definition."""
        deployment = definition.deployment_key
        return Services(
            self.tx.next_key,
            self.now,
            self.library.decide(self.tx, deployment, self.now),
            lambda form_id, binding: self.library.form(self.tx, form_id, binding, deployment),
            lambda name, binding: kept_file(self.tx, name, binding, deployment),
            user=self.by.id if self.by.kind in (ActorKind.HUMAN, ActorKind.PROGRAM) else None,
            groups=tuple(sorted(self.by.groups)),
        )

    def _settle(self, held: Held, step: Step, definition: ProcessDefinition) -> None:
        row, known = held.row, held.variables or {}
        correlation_key = row.start_correlation_key
        step.waits = [self._with_form(wait, definition) for wait in step.waits]
        children = self._plan_children(row, step, definition)
        context = settle.Context(self.now, self.by.id, definition.dialect, {key: child.key for key, child in children})
        settled = settle.settle(self.tx, row, step, context, known)
        held.variables = applied(known, step)
        tell_step(partial(self.tell, row), self._trace(row.key), step, settled)
        self.outbox += step.messages
        for thrown in step.signals:
            self._throw(row, thrown, settled)
        self._next.extend(partial(self._start_child, held, *child) for child in children if child[1].key)
        self._next.extend(partial(self._cancel_child, key) for key in settled.orphans)
        if keyed := [one for one in settled.subscriptions if one.correlation_key is not None]:
            self._next.append(partial(self._deliver_kept, held, keyed))
        self._next.extend(partial(self._ask_caller, held, thrown) for thrown in step.thrown)
        if step.outcome is not Outcome.ACTIVE:
            self._plan_end(held, step, correlation_key)

    def _with_form(self, wait: Wait, definition: ProcessDefinition) -> Wait:
        if not isinstance(wait, UserTaskWait) or not wait.form:
            return wait
        return self.library.task_form(self.tx, wait, definition.deployment_key)

    def _follow(self) -> None:
        while self._next:
            self._next.popleft()()

    def _plan_end(self, held: Held, step: Step, correlation_key: str | None) -> None:
        if held.row.parent_key is not None and step.outcome is Outcome.COMPLETED:
            self._next.append(partial(self._return_to_parent, held))
        if correlation_key is not None:
            self._next.append(partial(self._start_kept, held.row.process_id, correlation_key))

    # Calls.

    def _plan_children(self, row: InstanceRow, step: Step, definition: ProcessDefinition) -> list[tuple[int, Child]]:
        """A key for each child that can be started; an incident in the step for each that cannot."""
        children = [
            (wait.element_key, self._child(row, wait, definition)) for wait in step.waits if isinstance(wait, CallWait)
        ]
        step.incidents += [_not_called(child, definition) for _, child in children if child.problem]
        return children

    def _child(self, row: InstanceRow, wait: CallWait, definition: ProcessDefinition) -> Child:
        if row.depth >= MOST_DEPTH:
            text = f"Processes call each other {MOST_DEPTH} deep. Does '{wait.process_id}' call itself without an end?"
            return Child(wait, problem=text)
        found = self.library.called(self.tx, wait, definition.deployment_key)
        if found is None:
            which = "" if wait.binding[0] == "latest" else f" with the binding {' '.join(wait.binding).strip()}"
            text = f"No process '{wait.process_id}'{which} is deployed. Deploy it, then resolve the incident."
            return Child(wait, problem=text)
        if found.definition.start_event(None) is None:
            text = f"Process '{wait.process_id}' has no none start event, so it cannot be called."
            return Child(wait, problem=text)
        return Child(wait, self.tx.next_key(), found)

    def _start_child(self, held: Held, element_key: int, child: Child) -> None:
        if not held.row.is_active or child.compiled is None:
            return
        self.tell(
            held.row,
            events.CALL_STARTED,
            element=(child.wait.element_id, element_key),
            child_key=str(child.key),
            process_id=child.wait.process_id,
        )
        new = Start(
            child.compiled,
            child.wait.variables,
            child.wait.business_key,
            parent=held.row,
            parent_element_key=element_key,
            key=child.key,
        )
        self._start(new)

    def _cancel_child(self, key: int) -> None:
        row = self.lock(key)
        if not row.has_ended:
            self._resume(self.hold(row), commands.Cancel("Its caller does not wait for it any more."))

    def _return_to_parent(self, child: Held) -> None:
        row, parent = child.row, self._caller(child.row)
        if parent is None:
            return
        assert row.parent_element_key is not None
        self.tell(parent, events.CALL_ENDED, element=("", row.parent_element_key), child_key=str(row.key))
        result = (child.variables or {}).get(row.key, {})
        self._resume(self.hold(parent), commands.Complete(row.parent_element_key, result))

    def _caller(self, row: InstanceRow) -> InstanceRow | None:
        """The instance whose call still waits for this one; None when there is none any more."""
        if row.parent_key is None or row.parent_element_key is None:
            return None
        parent = self.lock(row.parent_key)
        waits = parent.is_active and calls.find(self.tx, row.parent_element_key) is not None
        return parent if waits else None

    # Throws that nobody in a called process catches.

    def _ask_caller(self, child: Held, thrown: ThrownUp) -> None:
        """Let the caller catch it, or its own caller; unless one ends what threw, that goes on."""
        parent = self._caller(child.row)
        if parent is None:
            return
        assert child.row.parent_element_key is not None
        result = (child.variables or {}).get(child.row.key, {})
        step = self._resume(self.hold(parent), commands.ThrownByChild(child.row.parent_element_key, thrown, result))
        if thrown not in step.thrown:
            self._next.append(partial(self._go_on, thrown))

    def _go_on(self, thrown: ThrownUp) -> None:
        row: InstanceRow | None = self.lock(thrown.instance_key)
        while row is not None and row.parent_key is not None:
            # Who caught it may have ended a call further up; the instances below end with it, in a moment.
            row = self._caller(row) if row.is_active else None
        thrower = self.lock(thrown.instance_key)
        if row is not None and row.is_active and thrower.is_active:
            self._resume(self.hold(thrower), commands.GoOn(thrown.element_key))

    # Signals.

    def send(self, signal: Signal, *, sender: int = 0, deaf: Sequence[int] = ()) -> int:
        """Address a signal to everybody who waits for it now, but for the subscriptions `deaf`; how many they are."""
        receivers = signals.send(self.tx, signal, deaf)
        if receivers:
            self.sent.append(signal.key)
        self.tell(
            sender,
            events.SIGNAL_SENT,
            signal_key=str(signal.key),
            name=signal.name,
            receivers=receivers,
            variables=dict(signal.variables),
        )
        return receivers

    def _throw(self, row: InstanceRow, thrown: SignalThrown, settled: settle.Settled) -> None:
        signal = Signal(
            self.tx.next_key(), thrown.name, thrown.variables, thrown.business_key, self.now, f"instance {row.key}"
        )
        # Who began to wait in this step, but after the throw, has not heard it.
        opened = (one for one in settled.subscriptions if one.name == thrown.name)
        late = [one.key for one in opened if one.element_key not in thrown.heard_by]
        self.send(signal, sender=row.key, deaf=late)

    # Messages that were kept.

    def correlate(self, row: InstanceRow, subscription: Subscription, message: Message) -> bool:
        """Give a message to who waits for it; False when nobody waits any more."""
        if not row.is_active or subscriptions.find(self.tx, subscription.key) is None:
            return False
        self.tell(
            row,
            events.MESSAGE_CORRELATED,
            element=(subscription.element_id, subscription.element_key),
            name=message.name,
            message_key=str(message.key),
            variables=dict(message.variables),
        )
        self._resume(self.hold(row), commands.Correlate(subscription.element_key, message.variables))
        self._follow()
        return True

    def catch_up(self, row: InstanceRow) -> None:
        """The instance goes on after a pause: messages that were kept meanwhile arrive."""
        found = subscriptions.of_instance(self.tx, row.key)
        keyed = [one for one in found if one.kind is Awaited.MESSAGE and one.correlation_key is not None]
        if keyed:
            self._deliver_kept(self.hold(row), keyed)

    def _deliver_kept(self, held: Held, subscriptions: Sequence[Subscription]) -> None:
        wanted = {(one.name, one.correlation_key or "") for one in subscriptions}
        for message in messages.kept_for(self.tx, sorted(wanted), held.row.process_id, self.now):
            for one in subscriptions:
                matches = (one.name, one.correlation_key) == (message.name, message.correlation_key)
                if matches and self.correlate(held.row, one, message):
                    messages.delivered(self.tx, message.key, {held.row.process_id: held.row.key})
                    break

    def _start_kept(self, process_id: str, correlation_key: str) -> None:
        """The instance that held the key has ended: the next kept message starts the next one (zeebe-extensions §8)."""
        starts = {one.name: one for one in subscriptions.starts_of(self.tx, Awaited.MESSAGE, process_id)}
        wanted = [(name, correlation_key) for name in starts]
        if not wanted:
            return
        for message in messages.kept_for(self.tx, wanted, process_id, self.now)[:1]:
            started = self._start_by(message, starts[message.name])
            messages.delivered(self.tx, message.key, {process_id: started.key})

    def start_by(self, message: Message, subscription: StartSubscription) -> InstanceRow:
        """Start a process by a message."""
        row = self._start_by(message, subscription)
        self._follow()
        return row

    def _start_by(self, message: Message, subscription: StartSubscription) -> InstanceRow:
        compiled = self.library.process(self.tx, subscription.definition_key)
        return self._start(
            Start(
                compiled,
                message.variables,
                message.business_key,
                start_element=subscription.element_id,
                correlation_key=message.correlation_key or None,
            )
        )


def _not_called(child: Child, definition: ProcessDefinition) -> IncidentRaised:
    kind = FAILED_JOB if definition.dialect == "camunda7" else CALLED_ELEMENT_ERROR
    return IncidentRaised(child.wait.element_key, child.wait.element_id, kind, child.problem)
