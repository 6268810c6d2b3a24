"""What has been: values that variables had, and decisions that were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from engine import events
from engine.step import Event, Step
from engine.store.history_tables import decision_evaluations, variable_changes
from engine.store.instances import InstanceRow
from engine.store.prepared import Prepared
from engine.store.rows import Page, Paged, columns, paged
from engine.store.sights import of_seen
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class PastValue:
    """A value that a variable had `until` it was changed or removed, or its scope ended."""

    key: int
    instance_key: int
    scope_key: int
    name: str
    value: Json
    until: datetime


@dataclass(frozen=True, slots=True)
class DecisionEvaluation:
    """A decision that was made for an element.

    `inputs` are the variables that its file names, `matched` the rules that applied, as the table has them. What a
    version before kept has the version 0 and no inputs.
    """

    key: int
    instance_key: int
    element_key: int
    element_id: str
    process_id: str
    decision_id: str
    output: Json
    matched: Json
    evaluated_at: datetime
    version: int
    inputs: Json


@dataclass(frozen=True, slots=True)
class EvaluationFilter:
    """Which decisions; what is empty or 0 does not matter."""

    decision_id: str = ""
    process_id: str = ""
    instance_key: int = 0
    version: int = 0


_ADD_CHANGES = Prepared(insert(variable_changes), [column.name for column in columns(variable_changes, PastValue)])
_ADD_EVALUATIONS = Prepared(insert(decision_evaluations))


def write(tx: UnitOfWork, row: InstanceRow, step: Step, known: Mapping[int, Mapping[str, Json]], now: datetime) -> None:
    """Keep what a step is about to overwrite, and the decisions that it made. Costs nothing when there is neither."""
    if known and (past := _past(row.key, step, known)):
        tx.write(_ADD_CHANGES, [(tx.next_key(), row.key, scope, name, value, now) for scope, name, value in past])
    if made := [event for event in step.events if event.type == events.DECISION_EVALUATED]:
        tx.write(_ADD_EVALUATIONS, [_evaluation(tx, row, event, now) for event in made])


def _past(root_key: int, step: Step, known: Mapping[int, Mapping[str, Json]]) -> list[tuple[int, str, Json]]:
    ended = [key for key in step.dropped_scopes if key != root_key]  # the root's stay: they are the result
    past = [(scope, name, value) for scope in ended for name, value in known.get(scope, {}).items()]
    replaced = [(scope, name) for scope, names in step.variables.items() if scope not in ended for name in names]
    for scope, name in (*replaced, *step.removed_variables):
        if scope not in ended and name in (values := known.get(scope, {})):
            past.append((scope, name, values[name]))
    return past


def _evaluation(tx: UnitOfWork, row: InstanceRow, event: Event, now: datetime) -> dict[str, Json]:
    return {
        "key": tx.next_key(),
        "instance_key": row.key,
        "element_key": event.element_key,
        "element_id": event.element_id,
        "process_id": row.process_id,
        "decision_id": event.data["decision_id"],
        "output": event.data["output"],
        "matched": event.data["matched"],
        "evaluated_at": now,
        "version": event.data["version"],
        "inputs": event.data["inputs"],
    }


def past_values(tx: UnitOfWork, instance_key: int, page: Page) -> Paged[PastValue]:
    """The values that an instance's variables had, newest first."""
    query = select(*columns(variable_changes, PastValue)).where(variable_changes.c.instance_key == instance_key)
    query = of_seen(tx, query, variable_changes)
    return paged(tx, query, variable_changes.c.key, page, PastValue)


def evaluations(tx: UnitOfWork, wanted: EvaluationFilter, page: Page) -> Paged[DecisionEvaluation]:
    """Decisions that were made, newest first."""
    query = of_seen(tx, select(*columns(decision_evaluations, DecisionEvaluation)), decision_evaluations)
    for name in ("decision_id", "process_id", "instance_key", "version"):
        if value := getattr(wanted, name):
            query = query.where(decision_evaluations.c[name] == value)
    return paged(tx, query, decision_evaluations.c.key, page, DecisionEvaluation)
