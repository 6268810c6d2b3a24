"""Views of what is deployed."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.problems import findings_json
from api.rest.problem_view import FindingView
from api.rest.shapes import Key, Moment, OptionalKey, View
from api.rest.views.fields import Next

#: A list that is kept as nothing when it is empty.
Names = Annotated[list[str], BeforeValidator(lambda names: names or [])]


class ProcessView(View):
    """A process definition: one process of a deployed diagram, in one version."""

    key: Key
    process_id: str
    version: int
    name: str
    version_tag: str
    resource_name: str = Field(description="The file it came in.")
    deployment_key: Key
    dialect: str = Field(description="camunda8, camunda7 or plain.")
    startable: bool = Field(
        description="Whether lists offer it: it has a start event without a trigger, and the diagram allows it."
    )
    history_days: int | None = Field(
        default=None, description="How many days its author wants to keep what is over; null: nothing said."
    )
    starter_groups: Names = Field(description="Whose members may start it; see `starter_users`.")
    starter_users: Names = Field(description="Who may start it; when both lists are empty, whoever has the role.")
    tenant_id: str


class DecisionView(View):
    """A decision of a deployed DMN file."""

    key: Key
    decision_id: str
    version: int
    name: str
    version_tag: str = ""
    requirements_key: Key
    deployment_key: Key
    tenant_id: str


class RequirementsView(View):
    """A deployed DMN file."""

    key: Key
    requirements_id: str
    version: int
    name: str
    resource_name: str
    deployment_key: Key
    tenant_id: str


class DeployedFormView(View):
    """A deployed form."""

    key: Key
    form_id: str
    version: int
    version_tag: str = ""
    resource_name: str
    deployment_key: Key
    tenant_id: str


class DeployedAgentView(View):
    """An agent that came with a deployment."""

    id: str
    version: int
    state: str


class DeployedPolicyView(View):
    """A policy that came with a deployment."""

    id: str
    version: str
    state: str


class DeploymentView(View):
    """A deployment and what it brought."""

    key: OptionalKey = Field(description="Null for a dry run.")
    name: str
    deployed_at: Moment
    tenant_id: str
    duplicate: bool = Field(default=False, description="Whether nothing had changed.")
    processes: list[ProcessView]
    decisions: list[DecisionView]
    requirements: list[RequirementsView]
    forms: list[DeployedFormView]
    agents: list[DeployedAgentView] = Field(default=[], description="Told in the answer to a deployment only.")
    policies: list[DeployedPolicyView] = Field(default=[], description="Told in the answer to a deployment only.")
    findings: Annotated[list[FindingView], BeforeValidator(lambda found: findings_json(found or {}))]


class ProcessList(View):
    """Process definitions."""

    items: list[ProcessView]


class DeploymentPage(View):
    """A page of deployments."""

    items: list[DeploymentView]
    next: Next = None
