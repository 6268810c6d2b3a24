"""Deploying diagrams, decisions and forms, and what was deployed."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.incoming import uploaded_files
from api.rest.nouns import noun
from api.rest.shapes import KeyIn, OptionalName, PageQuery, PathKeys, Query, TenantIn, page_of, shown
from api.rest.views.deployed import DeploymentPage, DeploymentView

deployments = noun(
    "deployments",
    "Diagrams (.bpmn), decisions (.dmn), forms (.form), agents (.agent.yaml) and policies (.policy.yaml), deployed "
    "together or not at all.",
)

_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["files"],
                }
            }
        },
    }
}


class DeployQuery(Query):
    """How to deploy."""

    name: OptionalName = Field(default="", description="A name for the deployment.")
    register_agents: bool = Field(
        default=False,
        description="Register the agents that AI tasks need and nobody registered: for these tasks and models only.",
    )
    dry_run: bool = Field(default=False, description="Only check the files; nothing is stored.")
    tenant_id: TenantIn = ""


class DeploymentPath(PathKeys):
    """A deployment."""

    deployment_key: KeyIn


@deployments.post("", openapi_extensions=_UPLOAD, responses={200: DeploymentView})
def create(query: DeployQuery) -> Response:
    """Deploy files.

    Send each file as a part with its file name; the field's name does not matter. Either every file is deployed or none
    is. A file that is the same as its latest version keeps its key and version. Files with errors answer 422
    model-rejected with `findings`.
    """
    files = uploaded_files()
    deployment = engine().deploy(
        files,
        by=actor(),
        name=query.name,
        dry_run=query.dry_run,
        source="api",
        registers_agents=query.register_agents,
        tenant_id=query.tenant_id,
    )
    return shown(DeploymentView, deployment)


@deployments.get("", responses={200: DeploymentPage})
def listing(query: PageQuery) -> Response:
    """Deployments, newest first."""
    return shown(DeploymentPage, engine().queries.deployments(page_of(query)))


@deployments.get("/<deployment_key>", responses={200: DeploymentView})
def show(path: DeploymentPath) -> Response:
    """One deployment and what it brought."""
    return shown(DeploymentView, engine().queries.deployment(path.deployment_key))
