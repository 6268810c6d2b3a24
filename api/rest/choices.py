"""Choosing what begins inside a running ad-hoc sub-process."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.problems import Problem
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, Name, PathKeys, Variables, shown
from api.rest.views.running import InstanceDetail

choices = noun("choices", "Choices: what begins inside an ad-hoc sub-process.", path="instances")


class ChoicePath(PathKeys):
    """An ad-hoc sub-process that is active in an instance."""

    instance_key: KeyIn
    element_key: KeyIn


class ChosenElement(Body):
    """An element to begin."""

    element_id: Name
    variables: Variables = Field(default={}, description="For this element alone.")


class ChoiceBody(Body):
    """What begins, what ends, and whether that is all."""

    elements: list[ChosenElement] = Field(default=[], max_length=100)
    cancel_remaining: bool = Field(default=False, description="End what runs inside before.")
    complete: bool = Field(default=False, description="Its work is done: it ends once nothing runs inside any more.")


@choices.post("/<instance_key>/elements/<element_key>/activate", responses={200: InstanceDetail})
def activate(path: ChoicePath, body: ChoiceBody) -> Response:
    """Begin elements inside an ad-hoc sub-process, or say that it is done."""
    chosen = {one.element_id: one.variables for one in body.elements}
    if len(chosen) < len(body.elements):
        raise Problem(422, "invalid-input", "Name each element once.", fields={"elements": "each once"})
    engine().activate_ad_hoc(
        path.element_key,
        chosen,
        instance_key=path.instance_key,
        cancels_remaining=body.cancel_remaining,
        is_enough=body.complete,
        by=actor(),
    )
    return shown(InstanceDetail, engine().queries.instance(path.instance_key))
