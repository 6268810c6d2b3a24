"""Decisions: which version a diagram means, and its evaluation. Files are parsed once per version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bpmn import dmn
from bpmn.errors import EvaluationError
from bpmn.languages import as_json
from engine import events
from engine.errors import NotFound
from engine.moves import Kept, Moves
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


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was asked from outside. `matched` is one entry for each decision on the way, as JSON."""

    key: int
    decision: DecisionDefinition
    requirements: DecisionRequirements
    output: Json = None
    matched: Sequence[Mapping[str, Json]] = ()
    others: Mapping[str, DecisionDefinition] = field(default_factory=dict)  # those of the same file, by id
    failure: str = ""


def ask(moves: Moves, decisions: Decisions, decision_id: str, key: int, variables: Mapping[str, Json]) -> Decided:
    """Evaluate the decision with this key, or the latest version of this id. One that fails says so in its answer.

    Raises `NotFound`.
    """
    tx = moves.tx
    find = definitions.by_key if key else definitions.latest
    row = find(tx, DecisionDefinition, key or decision_id)  # type: ignore[arg-type]
    if row is None:
        raise NotFound(f"No decision {key or repr(decision_id)} is deployed. Deploy its .dmn file.")
    requirements = definitions.by_key(tx, DecisionRequirements, row.requirements_key)
    assert requirements is not None
    others = {one.decision_id: one for one in definitions.of_requirements(tx, row.requirements_key)}
    decided = Decided(tx.next_key(), row, requirements, others=others)
    try:
        result = decisions.read(tx, row.requirements_key).decide(row.decision_id, variables, now=moves.now)
    except EvaluationError as error:
        decided = replace(decided, failure=str(error))
    else:
        decided = replace(decided, output=as_json(result.value), matched=as_json(result.matched))
    _tell(moves, decided, variables)
    return decided


def _tell(moves: Moves, decided: Decided, variables: Mapping[str, Json]) -> None:
    moves.tell(
        0,
        events.DECISION_EVALUATED,
        decision_id=decided.decision.decision_id,
        version=decided.decision.version,
        inputs=dict(variables),
        output=decided.output,
        matched=list(decided.matched),
        failure=decided.failure or None,
    )
