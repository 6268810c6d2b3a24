"""How every blueprint of the API begins: its place under /api/v1, its chapter in the description, common answers."""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from api.rest.problem_view import PROBLEMS

ROOT = "/api/v1"


def noun(name: str, description: str, *, path: str = "") -> APIBlueprint:
    """A blueprint for `/api/v1/{path or name}`; its endpoints are called `name.function` in `api.access`."""
    return APIBlueprint(
        name,
        __name__,
        url_prefix=f"{ROOT}/{path or name}",
        abp_tags=[Tag(name=name, description=description)],
        abp_security=[{"basic": []}, {"token": []}],
        abp_responses=PROBLEMS,
    )
