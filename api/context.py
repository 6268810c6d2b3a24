"""What belongs to the request at hand: the engine behind the application, and who asks."""

from __future__ import annotations

from typing import cast

from flask import current_app, g

from engine.actors import Actor
from engine.engine import Engine


def engine() -> Engine:
    """The engine behind the application."""
    return cast(Engine, current_app.extensions["baton"])


def actor() -> Actor:
    """Who asks; set before any route that is not public runs."""
    return cast(Actor, g.actor)
