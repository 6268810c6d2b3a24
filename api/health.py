"""Whether the server lives and whether it can work: for process supervisors and load balancers."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from api.context import engine

health = Blueprint("health", __name__, url_prefix="/health")


@health.get("/live")
def live() -> Response:
    """200 as long as the process answers at all."""
    return jsonify(status="up")


@health.get("/ready")
def ready() -> Response:
    """200 when the database answers, else the 503 problem of the store."""
    engine().queries.ping()
    return jsonify(status="ready")
