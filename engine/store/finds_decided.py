"""Searches of decisions that were made, with the version that made them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select, true

from engine.store.findable import Findable, named
from engine.store.history import DecisionEvaluation
from engine.store.history_tables import decision_evaluations
from engine.store.rows import columns
from engine.store.tables import decision_definitions, instances


@dataclass(frozen=True, slots=True)
class FoundEvaluation:
    """A decision that was made for an element; what made it is None where that is not known any more."""

    evaluation: DecisionEvaluation
    process_key: int
    root_key: int
    decision_key: int | None
    decision_name: str | None
    tenant_id: str


_decision = decision_definitions.c
EVALUATIONS: Findable[FoundEvaluation] = Findable(
    select(
        *columns(decision_evaluations, DecisionEvaluation),
        instances.c.definition_key.label("process_key"),
        instances.c.root_key,
        _decision.key.label("decision_key"),
        _decision.name.label("decision_name"),
        instances.c.tenant_id,
    )
    .join(instances, instances.c.key == decision_evaluations.c.instance_key)
    .join(
        decision_definitions,
        and_(
            _decision.decision_id == decision_evaluations.c.decision_id,
            _decision.version == decision_evaluations.c.version,
            _decision.tenant_id == instances.c.tenant_id,
        ),
        isouter=True,
    ),
    {
        **named(decision_evaluations, "key", "decision_id", "version", "evaluated_at", "instance_key", "element_key"),
        "process_key": instances.c.definition_key,
        "business_key": instances.c.business_key,
        "decision_key": _decision.key,
        "decision_name": _decision.name,
        "requirements_key": _decision.requirements_key,
        "tenant_id": instances.c.tenant_id,
        "is_made": true(),  # what failed has no row
    },
    (decision_evaluations.c.key,),
    lambda *row: FoundEvaluation(DecisionEvaluation(*row[:-5]), *row[-5:]),
    instances,
)
