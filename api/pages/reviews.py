"""The page on which a person decides: the evidence on one side, the verdict on the other. It needs no script."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from api import access
from api.context import actor, engine
from api.deciding import shown_evidence
from api.problems import Problem, problem_of
from connectors.llm.quotes import Quote
from engine.errors import EngineError, InvalidInput
from engine.evidence import Shown
from engine.queries import Page, TaskFilter
from engine.states import TaskState
from engine.user_tasks import may_work

reviews = Blueprint("reviews", __name__, template_folder="templates", static_folder=None)


@reviews.app_template_filter("json")
def as_json(value: Any) -> str:
    """Any JSON value, to be read and corrected by people; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@reviews.get("/tasks/<int:task_key>")
def show(task_key: int) -> Response:
    """A task or review with everything there is to decide on."""
    return _page(task_key)


@reviews.post("/tasks/<int:task_key>")
def decide(task_key: int) -> WerkzeugResponse:
    """The verdict. What is refused is said on the same page, with what was entered; else the next task follows."""
    given = request.form
    try:
        engine().decide(
            task_key,
            given.get("decision", ""),
            reason=given.get("reason", ""),
            variables=_variables(given.get("decision", ""), given.get("output", "")),
            shown=Shown(given.get("evidence_hash", ""), _seconds(given.get("opened_at", ""))),
            by=actor(),
        )
    except EngineError as error:
        return _page(task_key, problem_of(error))
    following = engine().queries.tasks(TaskFilter(state=TaskState.CREATED, visible_to=actor()), Page(limit=1)).items
    if following:
        return redirect(url_for("reviews.show", task_key=following[0].key), 303)
    return redirect(url_for("pages.landing"), 303)


@reviews.get("/instances/<int:instance_key>")
def standing(instance_key: int) -> Response:
    """Where a case is stuck and why."""
    found = engine().queries.standing(instance_key)
    return Response(render_template("standing.html", standing=found), mimetype="text/html")


def _page(task_key: int, problem: Problem | None = None) -> Response:
    found = shown_evidence(task_key)
    task, by = found["task"], actor()
    review = task.review or {}
    is_kept = any(one["by"] == by.id for one in found["kept_from"])
    variables = {} if task.is_review else engine().queries.task_form(task_key).variables
    text = render_template(
        "review.html",
        **found,
        review=review,
        parts=_marked(found["source_text"], found["quotes"]),
        numbers={quote.field: number for number, quote in enumerate(found["quotes"], start=1)},
        variables=variables or {},
        problem=problem,
        entered=request.form,
        opened_at=engine().clock.now().timestamp(),
        may_decide=task.state is TaskState.CREATED and may_work(task, by) and not is_kept,
        sees_instance=access.may_call(by, "reviews.standing"),
    )
    return Response(text, problem.status if problem else 200, mimetype="text/html")


def _marked(text: str, quotes: list[Quote]) -> list[tuple[str, Quote | None, int]]:
    """The text in parts, those that are quoted with their quote and its number."""
    parts: list[tuple[str, Quote | None, int]] = []
    end = 0
    for number, quote in enumerate(quotes, start=1):
        parts += [(text[end : quote.start], None, 0), (text[quote.start : quote.end], quote, number)]
        end = quote.end
    return [*parts, (text[end:], None, 0)]


def _variables(decision: str, output: str) -> dict[str, Any] | None:
    if decision != "edit":
        return None
    try:
        return {"output": json.loads(output)}
    except ValueError as error:
        raise InvalidInput(f"The corrected output is no JSON: {error}.", {"output": "is no JSON"}) from None


def _seconds(opened_at: str) -> float | None:
    """How long the page was looked at, by its own word; None when that makes no sense."""
    try:
        seconds = engine().clock.now().timestamp() - float(opened_at)
    except ValueError:
        return None
    return round(seconds, 1) if 0 <= seconds <= 86_400 else None
