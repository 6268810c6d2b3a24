"""Deleting what is over, as Camunda 8's clients ask for it (c8-rest.md)."""

from __future__ import annotations

from flask import Response

from api.camunda8.repairs import camunda8
from api.camunda8.routes import read_body
from api.camunda8.shapes import Camunda8Body, LongIn
from api.context import actor, engine

__all__ = ["camunda8"]


class DeletionBody(Camunda8Body):
    """DeleteProcessInstanceRequest."""

    operation_reference: LongIn | None = None


@camunda8.post("/process-instances/<int:key>/deletion")
def delete_instance(key: int) -> Response:
    """Delete an ended instance."""
    read_body(DeletionBody)
    engine().delete_history(key, by=actor())
    return Response(status=204)
