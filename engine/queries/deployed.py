"""What a deployment brought."""

from __future__ import annotations

from engine.deployments import Deployment
from engine.store import UnitOfWork, definitions
from engine.store.definitions import (
    DecisionDefinition,
    DecisionRequirements,
    DeploymentRow,
    FormDefinition,
    ProcessDefinition,
)


def deployed(tx: UnitOfWork, row: DeploymentRow) -> Deployment:
    """A deployment with everything that it named."""
    return Deployment(
        key=row.key,
        deployed_at=row.deployed_at,
        name=row.name,
        processes=tuple(definitions.in_deployment(tx, ProcessDefinition, row.key)),
        decisions=tuple(definitions.in_deployment(tx, DecisionDefinition, row.key)),
        requirements=tuple(definitions.in_deployment(tx, DecisionRequirements, row.key)),
        forms=tuple(definitions.in_deployment(tx, FormDefinition, row.key)),
        source=row.source,
        deployed_by=row.deployed_by,
        tenant_id=row.tenant_id,
    )
