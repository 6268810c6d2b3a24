"""One case as its records tell it: the way it took, what models, rules and people did, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import events
from engine.audit import Record
from engine.errors import NotFound
from engine.oversight.calls import AiCall, Calls
from engine.oversight.facts import Fact, facts

Json = Any
CASE_SCHEMA = "baton-case-report/1"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done: `what` is the trail's word for it, `by` and `kind` who did it."""

    at: datetime
    what: str
    element_id: str
    by: str
    kind: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A case. `path` are the flows taken in order; `acts` what people did and operators changed; times are UTC."""

    schema: str
    instance_key: int
    process_id: str
    process_version: int
    started_at: datetime
    started_by: str
    outcome: str
    ended_at: datetime | None
    path: tuple[str, ...]
    calls: tuple[AiCall, ...]
    decisions: tuple[Deed, ...]
    people: tuple[Deed, ...]
    outcomes: tuple[Deed, ...]
    incidents: tuple[Deed, ...]
    changes: tuple[Deed, ...]
    erased: int


@dataclass(slots=True)
class _Told:
    path: list[str] = field(default_factory=list)
    acts: dict[str, list[Deed]] = field(default_factory=dict)
    started: Fact | None = None
    ended: Fact | None = None


def case_report(records: Iterable[Record]) -> CaseReport:
    """The report of one instance, from its records in order. Raises `NotFound` when they hold no start."""
    kept = list(records)
    calls, told, found = Calls(), _Told(), list[AiCall]()
    for fact in facts(kept):
        found.extend(calls.take(fact))
        _note(told, fact)
    found.extend(calls.rest())
    if told.started is None:
        raise NotFound("These records do not hold the start of a case: it was erased, or is not among them.")
    process_id, version = calls.process_of(told.started.instance_key)
    return CaseReport(
        schema=CASE_SCHEMA,
        instance_key=told.started.instance_key,
        process_id=process_id,
        process_version=version,
        started_at=told.started.at,
        started_by=told.started.record.actor_id,
        outcome=told.ended.type if told.ended else "running",
        ended_at=told.ended.at if told.ended else None,
        path=tuple(told.path),
        calls=tuple(sorted(found, key=lambda call: (call.started_at, call.number))),
        decisions=tuple(told.acts.get("decisions", ())),
        people=tuple(told.acts.get("people", ())),
        outcomes=tuple(told.acts.get("outcomes", ())),
        incidents=tuple(told.acts.get("incidents", ())),
        changes=tuple(told.acts.get("changes", ())),
        erased=sum(record.payload is None for record in kept),
    )


def _note(told: _Told, fact: Fact) -> None:
    if fact.type in (events.INSTANCE_STARTED, events.INSTANCE_RESTARTED):
        told.started = told.started or fact
    elif fact.type == events.PATH_TAKEN:
        told.path.extend(fact.data.get("flows", ()))
    elif fact.type in _ENDINGS:
        told.ended = fact
    elif group := _GROUPS.get(fact.type):
        record = fact.record
        act = Deed(fact.at, fact.type, fact.element_id, record.actor_id, record.actor_kind, fact.data)
        told.acts.setdefault(group, []).append(act)


_ENDINGS = frozenset({events.INSTANCE_COMPLETED, events.INSTANCE_TERMINATED, events.INSTANCE_CANCELED})
_GROUPS: Mapping[str, str] = {
    events.DECISION_EVALUATED: "decisions",
    events.MODEL_ROUTED: "decisions",
    events.TASK_CLAIMED: "people",
    events.TASK_ASSIGNED: "people",
    events.TASK_COMPLETED: "people",
    events.TASK_DECIDED: "people",
    events.TASK_DELEGATED: "people",
    events.TASK_RESOLVED: "people",
    events.DUTIES_SEPARATED: "people",
    events.WORK_APPROVED: "people",
    events.WORK_WITHHELD: "people",
    events.TASK_ESCALATED: "people",
    events.APPROVAL_SKIPPED: "changes",
    events.TASK_COMMENTED: "people",
    events.OUTCOME_PROBED: "outcomes",
    events.INCIDENT_RAISED: "incidents",
    events.INCIDENT_RESOLVED: "incidents",
    events.INSTANCE_MODIFIED: "changes",
    events.INSTANCE_MIGRATED: "changes",
    events.INSTANCE_SUSPENDED: "changes",
    events.INSTANCE_RESUMED: "changes",
    events.VARIABLES_SET: "changes",
    events.AUDIT_PAYLOAD_ERASED: "changes",
}
