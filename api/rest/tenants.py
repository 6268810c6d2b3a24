"""Tenants: organisations that share this house and see nothing of each other."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, Name, OptionalName, PathKeys, done, shown
from api.rest.views.house import TenantList, TenantView
from engine.tenants import MemberKind

tenants = noun("tenants", "Tenants: organisations that share this house and see nothing of each other.")


class TenantBody(Body):
    """A tenant to make."""

    id: str = Field(
        max_length=31, pattern=r"^[A-Za-z0-9_.-]{1,31}$", description="Letters, digits, dots, dashes and underscores."
    )
    name: OptionalName = Field(default="", description="The name to show.")


class MemberBody(Body):
    """Who belongs to it: a user, or all of a group."""

    kind: MemberKind = Field(strict=False, description="`user` or `group`.")
    member: Name


class TenantPath(PathKeys):
    """A tenant."""

    tenant_id: str


@tenants.get("", responses={200: TenantList})
def listing() -> Response:
    """Every tenant in sight."""
    return shown(TenantList, {"items": engine().queries.tenants()})


@tenants.post("", responses={201: TenantView})
def create(body: TenantBody) -> Response:
    """Make a tenant. From then on, users who belong to none see what belongs to the default one only."""
    return shown(TenantView, engine().add_tenant(body.id, name=body.name, by=actor()), 201)


@tenants.delete("/<tenant_id>", responses={204: None})
def remove(path: TenantPath) -> Response:
    """Forget a tenant for which nothing was ever deployed."""
    engine().remove_tenant(path.tenant_id, by=actor())
    return done()


@tenants.post("/<tenant_id>/members", responses={200: TenantView})
def add_member(path: TenantPath, body: MemberBody) -> Response:
    """Let a user, or all of a group, belong to a tenant."""
    return shown(TenantView, engine().add_tenant_member(path.tenant_id, body.kind, body.member, by=actor()))


@tenants.post("/<tenant_id>/members/removal", responses={200: TenantView})
def remove_member(path: TenantPath, body: MemberBody) -> Response:
    """Let them not belong to it any more."""
    return shown(TenantView, engine().remove_tenant_member(path.tenant_id, body.kind, body.member, by=actor()))
