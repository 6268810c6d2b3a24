"""Stops of AI: one agent, one model, one process or all of it, on all nodes within a second."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, OptionalName, Text, shown
from api.rest.views.governing import StopList
from engine.scopes import ScopeKind

stops = noun("stops", "Stops of AI: no call of a model begins there, and answers under way are discarded.")


class StopBody(Body):
    """What to stop, or to start again."""

    kind: ScopeKind = Field(strict=False, description="`all`, `agent`, `model` or `process`.")
    name: OptionalName = Field(default="", description="Of the agent, the model or the process; empty for `all`.")
    reason: Text = Field(default="", description="Why; whoever asks what an instance waits for reads it.")


@stops.get("", responses={200: StopList})
def listing() -> Response:
    """Everything that is stopped now."""
    return _all_stops()


@stops.post("", responses={200: StopList})
def stop(body: StopBody) -> Response:
    """Stop AI; answers with all stops."""
    engine().stop_ai(body.kind, body.name, reason=body.reason, by=actor())
    return _all_stops()


@stops.post("/removal", responses={200: StopList})
def start(body: StopBody) -> Response:
    """Lift a stop; answers with those that are left."""
    engine().start_ai(body.kind, body.name, reason=body.reason, by=actor())
    return _all_stops()


def _all_stops() -> Response:
    return shown(StopList, {"items": engine().queries.stops()})
