"""The world around one diagram: an engine on a database of its own, a clock that stands, and everything that waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.errors import StepFailed
from engine.queries import IncidentFilter, InstanceFilter, JobFilter, Page, TaskFilter
from engine.states import CLAIMABLE, IncidentState, InstanceState, TaskState
from engine.store import open_store, subscriptions, timers
from tests.conformance.bpmn_corpus_values import NOW

Json = Any
ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset(Role))
WORKER = "conformance"
LEASE_SECONDS = 24 * 3600.0
MOST = Page(limit=500)


@dataclass(frozen=True)
class Wait:
    """Something that an instance waits for: `kind` says what, `row` is what the engine knows of it."""

    kind: str
    instance_key: int
    process_id: str
    element_id: str
    row: Any


@dataclass
class World:
    """The engine, and short words for what the driver asks of it."""

    engine: Engine
    clock: FakeClock
    claimed: dict[int, Any] = field(default_factory=dict)

    def deploy(self, files: Sequence[NamedFile]) -> None:
        self.engine.deploy(files, by=ADMIN)

    def active(self) -> list[Any]:
        """Every instance that has not ended."""
        return list(self.engine.queries.instances(InstanceFilter(state=InstanceState.ACTIVE), MOST).items)

    def incidents(self) -> list[Any]:
        return list(self.engine.queries.incidents(IncidentFilter(state=IncidentState.ACTIVE), MOST).items)

    def waits(self) -> list[Wait]:
        """Everything that somebody outside could answer now; what goes on by itself has done so."""
        while self.engine.fire_due_timers(limit=20):
            pass
        return [wait for instance in self.active() for wait in self._of(instance)]

    def _of(self, instance: Any) -> Iterator[Wait]:
        queries, key = self.engine.queries, instance.key
        troubled = {one.element_key for one in queries.incidents(_open_incidents(key), MOST).items}

        def wait(kind: str, row: Any) -> Wait:
            return Wait(kind, key, instance.process_id, row.element_id, row)

        for job in queries.jobs(JobFilter(instance_key=key), MOST).items:
            if job.state in CLAIMABLE and job.element_key not in troubled:
                yield wait("job", job)
        for task in queries.tasks(TaskFilter(state=TaskState.CREATED, instance_key=key), MOST).items:
            yield wait("task", task)
        with self.engine.store.reading() as tx:
            timed, subscribed = timers.of_instance(tx, key), subscriptions.of_instance(tx, key)
        yield from (wait("timer", one) for one in timed if one.element_key not in troubled)
        yield from (wait(one.kind.value, one) for one in subscribed if one.element_key not in troubled)
        yield from (wait("choice", one) for one in queries.instance(key).waiting if one.kind == "choice")

    # Answers.

    def job(self, wait: Wait) -> Any:
        """The job with its variables, taken by us."""
        if wait.row.key not in self.claimed or wait.row.available_at <= self.clock.now():
            found = self.engine.claim_jobs(worker=WORKER, limit=1000, lease_seconds=LEASE_SECONDS)
            self.claimed.update((job.key, job) for job in found)
        return self.claimed[wait.row.key]

    def complete_job(self, wait: Wait, variables: Mapping[str, Json], result: Mapping[str, Json] | None = None) -> None:
        self.engine.complete_job(self.job(wait).key, variables, worker=WORKER, result=result)

    def choose(self, wait: Wait, chosen: Sequence[str]) -> None:
        """Begin these elements inside an ad-hoc sub-process; none: that was enough."""
        self.engine.activate_ad_hoc(wait.row.key, dict.fromkeys(chosen), is_enough=not chosen, by=ADMIN)

    def throw_error(self, wait: Wait, code: str) -> None:
        self.engine.throw_error(self.job(wait).key, worker=WORKER, code=code)

    def complete_task(self, wait: Wait, variables: Mapping[str, Json]) -> None:
        self.engine.complete_task(wait.row.key, variables, by=ADMIN)

    def set_variables(self, wait: Wait, variables: Mapping[str, Json]) -> None:
        if variables:
            self.engine.set_variables(wait.instance_key, variables, by=ADMIN)

    def publish(self, name: str, key: str, variables: Mapping[str, Json]) -> None:
        self.engine.publish_message(name, correlation_key=key, variables=variables, by=ADMIN)

    def broadcast(self, name: str, variables: Mapping[str, Json]) -> None:
        self.engine.broadcast_signal(name, variables=variables, by=ADMIN)

    def pass_time(self, wait: Wait) -> None:
        """The time passes until this timer is due; those due before it fire, too."""
        self._until(wait.row.due_at)

    def pass_until_next_timer(self) -> bool:
        due = self.engine.queries.next_timer()
        if due is None:
            return False
        self._until(due)
        return True

    def _until(self, due: Any) -> None:
        self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
        self.engine.fire_due_timers(limit=20)

    def entered(self) -> set[tuple[str, str]]:
        """Every element that any instance entered: process id and element id."""
        found: set[tuple[str, str]] = set()
        for instance in self.engine.queries.instances(page=MOST).items:
            found |= {(instance.process_id, one) for one in self.elements(instance.key)}
        return found

    def elements(self, instance_key: int) -> set[str]:
        return {one.element_id for one in self.engine.queries.elements(instance_key, MOST).items}

    def clear(self) -> None:
        """End what is still running."""
        for instance in self.active():
            if instance.parent_key is None:
                with suppress(StepFailed):  # a listener that hears of the end fails
                    self.engine.cancel(instance.key, by=ADMIN)


def _open_incidents(instance_key: int) -> IncidentFilter:
    return IncidentFilter(state=IncidentState.ACTIVE, instance_key=instance_key)


@contextmanager
def world(database_url: str) -> Iterator[World]:
    """A world over an upgraded database of its own."""
    store = open_store(database_url)
    clock = FakeClock(NOW)
    try:
        yield World(Engine(store, clock), clock)
    finally:
        store.close()
