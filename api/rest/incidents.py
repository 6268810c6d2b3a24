"""Incidents: places where an instance cannot go on without help."""

from __future__ import annotations

from typing import Literal

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, PageQuery, PathKeys, ReasonBody, TenantIn, page_of, shown
from api.rest.views.running import IncidentPage, IncidentView
from engine.queries import IncidentFilter
from engine.states import IncidentState

incidents = noun("incidents", "Incidents: places where an instance cannot go on without help.")


class IncidentsQuery(PageQuery):
    """Which incidents."""

    state: IncidentState | Literal["all"] = Field(
        default=IncidentState.ACTIVE, description="`active` are the open ones."
    )
    process_id: str = Field(default="", max_length=255)
    instance_key: KeyIn | None = None
    tenant_id: TenantIn = Field(default="", description="Only this tenant's.")


class IncidentPath(PathKeys):
    """An incident."""

    incident_key: KeyIn


class ResolveBody(Body):
    """How to go on."""

    retries: int | None = Field(default=None, ge=1, le=1000, description="New retries for the job that failed.")


@incidents.get("", responses={200: IncidentPage})
def listing(query: IncidentsQuery) -> Response:
    """Incidents, newest first."""
    state = None if query.state == "all" else query.state
    wanted = IncidentFilter(
        state=state,
        process_id=query.process_id,
        instance_key=query.instance_key or 0,
        tenant_ids=[query.tenant_id] if query.tenant_id else [],
    )
    return shown(IncidentPage, engine().queries.incidents(wanted, page_of(query)))


@incidents.get("/<incident_key>", responses={200: IncidentView})
def show(path: IncidentPath) -> Response:
    """One incident."""
    return shown(IncidentView, engine().queries.incident(path.incident_key))


@incidents.post("/<incident_key>/resolve", responses={200: IncidentView})
def resolve(path: IncidentPath, body: ResolveBody) -> Response:
    """Try again exactly what failed, after its cause was removed."""
    return shown(IncidentView, engine().resolve_incident(path.incident_key, retries=body.retries, by=actor()))


@incidents.post("/<incident_key>/accept", responses={200: IncidentView})
def accept(path: IncidentPath, body: ReasonBody) -> Response:
    """Take the claimed outcome of a task though its probe does not bear it out."""
    return shown(IncidentView, engine().accept_outcome(path.incident_key, reason=body.reason, by=actor()))


@incidents.post("/<incident_key>/send-back", responses={200: IncidentView})
def send_back(path: IncidentPath, body: ReasonBody) -> Response:
    """Have the work of a task done anew whose claimed outcome its probe does not bear out."""
    return shown(IncidentView, engine().send_back(path.incident_key, reason=body.reason, by=actor()))
