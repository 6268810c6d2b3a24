"""An engine with connectors of the test's own and a worker for them: what the tests of the worker share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from connectors.base import Connector, Request, Result
from connectors.registry import Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.policies import Policies
from engine.queries import AuditFilter, IncidentFilter, JobFilter
from engine.states import IncidentState
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.support.diagrams import chain, diagram, service

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
SECRET = "tok-5up3r-s3cret"
RESULT = '<zeebe:taskHeaders><zeebe:header key="resultVariable" value="result"/></zeebe:taskHeaders>'


class House:
    """An engine, a clock and a worker for connectors of the test."""

    def __init__(self, url: str, clock: FakeClock) -> None:
        self.clock = clock
        self.store = open_store(url)
        self.secrets = from_environment({"BATON_SECRET_CRM": SECRET})
        self.engine = Engine(self.store, clock, Registry(models={}, use_entry_points=False), Policies())
        self.key = 0

    def serve(self, connector: Connector, *policies: Any, models: Any = None, **settings: Any) -> Worker:
        registry = Registry({"work": connector}, models=models or {}, use_entry_points=False)
        self.engine = Engine(self.store, self.clock, registry, Policies(policies))
        return Worker(self.engine, **{"name": "w1", "secrets": self.secrets, **settings})

    def start(self, inner: str = RESULT, body: str = "", flows: Any = None, **variables: Any) -> None:
        tasks = body or service("a", inner=inner)
        flows = flows or chain("start", "a", "end")
        xml = diagram(f'<bpmn:startEvent id="start"/>{tasks}<bpmn:endEvent id="end"/>', flows)
        self.engine.deploy([NamedFile("p.bpmn", xml)], by=ADMIN)
        self.key = self.engine.start(process_id="p", variables=variables, by=ADMIN).key

    def variables(self) -> dict[str, Any]:
        return dict(self.engine.queries.variables(self.key))

    def state(self) -> str:
        return self.engine.queries.instance(self.key).state.value

    def incidents(self) -> list[str]:
        active = IncidentFilter(instance_key=self.key, state=IncidentState.ACTIVE)
        return [incident.message for incident in self.engine.queries.incidents(active).items]

    def retries(self) -> int:
        return self.engine.queries.jobs(JobFilter(instance_key=self.key)).items[0].retries

    def trail(self) -> str:
        return json.dumps([record.payload for record in self.engine.queries.audit(AuditFilter()).items], default=str)


def answer(response: Any) -> Callable[[Request], Result]:
    return lambda request: Result(response)


def fails(problem: Exception) -> Callable[[Request], Result]:
    def connector(request: Request) -> Result:
        raise problem

    return connector


def header(name: str, value: str) -> str:
    escaped = value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<zeebe:taskHeaders><zeebe:header key="{name}" value="{escaped}"/></zeebe:taskHeaders>'
