"""Conditions that start a process: asked for, with variables, by whoever knows that something changed.

Camunda 8's `POST /v2/conditionals/evaluation`, Camunda 7's `POST /condition` (zeebe-extensions §8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bpmn import languages
from bpmn.errors import EvaluationError
from bpmn.model import EventDefinition, EventKind
from engine import events
from engine.errors import NotFound
from engine.moves import Compiled, Moves, Start
from engine.states import Awaited
from engine.store import subscriptions
from engine.store.instances import InstanceRow
from engine.variables import checked, checked_text

Json = Any


@dataclass(frozen=True, slots=True)
class Question:
    """Variables to ask with, checked; `definition_key` asks one definition alone, also one that is not the latest."""

    variables: Mapping[str, Json] = field(default_factory=dict)
    definition_key: int = 0
    business_key: str | None = None
    tenant_id: str = ""  # whose it is; empty: of who asks

    def __post_init__(self) -> None:
        """Raises `InvalidInput`."""
        checked_text(self.business_key, "business_key")
        object.__setattr__(self, "variables", checked(self.variables))


def evaluate(moves: Moves, question: Question) -> list[InstanceRow]:
    """Start an instance at every conditional start event whose condition these variables make true.

    Raises `NotFound` for a definition that is not there or has no such event.
    """
    started: list[InstanceRow] = []
    begun: set[tuple[int, str]] = set()  # an event with several conditions begins one instance, whichever are met
    for compiled, element_id, event in _asked(moves, question):
        place = compiled.row.key, element_id
        if place not in begun and _is_met(moves, event, question.variables):
            begun.add(place)
            new = Start(compiled, question.variables, question.business_key, start_element=element_id)
            row = moves.start(new)
            moves.tell(row, events.CONDITION_MET, element=(element_id, 0))
            started.append(row)
    return started


def _asked(moves: Moves, question: Question) -> list[tuple[Compiled, str, EventDefinition]]:
    if not question.definition_key:
        starts = subscriptions.starts(moves.tx, moves.tenant(question.tenant_id), Awaited.CONDITION, "")
        keys = dict.fromkeys(one.definition_key for one in starts)
    else:
        keys = {question.definition_key: None}
    compiled = [moves.process(key) for key in keys]
    found = [
        (one, node.id, event)
        for one in compiled
        for node, event in one.definition.process.triggers
        if event.kind is EventKind.CONDITIONAL
    ]
    if question.definition_key and not found:
        raise NotFound(f"Process definition {question.definition_key} has no conditional start event.")
    return found


def _is_met(moves: Moves, event: EventDefinition, variables: Mapping[str, Json]) -> bool:
    if event.condition is None or not set(event.condition_variables) <= variables.keys():
        return False
    try:
        return languages.compile(event.condition).evaluate(variables, now=moves.now) is True
    except EvaluationError:
        return False  # a variable that it needs was not given
