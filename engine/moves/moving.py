"""What every move needs: an instance in hand, one step of it, and what is told of that."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from engine import commands, events, tenants, tracing
from engine.actors import Actor, ActorKind
from engine.errors import IllegalMove, NotFound
from engine.moves.library import Compiled, Library
from engine.moves.parts import FailedStep, Held, Start, Trace, fact
from engine.runtime import Frozen, Services, resume, start
from engine.states import InstanceState
from engine.step import Event, IncidentRaised, MessageThrown, Step
from engine.store import UnitOfWork, cluster_variables, incidents, instances, user_tasks, variables
from engine.store import tenants as tenant_rows
from engine.store.definitions import Home, ProcessDefinition, kept_file
from engine.store.instances import InstanceRow
from engine.tenants import DEFAULT

Json = Any


class Moving:
    """The instances that a verb holds, and how one is moved. `now` is the verb's time, `by` who asked for it."""

    def __init__(self, tx: UnitOfWork, library: Library, now: datetime, by: Actor) -> None:
        self.tx = tx
        self.library = library
        self.now = now
        self.by = by
        # Messages along message flows, each with the tenant it stays in, to be published before this ends.
        self.outbox: list[tuple[str, MessageThrown]] = []
        self.failures: list[FailedStep] = []  # of the moves so far, in any instance
        self.begun: set[int] = set()  # the instances that this verb starts
        self.sent: list[int] = []  # signals that are to be delivered when this is committed
        self._held: dict[int, Held] = {}
        self._traces: dict[int, Trace] = {}
        self._next: deque[Callable[[], None]] = deque()

    def hold(self, row: InstanceRow) -> Held:
        """Take an instance whose row the verb has locked."""
        self.tx.deployments = self.tx.deployments or row.deployments or None
        return self._held.setdefault(row.key, Held(row))

    def hold_all(self, rows: Iterable[InstanceRow]) -> None:
        """Take many instances whose rows the verb has locked, and read the variables of all but wide ones at once."""
        held = {row.key: self.hold(row) for row in rows}
        unread = [key for key, one in held.items() if one.variables is None and not one.row.is_wide]
        if len(unread) == 1:
            held[unread[0]].variables = variables.of_instance(self.tx, unread[0])
        elif unread:
            for key, known in variables.of_instances(self.tx, unread).items():
                held[key].variables = known

    def has_moved(self, key: int) -> bool:
        """Whether this verb has changed anything of the instance so far."""
        return key in self._traces

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

    def tenant(self, wanted: str = "") -> str:
        """The tenant in which something new is made: the named one, else that of who asks.

        Raises `NotFound` for one that is not there, `InvalidInput` when one of several must be named.
        """
        found = tenants.meant(wanted, self.tx.sight)
        if found != DEFAULT and not tenant_rows.is_there(self.tx, found):
            raise NotFound(f"There is no tenant '{found[:60]}'. Make it first: `baton tenant add`.")
        return found

    def process(self, key: int) -> Compiled:
        """The definition that somebody names by its key. Raises `NotFound`, also for one out of sight."""
        compiled = self.library.process(self.tx, key)
        if not self.tx.sees(compiled.row.tenant_id):
            raise NotFound(f"There is no process definition {key}. `baton process list` shows what is deployed.")
        return compiled

    def check_may_be_of(self, tenant_id: str, definition: ProcessDefinition) -> None:
        """Raises `NotFound` when an instance of the tenant cannot be one of this definition, which is another's."""
        if definition.tenant_id not in (tenant_id, Home.of(definition, tenant_id).shared):
            raise NotFound(f"There is no process definition {definition.key}.")

    def check_goes_on(self, row: InstanceRow) -> None:
        """Raises `IllegalMove` when the instance is suspended."""
        if row.state is InstanceState.SUSPENDED:
            why = f" ({row.suspend_reason})" if row.suspend_reason else ""
            raise IllegalMove(
                f"Process instance {row.key} was suspended by {row.suspended_by} at {row.suspended_at:%Y-%m-%d %H:%M} "
                f"UTC{why}. Resume it first."
            )

    def _start(self, new: Start) -> InstanceRow:
        definition, parent = new.compiled.row, new.parent
        key = new.key or self.tx.next_key()
        tenant_id = new.tenant_id or (parent.tenant_id if parent else definition.tenant_id)
        step = start(
            new.compiled.definition,
            key=key,
            variables=new.variables,
            services=self._services(definition, tenant_id),
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
            traceparent=tracing.continued(parent.traceparent if parent else ""),
            tenant_id=tenant_id,
            is_new=True,
        )
        self.begun.add(key)
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

    def _resume(self, held: Held, command: commands.Command) -> Step:
        if not isinstance(command, commands.Cancel):
            self.check_goes_on(held.row)
        compiled, frozen = self._frozen(held)
        step = resume(compiled.definition, frozen, command, self._services(compiled.row, held.row.tenant_id))
        self._settle(held, step, compiled.row)
        return step

    def _frozen(self, held: Held) -> tuple[Compiled, Frozen]:
        """An instance as it is stored, with its definition. Raises `IllegalMove` when it has ended."""
        row = held.row
        if row.frozen is None:
            raise IllegalMove(f"Process instance {row.key} is {row.state.value} and cannot go on.")
        if held.variables is None:
            held.variables = self._read_variables(row)
        frozen = Frozen(row.key, row.frozen, held.variables, row.business_key)
        return self.library.process(self.tx, row.definition_key), frozen

    def _read_variables(self, row: InstanceRow) -> dict[int, dict[str, Json]]:
        return variables.Scattered(self.tx, row.key) if row.is_wide else variables.of_instance(self.tx, row.key)

    def _services(self, definition: ProcessDefinition, tenant_id: str) -> Services:
        """What the runtime may ask on behalf of an instance of this definition."""
        home = Home.of(definition, tenant_id)
        return Services(
            self.tx.next_key,
            self.now,
            self.library.decide(self.tx, home, self.now),
            lambda form_id, binding: self.library.form(self.tx, form_id, binding, home),
            lambda name, binding: kept_file(self.tx, name, binding, home),
            self._find_task,
            user=self.by.id if self.by.kind in (ActorKind.HUMAN, ActorKind.PROGRAM) else None,
            groups=tuple(sorted(self.by.groups)),
            find_cluster_variables=lambda: cluster_variables.values(self.tx),
        )

    def _find_task(self, key: int) -> Mapping[str, Any] | None:
        try:
            task = user_tasks.find(self.tx, key)
        except NotFound:
            return None
        return {
            "id": str(task.key),
            "name": task.name,
            "assignee": task.assignee,
            "priority": task.priority,
            "dueDate": task.due_at,
            "createTime": task.created_at,
            "taskDefinitionKey": task.element_id,
            "processInstanceId": str(task.instance_key),
        }

    def _follow(self) -> None:
        while self._next:
            self._next.popleft()()

    def _settle(self, held: Held, step: Step, definition: ProcessDefinition) -> None:
        """Store what a step changed, and note what it leads to."""
        raise NotImplementedError
