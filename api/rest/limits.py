"""Limits: how much of a kind of work may be done, on all nodes together."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, Name, shown
from api.rest.views.house import LimitList
from engine.limits import MOST, LimitKind

limits = noun(
    "limits", "Limits on job types, models and tenants: so many a minute, so many at once, on all nodes together."
)


class LimitName(Body):
    """What a limit is on."""

    kind: LimitKind = Field(strict=False, description="`job-type`, `model` or `tenant`.")
    name: Name = Field(description="The job type, the model as diagrams name it, or the tenant.")


class LimitBody(LimitName):
    """A limit to set; it takes the place of the one that is there."""

    per_minute: int | None = Field(default=None, ge=1, le=MOST, description="In no sixty seconds begin more than this.")
    at_once: int | None = Field(default=None, ge=1, le=MOST, description="Never more than this at the same time.")


@limits.get("", responses={200: LimitList})
def listing() -> Response:
    """Every limit."""
    return _all_limits()


@limits.put("", responses={200: LimitList})
def put(body: LimitBody) -> Response:
    """Set a limit; answers with all limits."""
    engine().set_limit(body.kind, body.name, per_minute=body.per_minute, at_once=body.at_once, by=actor())
    return _all_limits()


@limits.post("/removal", responses={200: LimitList})
def remove(body: LimitName) -> Response:
    """Lift a limit; answers with those that are left."""
    engine().remove_limit(body.kind, body.name, by=actor())
    return _all_limits()


def _all_limits() -> Response:
    return shown(LimitList, {"items": engine().queries.limits()})
