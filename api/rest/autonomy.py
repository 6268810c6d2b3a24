"""How far agents' answers may go by themselves: lower at once, higher by a person and with evidence."""

from __future__ import annotations

from typing import Literal

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, Name, OptionalName, Text, shown
from api.rest.views.governing import AutonomyList
from engine.engine import AutonomyWish

autonomy = noun("autonomy", "Levels of autonomy: shadow, suggest, sampled, auto; for an agent at an element.")


class AutonomyBody(Body):
    """A level to set, in the place of the one before."""

    agent: Name
    process_id: Name
    element_id: Name
    level: Literal["shadow", "suggest", "sampled", "auto"]
    model: OptionalName = Field(default="", description="With this model only; `sampled` and `auto` need it.")
    fingerprint: OptionalName = Field(default="", description="Of the prompt; empty: the one that was judged last.")
    target_error: float | None = Field(default=None, gt=0, lt=1, description="`sampled` and `auto` promise it.")
    reason: Text = ""


@autonomy.get("", responses={200: AutonomyList})
def listing() -> Response:
    """Every level that somebody, or drift, has set; elsewhere the diagram's minConfidence or targetError counts."""
    return _all_levels()


@autonomy.put("", responses={200: AutonomyList})
def put(body: AutonomyBody) -> Response:
    """Set a level; answers with all. 409 while too few verdicts show that the promise would be kept."""
    given = body.model_dump(exclude={"agent"})
    engine().set_autonomy(AutonomyWish(agent_id=body.agent, **given), by=actor())
    return _all_levels()


def _all_levels() -> Response:
    return shown(AutonomyList, {"items": engine().queries.autonomy()})
