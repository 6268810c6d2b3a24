"""Jobs: work that connectors and workers do for instances."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import engine
from api.rest.nouns import noun
from api.rest.shapes import KeyIn, PageQuery, TenantIn, page_of, shown
from api.rest.views.running import JobPage
from engine.queries import JobFilter
from engine.states import JobState

jobs = noun("jobs", "Jobs: work that connectors and workers do for instances.")


class JobsQuery(PageQuery):
    """Which jobs."""

    state: JobState | None = None
    type: str = Field(default="", max_length=255, description="Only this job type.")
    instance_key: KeyIn | None = None
    tenant_id: TenantIn = Field(default="", description="Only this tenant's.")


@jobs.get("", responses={200: JobPage})
def listing(query: JobsQuery) -> Response:
    """Jobs, newest first."""
    wanted = JobFilter(
        state=query.state,
        type=query.type,
        instance_key=query.instance_key or 0,
        tenant_ids=[query.tenant_id] if query.tenant_id else [],
    )
    return shown(JobPage, engine().queries.jobs(wanted, page_of(query)))
