"""The pages that the server renders itself; in this version a landing page that says what runs and what waits."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, send_from_directory, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from api import access
from api.context import actor, engine
from api.pages.at_work import DAYS, at_work
from api.pages.overview import overview
from engine.errors import IllegalMove, NotFound
from engine.scopes import ScopeKind
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
    may_steer = access.may_call(actor(), "pages.steer_batch")
    text = render_template("batches.html", batches=found, is_moving=is_moving, may_steer=may_steer)
    return Response(text, mimetype="text/html")


@pages.post("/batches/<int:batch_key>/<verb>")
def steer_batch(batch_key: int, verb: str) -> WerkzeugResponse:
    """One of the buttons: as the API's route of the same name. A page of another origin is refused before."""
    verbs = engine()
    steer = {
        "suspend": verbs.suspend_batch,
        "resume": verbs.resume_batch,
        "cancel": verbs.cancel_batch,
        "retry": verbs.retry_batch,
    }
    if verb not in steer:
        raise NotFound(f"A batch knows no '{verb[:60]}': {', '.join(steer)}.")
    with suppress(IllegalMove):  # somebody was faster; the page shows how it stands now
        steer[verb](batch_key, by=actor(), reason="asked for on the page of batches")
    return redirect(url_for("pages.batches"), 303)


@pages.get("/ai")
def ai() -> Response:
    """Which agents may call models, what is stopped, and what may be spent."""
    asked = engine().queries
    stops = asked.stops()
    text = render_template(
        "ai.html",
        stops=stops,
        agents=at_work(engine()),
        days=DAYS,
        budgets=asked.budgets(),
        is_all_stopped=any(one.scope.kind is ScopeKind.ALL for one in stops),
        stopped_agents={one.scope.name for one in stops if one.scope.kind is ScopeKind.AGENT},
        may_switch=access.may_call(actor(), "pages.switch_ai"),
    )
    return Response(text, mimetype="text/html")


@pages.get("/policies")
def policies() -> Response:
    """Which policies there are, for whom, where each is asked, and what decides."""
    text = render_template("policies.html", policies=engine().queries.policies())
    return Response(text, mimetype="text/html")


@pages.post("/ai/<verb>")
def switch_ai(verb: str) -> WerkzeugResponse:
    """The kill switch, and what lifts it. A page of another origin is refused before."""
    kind, name = request.form.get("kind", ""), request.form.get("name", "")
    if kind not in {one.value for one in ScopeKind} or verb not in ("stop", "start"):
        raise NotFound("There is no such switch. Look at the page of AI again.")
    switch = engine().stop_ai if verb == "stop" else engine().start_ai
    with suppress(NotFound):  # somebody was faster; the page shows how it stands now
        switch(ScopeKind(kind), name, reason="switched on the page of AI", by=actor())
    return redirect(url_for("pages.ai"), 303)


@pages.get("/static/<name>")
def asset(name: str) -> Response:
    """A style sheet or script of our own."""
    response = send_from_directory(_STATIC, name)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
