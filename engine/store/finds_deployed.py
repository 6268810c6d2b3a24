"""Searches of what was deployed: processes, decisions and their requirements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from engine.store.definitions import DecisionDefinition, DecisionRequirements, ProcessDefinition
from engine.store.findable import Findable, named
from engine.store.rows import columns
from engine.store.tables import decision_definitions, decision_requirements, process_definitions


@dataclass(frozen=True, slots=True)
class FoundDecision:
    """A decision and the file that it stands in."""

    decision: DecisionDefinition
    requirements_id: str
    requirements_name: str
    requirements_version: int


def _is_latest(table: Any, identity: str) -> Any:
    others = table.alias()
    same = others.c[identity] == table.c[identity], others.c.tenant_id == table.c.tenant_id
    newest = select(func.max(others.c.version)).where(*same)
    return table.c.version == newest.correlate(table).scalar_subquery()


PROCESSES: Findable[ProcessDefinition] = Findable(
    select(*columns(process_definitions, ProcessDefinition)),
    {
        **named(process_definitions, "key", "process_id", "version", "name", "version_tag", "resource_name"),
        **named(process_definitions, "tenant_id"),
        "is_latest": _is_latest(process_definitions, "process_id"),
    },
    (process_definitions.c.key,),
    ProcessDefinition,
    process_definitions,
)
_file = decision_requirements.c
DECISIONS: Findable[FoundDecision] = Findable(
    select(
        *columns(decision_definitions, DecisionDefinition),
        _file.requirements_id,
        _file.name.label("requirements_name"),
        _file.version.label("requirements_version"),
    ).join(decision_requirements, _file.key == decision_definitions.c.requirements_key),
    {
        **named(decision_definitions, "key", "decision_id", "version", "name", "requirements_key", "tenant_id"),
        "requirements_id": _file.requirements_id,
        "requirements_name": _file.name,
        "requirements_version": _file.version,
        "is_latest": _is_latest(decision_definitions, "decision_id"),
    },
    (decision_definitions.c.key,),
    lambda *row: FoundDecision(DecisionDefinition(*row[:-3]), *row[-3:]),
    decision_definitions,
)
REQUIREMENTS: Findable[DecisionRequirements] = Findable(
    select(*columns(decision_requirements, DecisionRequirements)),
    named(decision_requirements, "key", "requirements_id", "version", "name", "resource_name", "tenant_id"),
    (decision_requirements.c.key,),
    DecisionRequirements,
    decision_requirements,
)
