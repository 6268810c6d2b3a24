"""One instance driven by hand: what the engine would keep in rows, kept in dicts."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import bpmn
from engine import commands
from engine.errors import NotFound
from engine.runtime import Definition, Frozen, Services, resume, start
from engine.runtime import compile as compile_process
from engine.step import Step

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOT = 1_000
USER = '<bpmn:userTask id="{0}"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>'
ENDS = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'


class Run:
    """One instance driven by hand: what the engine would keep in rows, kept in a dict."""

    def __init__(self, xml: bytes, variables: dict[str, Any] | None = None, **options: Any) -> None:
        self.definition: Definition = compile_process(bpmn.read(xml), "p")
        self._keys = itertools.count(ROOT + 1)
        self.now = NOW
        self.stored: dict[int, dict[str, Any]] = {}
        self.waits: dict[int, Any] = {}
        self.incidents: dict[int, str] = {}
        self.entered: list[str] = []
        self._take(start(self.definition, key=ROOT, variables=variables or {}, services=self._services(), **options))

    def _services(self) -> Services:
        return Services(next_key=lambda: next(self._keys), now=self.now, decide=self._decide)

    @staticmethod
    def _decide(decision_id: str, binding: tuple[str, str], variables: Any) -> Any:
        raise NotFound(f"No decision '{decision_id}' is deployed.")

    def send(self, command: commands.Command) -> Run:
        frozen = Frozen(ROOT, self.step.state or b"", self.stored)
        self._take(resume(self.definition, frozen, command, self._services()))
        return self

    def complete(self, element_id: str, **variables: Any) -> Run:
        return self.send(commands.Complete(self.key(element_id), variables))

    def key(self, element_id: str) -> int:
        return next(key for key, wait in self.waits.items() if wait.element_id == element_id)

    def at(self) -> list[str]:
        return sorted(wait.element_id for wait in self.waits.values())

    @property
    def variables(self) -> dict[str, Any]:
        return self.stored.get(ROOT, {})

    def _take(self, step: Step) -> None:
        self.step = step
        for key in step.resolved:
            self.incidents.pop(key)
        for key in step.closed:
            self.waits.pop(key, None)
            self.incidents.pop(key, None)
        self.waits |= {wait.element_key: wait for wait in step.waits}
        self.incidents |= {incident.element_key: incident.type for incident in step.incidents}
        for scope in step.dropped_scopes:
            del self.stored[scope]
        for scope, values in step.variables.items():
            self.stored.setdefault(scope, {}).update(values)
        self.entered += [change.element_id for change in step.elements if change.opened]
