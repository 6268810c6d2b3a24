"""What Camunda 8's clients ask about the cluster and themselves (c8-rest.md)."""

from __future__ import annotations

from flask import Response, jsonify

from api.camunda8.messages import camunda8
from api.context import actor, engine

__all__ = ["camunda8"]


@camunda8.get("/status")
def status() -> Response:
    """204 when the database answers, else the 503 problem of the store."""
    engine().queries.ping()
    return Response(status=204)


@camunda8.get("/license")
def license_terms() -> Response:
    """Baton needs no licence key of the vendor's."""
    return jsonify(validLicense=True, licenseType="unknown", isCommercial=False, expiresAt=None)


@camunda8.get("/authentication/me")
def current_user() -> Response:
    """CamundaUserResult: who the caller is."""
    by = actor()
    tenants = engine().queries.tenants()
    account = engine().queries.account(by.id)
    return jsonify(
        username=by.id,
        displayName=account.display_name if account else by.id,
        email=(account.email or None) if account else None,
        authorizedComponents=["*"],
        tenants=[{"tenantId": one.id, "name": one.name or one.id, "description": None} for one in tenants],
        groups=sorted(by.groups),
        roles=sorted(role.value for role in by.roles),
        salesPlanType=None,
        c8Links={},
        canLogout=False,
    )
