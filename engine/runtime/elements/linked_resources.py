"""Files that a worker needs, found when its job is made and named in the job's headers (zeebe-extensions §2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bpmn.model import Binding, LinkedResource
from engine.runtime.bindings import CompiledBinding
from engine.runtime.formulas import Formula
from engine.runtime.problem import RESOURCE_NOT_FOUND, Problem

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

HEADER = "linkedResources"


class LinkedResources:
    """The linked resources of one element."""

    def __init__(self, linked: tuple[LinkedResource, ...]) -> None:
        self._all = [(one, Formula(one.id), CompiledBinding(one.binding or Binding())) for one in linked]

    def headers(self, token: Token) -> dict[str, str]:
        """The header with every resource's key. Raises `Problem` for one that is not deployed."""
        if not self._all:
            return {}
        return {HEADER: json.dumps([self._one(token, *one) for one in self._all])}

    def _one(self, token: Token, linked: LinkedResource, id: Formula, binding: CompiledBinding) -> dict[str, str]:
        resource_id = id.text(token)
        find = token.workflow.services.find_resource
        key = find(resource_id, binding.evaluate(token)) if find is not None else None
        if key is None:
            text = f"No resource '{resource_id}' is deployed. Deploy it, then resolve the incident."
            raise Problem(RESOURCE_NOT_FOUND, text)
        return {"resourceKey": str(key), "resourceType": linked.type, "linkName": linked.link_name}
