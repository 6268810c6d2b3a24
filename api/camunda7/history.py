"""Keeping and deleting what is over, as Camunda 7's clients ask for it (c7-rest.md)."""

from __future__ import annotations

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.camunda7.routes import ROOT, camunda7, definition_key
from api.context import actor, engine

__all__ = ["camunda7"]


class TimeToLiveBody(BaseModel):
    """HistoryTimeToLiveDto."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    history_time_to_live: int | None = Field(ge=0)


@camunda7.put(f"{ROOT}/process-definition/<definition_id>/history-time-to-live")
def history_time_to_live(definition_id: str) -> Response:
    """How many days ended instances are kept; of every version of the process, unlike in Camunda 7."""
    return _keep(engine().queries.process(definition_key(definition_id)).process_id)


@camunda7.put(f"{ROOT}/process-definition/key/<process_id>/history-time-to-live")
def history_time_to_live_by_key(process_id: str) -> Response:
    """The same, by the process id."""
    return _keep(process_id)


def _keep(process_id: str) -> Response:
    body = TimeToLiveBody.model_validate(request.get_json())
    engine().set_retention(process_id, body.history_time_to_live, by=actor())
    return Response(status=204)


@camunda7.delete(f"{ROOT}/history/process-instance/<instance_id>")
def delete_history(instance_id: str) -> Response:
    """Delete an ended instance."""
    engine().delete_history(definition_key(instance_id), by=actor())
    return Response(status=204)
