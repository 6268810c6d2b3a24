"""An engine whose AI task asks scripted models: what the tests of the AI task over engine and books share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from connectors.registry import AI_TASK, Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.policies import Policies
from engine.queries import AuditFilter, Page, TaskFilter
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.support.diagrams import chain, diagram, service

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
ANNA = Actor("anna", ActorKind.HUMAN, frozenset({"reviewers"}), frozenset({Role.APPROVER}))
SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}
RIGHT, MADE_UP = '{"total": 12.5}', '{"total": 99}'


class Office:
    """An engine whose AI task asks scripted models."""

    def __init__(
        self,
        url: str,
        clock: FakeClock,
        scripts: dict[str, list[Any]],
        prices: Any = None,
        policies: Sequence[Any] = (),
    ) -> None:
        table = {f"scripted/{name}": {"script": script, **(prices or {})} for name, script in scripts.items()}
        self.store, self.clock = open_store(url), clock
        self.engine = Engine(self.store, clock, Registry(models=table, use_entry_points=False), Policies(policies))
        self.worker = Worker(self.engine, name="w1", secrets=from_environment({}))
        self._deploy(",".join(table))
        self.key = self.engine.start(process_id="p", variables={"document": "Total: 12,50 EUR"}, by=ADMIN).key

    def _deploy(self, models: str) -> None:
        inputs = {
            "prompt": "Read the total.",
            "input": "=document",
            "schema": json.dumps(SCHEMA),
            "models": models,
            "onExhausted": "reviewers",
        }
        mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in inputs.items())
        inner = (
            f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>"
            '<zeebe:taskHeaders><zeebe:header key="resultVariable" value="answer"/></zeebe:taskHeaders>'
        )
        body = f'<bpmn:startEvent id="start"/>{service("read", AI_TASK, inner)}<bpmn:endEvent id="end"/>'
        self.engine.deploy([NamedFile("p.bpmn", diagram(body, chain("start", "read", "end")))], by=ADMIN)

    def answer(self) -> Any:
        return self.engine.queries.variables(self.key).get("answer")

    def attempts(self) -> list[Any]:
        return list(self.engine.queries.attempts(self.key))

    def tasks(self) -> list[Any]:
        return list(self.engine.queries.tasks(TaskFilter(instance_key=self.key)).items)

    def facts(self, *types: str) -> list[dict[str, Any]]:
        """What the audit trail holds of these types, oldest first."""
        records = reversed(self.engine.queries.audit(AuditFilter(), Page(500)).items)
        told = [fact for one in records for fact in json.loads(one.payload)["events"] if fact.get("type") in types]
        return [{**fact, **fact.get("data", {})} for fact in told]
