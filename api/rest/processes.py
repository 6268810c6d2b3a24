"""The deployed process definitions."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.access import READERS
from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import KeyIn, PathKeys, Query, shown
from api.rest.views.deployed import ProcessList, ProcessView

processes = noun("processes", "Process definitions: a process of a deployed diagram, in one version.")


class ProcessesQuery(Query):
    """Which definitions."""

    process_id: str = Field(default="", max_length=255, description="Only this process, in all its versions.")
    all_versions: bool = Field(default=False, description="Older versions too.")
    startable_by_me: bool = Field(default=False, description="Only what is offered to the caller for starting.")


class ProcessPath(PathKeys):
    """A process definition."""

    process_key: KeyIn


@processes.get("", responses={200: ProcessList})
def listing(query: ProcessesQuery) -> Response:
    """Processes, in their latest version unless asked otherwise; approvers see what they may start."""
    by = actor()
    only_own = query.startable_by_me or not by.has(*READERS)
    found = engine().queries.processes(
        process_id=query.process_id, all_versions=query.all_versions, startable_by=by if only_own else None
    )
    return shown(ProcessList, {"items": found})


@processes.get("/<process_key>", responses={200: ProcessView})
def show(path: ProcessPath) -> Response:
    """One process definition."""
    return shown(ProcessView, engine().queries.process(path.process_key))


@processes.get(
    "/<process_key>/xml",
    responses={200: {"description": "The file as it was deployed.", "content": {"application/xml": {}}}},
)
def xml(path: ProcessPath) -> Response:
    """The diagram, byte for byte as it was deployed."""
    return Response(engine().queries.process_xml(path.process_key), mimetype="application/xml")
