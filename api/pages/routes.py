"""The pages that the server renders itself; in this version a landing page that says what runs and what waits."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory

from api.context import actor, engine
from api.pages.overview import overview
from engine.states import BatchState

pages = Blueprint("pages", __name__, template_folder="templates", static_folder=None)

_STATIC = Path(__file__).parent / "static"


@pages.get("/")
def landing() -> Response:
    """What this is, what runs, what waits for whom, and where to go from here."""
    return Response(render_template("landing.html", **overview(engine(), actor())), mimetype="text/html")


@pages.get("/batches")
def batches() -> Response:
    """The newest batches and how far they are; the page looks again while one of them moves."""
    found = engine().queries.batches().items
    is_moving = any(one.state in (BatchState.CREATED, BatchState.ACTIVE) for one in found)
    return Response(render_template("batches.html", batches=found, is_moving=is_moving), mimetype="text/html")


@pages.get("/static/<name>")
def asset(name: str) -> Response:
    """A style sheet or script of our own."""
    response = send_from_directory(_STATIC, name)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
