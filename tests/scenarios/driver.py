"""Drives an engine as the world would: workers, people, messages and time. Used by scenarios and by sample tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connectors.base import Permanent, Request, Result, Retryable
from connectors.registry import Registry
from engine import commands
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.correlation import Correlation
from engine.engine import Engine, NamedFile
from engine.errors import EngineError, ModelRejected, StepFailed
from engine.policies import Policies
from engine.queries import IncidentFilter, JobFilter, TaskFilter
from engine.states import CLAIMABLE, IncidentState, TaskState
from engine.worker import Worker, from_environment
from tests.scenarios import scenario
from tests.scenarios.duration import seconds_of
from tests.scenarios.look import Look

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
WORKER = "scenario"
LEASE_SECONDS = 24 * 3600.0

Json = Any


class Driver:
    """One instance and the world around it. Every public method is a step that a scenario may name."""

    def __init__(self, engine: Engine, clock: FakeClock) -> None:
        self.engine = engine
        self.clock = clock
        self.key = 0
        self._claimed: dict[str, int] = {}

    # -- before

    def deploy(self, files: Mapping[str, bytes]) -> None:
        self.engine.deploy([NamedFile(name, content) for name, content in files.items()], by=ADMIN)

    def start(self, process_id: str = "p", variables: Mapping[str, Json] | None = None) -> None:
        self.key = self.engine.start(process_id=process_id, variables=dict(variables or {}), by=ADMIN).key

    def start_by_message(self, message: str, key: str = "", variables: Mapping[str, Json] | None = None) -> None:
        self.publish(message=message, key=key, variables=variables)
        self.key = self.engine.queries.instances().items[0].key

    def start_by_time(self, after: str) -> None:
        self.advance(after)
        self.key = self.engine.queries.instances().items[0].key

    def start_by_condition(self, variables: Mapping[str, Json]) -> None:
        started = self.engine.evaluate_conditions(dict(variables), by=ADMIN)
        assert started, "no condition was met"
        self.key = started[0].key

    def start_by_signal(self, signal: str, variables: Mapping[str, Json] | None = None) -> None:
        self.broadcast(signal=signal, variables=variables)
        self.key = self.engine.queries.instances().items[0].key

    # -- steps

    def deploy_text(self, name: str, text: str) -> None:
        """Another file, or another version of one; its ending says what it is."""
        self.deploy({name: text.encode()})

    def deploy_next(self, diagram: str, flows: Sequence[str] = (), root: str = "", dialect: str = "camunda8") -> None:
        """Another version of the process; what runs goes on with its own."""
        self.deploy({"process.bpmn": scenario.diagram(_inside(diagram, flows), root, dialect).encode()})

    def refuse(
        self,
        findings: Sequence[str],
        diagram: str,
        flows: Sequence[str] = (),
        root: str = "",
        dialect: str = "camunda8",
        attributes: str = "",
    ) -> None:
        """A diagram cannot be deployed; `findings` are the codes of the rules that say so."""
        with pytest.raises(ModelRejected) as refusal:
            self.deploy({"refused.bpmn": scenario.diagram(_inside(diagram, flows), root, dialect, attributes).encode()})
        told = [one for remarks in refusal.value.findings.values() for one in remarks]
        assert {one.rule for one in told if one.severity == "error"} == set(findings), told

    def also_start(self, process_id: str = "p", variables: Mapping[str, Json] | None = None) -> None:
        """Another instance begins; the scenario goes on looking at the one it looks at."""
        self.engine.start(process_id=process_id, variables=dict(variables or {}), by=ADMIN)

    def look_at(self, process_id: str) -> None:
        """From here on, everything is about the newest instance of this process."""
        found = [one.key for one in self.engine.queries.instances().items if one.process_id == process_id]
        assert found, f"no instance of {process_id}"
        self.key = found[0]

    def broadcast(self, signal: str, variables: Mapping[str, Json] | None = None) -> None:
        self.engine.broadcast_signal(signal, variables=dict(variables or {}), by=ADMIN)

    def claim_job(self, element: str) -> None:
        """A worker takes the job and keeps it."""
        self._claimed[element] = self._claim(element).key

    def complete_job(
        self,
        element: str,
        variables: Mapping[str, Json] | None = None,
        where: Mapping[str, Json] | None = None,
        claimed: bool = False,
        refused: bool = False,
        result: Mapping[str, Json] | None = None,
    ) -> None:
        """A worker is done; `result` is what a listener or an ad-hoc sub-process is told beside the variables."""
        key = self._claimed[element] if claimed else self._claim(element, where).key
        with _refusal(refused):
            self.engine.complete_job(key, dict(variables or {}), worker=WORKER, result=result)

    def serve(
        self,
        type: str,
        response: Json = None,
        fails: Mapping[str, Json] | None = None,
        asked: Mapping[str, Json] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """Baton's own worker does the jobs of a type with a connector that answers, or fails with message and code.

        `asked` is what of its inputs the connector must be told.
        """
        seen: list[Request] = []

        def connector(request: Request) -> Result:
            seen.append(request)
            if fails:
                raise (Retryable if fails.get("passes") else Permanent)(fails["message"], code=fails.get("code", ""))
            return Result(response)

        connector.secret_inputs = frozenset(asked or {})  # type: ignore[attr-defined]
        registry = Registry({type: connector}, use_entry_points=False)
        engine = Engine(self.engine.store, self.clock, registry, Policies())
        names = {f"BATON_SECRET_{name}": value for name, value in (secrets or {}).items()}
        assert Worker(engine, name=WORKER, types=[type], secrets=from_environment(names)).run_until_idle()
        assert {name: seen[-1].variables.get(name) for name in asked or {}} == dict(asked or {})

    def fail_job(
        self, element: str, message: str = "it failed", after_seconds: float | None = None, **said: Json
    ) -> None:
        """`said` is what else a worker may say: details, retries, variables."""
        key = self._claim(element).key
        self.engine.fail_job(key, worker=WORKER, message=message, after_seconds=after_seconds, **said)

    def throw_error(
        self,
        element: str,
        code: str,
        message: str = "",
        variables: Mapping[str, Json] | None = None,
        refused: bool = False,
    ) -> None:
        key = self._claim(element).key
        with _refusal(refused):
            self.engine.throw_error(key, worker=WORKER, code=code, message=message, variables=dict(variables or {}))

    def complete_task(
        self,
        element: str,
        variables: Mapping[str, Json] | None = None,
        by: Mapping[str, Json] | None = None,
        refused: bool = False,
    ) -> None:
        with _refusal(refused):
            self.engine.complete_task(self.find_task(element).key, dict(variables or {}), by=_person(by))

    def claim_task(self, element: str, by: Mapping[str, Json] | None = None) -> None:
        self.engine.claim_task(self.find_task(element).key, by=_person(by))

    def assign_task(self, element: str, assignee: str, refused: bool = False) -> None:
        with _refusal(refused):
            self.engine.assign_task(self.find_task(element, any_state=True).key, assignee, by=ADMIN)

    def comment_task(self, element: str, text: str = "well", refused: bool = False) -> None:
        with _refusal(refused):
            self.engine.comment_task(self.find_task(element).key, text, by=ADMIN)

    def update_task(self, element: str, changes: Mapping[str, Json]) -> None:
        self.engine.update_task(self.find_task(element).key, changes, by=ADMIN)

    def publish(
        self,
        message: str,
        key: str = "",
        variables: Mapping[str, Json] | None = None,
        keep_seconds: float = 0.0,
        id: str = "",
        refused: bool = False,
    ) -> None:
        with _refusal(refused):
            self.engine.publish_message(
                message,
                correlation_key=key,
                variables=dict(variables or {}),
                time_to_live_seconds=keep_seconds,
                message_id=id,
                by=ADMIN,
            )

    def correlate(self, message: str, refused: bool = False, **wanted: Json) -> None:
        """A message for exactly one receiver, as Camunda 7 has them; `wanted` is what else `Correlation` may say."""
        with _refusal(refused):
            self.engine.correlate_message(Correlation(message, **wanted), by=ADMIN)

    def advance(self, duration: str) -> None:
        """Time passes, and every timer that becomes due fires."""
        self.clock.advance(seconds_of(duration))
        self.fire_timers()

    def fire_timers(self) -> None:
        while self.engine.fire_due_timers(limit=100):
            pass

    def hand_back(self, at: str, **step: Mapping[str, Json]) -> None:
        """What somebody asks for with another step leads to a failure at an element, so nothing of it is done."""
        ((name, arguments),) = step.items()
        with pytest.raises(StepFailed) as failed:
            getattr(self, name)(**arguments)
        assert failed.value.element_id == at, failed.value

    def set_variables(self, **variables: Json) -> None:
        self.engine.set_variables(self.key, variables, by=ADMIN)

    def resolve_incident(self, retries: int | None = None) -> None:
        (incident,) = self._incidents()
        self.engine.resolve_incident(incident.key, retries=retries, by=ADMIN)

    def cancel(self, reason: str = "", refused: bool = False) -> None:
        with _refusal(refused):
            self.engine.cancel(self.key, reason=reason, by=ADMIN)

    def suspend(self) -> None:
        self.engine.suspend(self.key, by=ADMIN)

    def resume(self) -> None:
        self.engine.resume(self.key, by=ADMIN)

    def set_in(self, element: str, kind: str, variables: Mapping[str, Json], local: bool = True) -> None:
        """Somebody changes variables of one scope that is active, told by its element and kind."""
        places = self.engine.queries.elements(self.key).items
        [key] = [one.key for one in places if (one.element_id, one.kind, one.state) == (element, kind, "active")]
        self.engine.set_variables(self.key, variables, scope_key=key, local=local, by=ADMIN)

    def activate(
        self,
        ad_hoc: str,
        elements: Sequence[str] | Mapping[str, Mapping[str, Json]] = (),
        cancels_remaining: bool = False,
        is_enough: bool = False,
        refused: bool = False,
    ) -> None:
        """An operator begins elements inside an ad-hoc sub-process, by id or with variables for each."""
        chosen = dict(elements) if isinstance(elements, Mapping) else {name: {} for name in elements}
        places = self.engine.queries.elements(self.key).items
        key = [place.key for place in places if (place.element_id, place.state) == (ad_hoc, "active")][-1]
        with _refusal(refused):
            self.engine.activate_ad_hoc(key, chosen, cancels_remaining=cancels_remaining, is_enough=is_enough, by=ADMIN)

    def modify(self, changes: Sequence[Mapping[str, Json]], refused: bool = False) -> None:
        """Each change says activate, terminate or move with an element's id; see `_change`."""
        with _refusal(refused):
            self.engine.modify(self.key, [self._change(**change) for change in changes], by=ADMIN)

    def migrate(
        self,
        diagram: str,
        elements: Mapping[str, str] | None = None,
        root: str = "",
        refused: bool = False,
        faults: Sequence[str] = (),
        dialect: str = "camunda8",
    ) -> None:
        """Deploy the diagram as the next version, see the plan, and carry the instance over to it."""
        self.deploy({"process.bpmn": scenario.diagram(diagram, root, dialect).encode()})
        (definition,) = self.engine.queries.processes(process_id="p")
        plan = self.engine.migrate(self.key, definition.key, elements, by=ADMIN, dry_run=True)
        assert bool(plan.faults) is refused, plan.faults
        assert all(any(said in fault for fault in plan.faults) for said in faults), plan.faults
        with _refusal(refused):
            self.engine.migrate(self.key, definition.key, elements, by=ADMIN)

    def restart(self, elements: Sequence[str] = (), refused: bool = False) -> None:
        """From here on the driver is at the new instance."""
        with _refusal(refused):
            self.key = self.engine.restart(self.key, elements, by=ADMIN).key

    # -- looks

    def expect_job(
        self,
        element: str,
        variables: Mapping[str, Json] | None = None,
        where: Mapping[str, Json] | None = None,
        type: str | None = None,
        headers: Mapping[str, str] | None = None,
        retries: int | None = None,
        absent: Sequence[str] = (),
        kind: str | None = None,
        event: str | None = None,
        priority: int | None = None,
        has_headers: Sequence[str] = (),
        absent_headers: Sequence[str] = (),
    ) -> None:
        """A job waits that looks like this. It is taken for a moment and given back."""
        job = self._claim(element, where)
        self.engine.extend_lease(job.key, worker=WORKER, seconds=0.001)
        self.clock.advance(1)
        found = {name: job.variables.get(name) for name in variables or {}}
        assert found == dict(variables or {})
        assert not set(absent) & set(job.variables)
        assert type in (None, job.type)
        assert kind in (None, job.kind)
        assert event in (None, job.listener_event)
        assert priority in (None, job.priority)
        assert set(has_headers) <= set(job.headers)
        assert not set(absent_headers) & set(job.headers)
        assert retries in (None, job.retries)
        assert dict(headers or {}).items() <= dict(job.headers).items()

    def expect_process(self, process_id: str, **expected: Json) -> None:
        """What the latest version of a process says of itself; `expected` names fields of `ProcessDefinition`."""
        [found] = self.engine.queries.processes(process_id=process_id)
        assert {name: _as_far_as(one, getattr(found, name)) for name, one in expected.items()} == expected

    def expect_task(
        self,
        element: str,
        candidate_groups: Sequence[str] | None = (),
        due_at: str = "",
        state: str = "created",
        **expected: Json,
    ) -> None:
        """An open task that looks like this; `expected` names what else of it is compared (assignee, priority ...)."""
        task = self.find_task(element, any_state=True)
        assert task.state == state
        assert candidate_groups is None or list(task.candidate_groups) == list(candidate_groups)
        assert due_at in ("", task.due_at.isoformat() if task.due_at else None)
        found = {name: _as_far_as(one, getattr(task, name)) for name, one in expected.items()}
        assert found == expected

    def expect(self, **expected: Json) -> None:
        """Compare; the keys are those of `Look`."""
        look = Look(self)
        for name, value in expected.items():
            getattr(look, name)(value)

    # -- helpers

    def family(self) -> list[int]:
        """The instance and every instance that it called, directly or not."""
        keys = [self.key]
        everything = self.engine.queries.instances().items
        for key in keys:
            keys += [child.key for child in everything if child.parent_key == key and child.key not in keys]
        return keys

    def jobs(self) -> list[Any]:
        """Jobs of the family that a worker could take, now or after a pause."""
        family = set(self.family())
        everything = self.engine.queries.jobs(JobFilter()).items
        return [job for job in everything if job.instance_key in family and job.state in CLAIMABLE]

    def _change(self, to: str = "", within: str = "", nth: int = 0, **change: Any) -> Any:
        """`within` names a scope, `nth` which of its visits; `variables` are by scope."""
        variables = change.pop("variables", {})
        ((do, element),) = change.items()
        match do:
            case "activate":
                return commands.Activate(element, variables, self._visit(within, nth) if within else 0)
            case "terminate":
                return commands.Terminate(self._visit(element, nth)) if nth else commands.Terminate(element_id=element)
            case "move":
                return commands.Move(to, element_id=element, variables=variables)
        raise AssertionError(f"no such change: {do}")

    def _visit(self, element: str, nth: int) -> int:
        found = self.engine.queries.elements(self.key).items
        active = [one.key for one in found if (one.element_id, one.state) == (element, "active")]
        return active[nth - 1 if nth else -1]

    def _claim(self, element: str, where: Mapping[str, Json] | None = None) -> Any:
        waiting = {job.key: job.type for job in self.jobs() if job.element_id == element}
        assert waiting, f"no job waits at {element}; waiting: {[job.element_id for job in self.jobs()]}"
        claimed = self.engine.claim_jobs(
            worker=WORKER, types=sorted(set(waiting.values())), limit=100, lease_seconds=LEASE_SECONDS
        )
        fitting = [job for job in claimed if job.element_id == element and _fits(job.variables, where or {})]
        for job in claimed:
            if job not in fitting[:1]:
                self.engine.extend_lease(job.key, worker=WORKER, seconds=0.001)
        self.clock.advance(0.01)
        assert fitting, f"no job at {element} could be taken that fits {dict(where or {})}"
        return fitting[0]

    def find_task(self, element: str, any_state: bool = False) -> Any:
        """The newest open task at an element; with `any_state` also one that listeners are busy with, or is over."""
        page = self.engine.queries.tasks(TaskFilter(state=None if any_state else TaskState.CREATED))
        family = set(self.family())
        tasks = [task for task in page.items if task.element_id == element and task.instance_key in family]
        assert tasks, f"no open task at {element}; open: {[task.element_id for task in page.items]}"
        return tasks[-1]

    def _incidents(self) -> list[Any]:
        family = set(self.family())
        found = self.engine.queries.incidents(IncidentFilter(state=IncidentState.ACTIVE)).items
        return [incident for incident in found if incident.instance_key in family]


def _inside(diagram: str, flows: Sequence[str]) -> str:
    return diagram + "".join(scenario.chain(line.split()) for line in flows)


def _as_far_as(expected: Json, found: Json) -> Json:
    """What was found, as data; of a mapping only the entries that are expected."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return {name: found[name] for name in expected if name in found}
    return list(found) if isinstance(found, tuple) else found


def _fits(variables: Mapping[str, Json], where: Mapping[str, Json]) -> bool:
    return all(variables.get(name) == value for name, value in where.items())


def _person(by: Mapping[str, Json] | None) -> Actor:
    if by is None:
        return ADMIN
    roles = frozenset({Role.APPROVER})
    return Actor(by["id"], ActorKind.HUMAN, groups=frozenset(by.get("groups", ())), roles=roles)


def _refusal(expected: bool) -> Any:
    from contextlib import nullcontext

    return pytest.raises(EngineError) if expected else nullcontext()
