"""What belongs to the request at hand: the engine behind the application, and who asks."""

from __future__ import annotations

from typing import cast

from flask import current_app, g

from engine.actors import Actor
from engine.engine import Engine


def engine() -> Engine:
    """The engine behind the application, to which nothing is there but what the tenants of who asks have."""
    whole = cast(Engine, current_app.extensions["baton"])
    asking: Actor | None = g.get("actor")
    return whole if asking is None else whole.for_tenants(asking.tenants)


def actor() -> Actor:
    """Who asks; set before any route that is not public runs."""
    return cast(Actor, g.actor)
