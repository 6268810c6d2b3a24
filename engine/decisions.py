"""Decisions: which version a diagram means, and its evaluation. Files are parsed once per version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bpmn import dmn
from engine.errors import NotFound
from engine.moves import Kept
from engine.runtime.process import Decide
from engine.store import UnitOfWork, definitions
from engine.store.definitions import DecisionDefinition, DecisionRequirements

Json = Any


class Decisions:
    """Finds decisions and evaluates them."""

    def __init__(self) -> None:
        self._kept: Kept[dmn.Definitions] = Kept()

    def decide(self, tx: UnitOfWork, deployment_key: int, now: datetime) -> Decide:
        """How the runtime asks for decisions on behalf of a process of this deployment."""

        def decide(decision_id: str, binding: tuple[str, str], variables: Mapping[str, Json]) -> dmn.DecisionResult:
            row = definitions.bound(tx, DecisionDefinition, decision_id, binding, deployment_key)
            if row is None:
                which = "" if binding[0] == "latest" else f" with the binding {' '.join(binding).strip()}"
                raise NotFound(f"No decision '{decision_id}'{which} is deployed. Deploy its .dmn file.")
            return self.read(tx, row.requirements_key).decide(decision_id, variables, now=now)

        return decide

    def read(self, tx: UnitOfWork, requirements_key: int) -> dmn.Definitions:
        """The parsed file of one version. Raises `NotFound`."""
        return self._kept.get(requirements_key, lambda: self._parse(tx, requirements_key))

    def _parse(self, tx: UnitOfWork, requirements_key: int) -> dmn.Definitions:
        row = definitions.by_key(tx, DecisionRequirements, requirements_key)
        if row is None:
            raise NotFound(f"There are no decision requirements {requirements_key}.")
        content = definitions.content(tx, row.resource_key)
        if not dmn.imports(content):
            return dmn.read(content)
        together = definitions.in_deployment(tx, DecisionRequirements, row.deployment_key)
        others = [definitions.content(tx, other.resource_key) for other in together if other.key != row.key]
        return dmn.read(content, imports=others)
