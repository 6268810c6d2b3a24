"""Decisions: which version a diagram means, and its evaluation. Files are parsed once per version."""

from __future__ import annotations

import re
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
from engine.runtime.process import Decide, DecisionMade
from engine.store import UnitOfWork, definitions
from engine.store.definitions import DecisionDefinition, DecisionRequirements, Home
from engine.tenants import named

Json = Any
_WORD = re.compile(r"\w+")


class Decisions:
    """Finds decisions and evaluates them."""

    def __init__(self) -> None:
        self._kept: Kept[_File] = Kept()

    def decide(self, tx: UnitOfWork, home: Home, now: datetime) -> Decide:
        """How the runtime asks for decisions on behalf of a process of this home."""

        def decide(decision_id: str, binding: tuple[str, str], variables: Mapping[str, Json]) -> DecisionMade:
            row = definitions.bound(tx, DecisionDefinition, decision_id, binding, home)
            if row is None:
                which = "" if binding[0] == "latest" else f" with the binding {' '.join(binding).strip()}"
                raise NotFound(f"No decision '{decision_id}'{which} is deployed. Deploy its .dmn file.")
            found = self._file(tx, row.requirements_key)
            result = found.definitions.decide(decision_id, variables, now=now)
            return DecisionMade(result, row.version, found.read_of(variables))

        return decide

    def read(self, tx: UnitOfWork, requirements_key: int) -> dmn.Definitions:
        """The parsed file of one version. Raises `NotFound`."""
        return self._file(tx, requirements_key).definitions

    def _file(self, tx: UnitOfWork, requirements_key: int) -> _File:
        return self._kept.get(requirements_key, lambda: self._parse(tx, requirements_key))

    def _parse(self, tx: UnitOfWork, requirements_key: int) -> _File:
        row = definitions.by_key(tx, DecisionRequirements, requirements_key)
        if row is None:
            raise NotFound(f"There are no decision requirements {requirements_key}.")
        content = definitions.content(tx, row.resource_key)
        if not dmn.imports(content):
            return _File(dmn.read(content), _words(content))
        together = definitions.in_deployment(tx, DecisionRequirements, row.deployment_key)
        others = [definitions.content(tx, other.resource_key) for other in together if other.key != row.key]
        return _File(dmn.read(content, imports=others), _words(content).union(*map(_words, others)))


@dataclass(frozen=True, slots=True)
class _File:
    """A parsed file, and every word in it: what none of them names, no decision in it can have read."""

    definitions: dmn.Definitions
    words: frozenset[str]

    def read_of(self, variables: Mapping[str, Json]) -> dict[str, Json]:
        """Those of the variables that the file names."""
        return {name: value for name, value in variables.items() if self.words.issuperset(_WORD.findall(name))}


def _words(content: bytes) -> frozenset[str]:
    return frozenset(_WORD.findall(content.decode("utf-8", "replace")))


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
    keys: Sequence[int] = ()  # one for each of `matched`


@dataclass(frozen=True, slots=True)
class WantedDecision:
    """Which decision is asked: the one with this key, or the latest of this id that a tenant has."""

    decision_id: str = ""
    key: int = 0
    tenant_id: str = ""  # empty: that of who asks


def ask(moves: Moves, decisions: Decisions, asked: WantedDecision, variables: Mapping[str, Json]) -> Decided:
    """Evaluate a decision. One that fails says so in its answer.

    Raises `NotFound`.
    """
    tx = moves.tx
    row = _asked(moves, asked)
    requirements = definitions.by_key(tx, DecisionRequirements, row.requirements_key)
    assert requirements is not None
    others = {one.decision_id: one for one in definitions.of_requirements(tx, row.requirements_key)}
    decided = Decided(tx.next_key(), row, requirements, others=others)
    try:
        result = decisions.read(tx, row.requirements_key).decide(row.decision_id, variables, now=moves.now)
    except EvaluationError as error:
        decided = replace(decided, failure=str(error))
    else:
        matched = as_json(result.matched)
        keys = tuple(tx.next_key() for _ in matched)
        decided = replace(decided, output=as_json(result.value), matched=matched, keys=keys)
    _tell(moves, decided, variables)
    return decided


def _asked(moves: Moves, asked: WantedDecision) -> DecisionDefinition:
    if asked.key:
        row = definitions.by_key(moves.tx, DecisionDefinition, asked.key)
    else:
        row = definitions.latest(moves.tx, DecisionDefinition, asked.decision_id, moves.tenant(asked.tenant_id))
    if row is None or not moves.tx.sees(row.tenant_id) or asked.tenant_id not in ("", row.tenant_id):
        raise NotFound(f"No decision {asked.key or repr(asked.decision_id)} is deployed. Deploy its .dmn file.")
    return row


def _tell(moves: Moves, decided: Decided, variables: Mapping[str, Json]) -> None:
    moves.tell(
        0,
        events.DECISION_EVALUATED,
        decision_id=decided.decision.decision_id,
        version=decided.decision.version,
        tenant_id=named(decided.decision.tenant_id),
        inputs=dict(variables),
        output=decided.output,
        matched=list(decided.matched),
        failure=decided.failure or None,
    )
