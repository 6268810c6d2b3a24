"""Activation of elements in an ad-hoc sub-process as Camunda 8's clients ask for it (c8-rest.md)."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.camunda8.batches import camunda8
from api.camunda8.routes import read_body
from api.camunda8.shapes import Camunda8Body
from api.context import actor, engine
from api.problems import Problem
from api.rest.shapes import Name, Variables

__all__ = ["camunda8"]


class ActivityReference(Camunda8Body):
    """AdHocSubProcessActivateActivityReference."""

    element_id: Name
    variables: Variables = Field(default={})


class ActivationBody(Camunda8Body):
    """AdHocSubProcessActivateActivitiesInstruction."""

    elements: list[ActivityReference] = Field(max_length=100)
    cancel_remaining_instances: bool = False


@camunda8.post("/element-instances/ad-hoc-activities/<int:key>/activation")
def activate(key: int) -> Response:
    """Begin elements of the ad-hoc sub-process that is the element instance `key`."""
    body = read_body(ActivationBody)
    chosen = {one.element_id: one.variables for one in body.elements}
    if len(chosen) < len(body.elements):
        raise Problem(400, "invalid-input", "Name each element once.")
    engine().activate_ad_hoc(key, chosen, cancels_remaining=body.cancel_remaining_instances, by=actor())
    return Response(status=204)
