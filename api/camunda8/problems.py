"""Problems as Camunda 8 tells them: problem+json whose `detail` is all that Modeler shows, so everything is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response, request

from api.problems import Problem, findings_text

#: Baton's codes as Camunda titles (c8-rest.md, section 2); a status without a row keeps its HTTP title.
TITLES: Mapping[str, tuple[int, str]] = {
    "model-rejected": (400, "INVALID_ARGUMENT"),
    "model-unreadable": (400, "INVALID_ARGUMENT"),
    "invalid-input": (400, "INVALID_ARGUMENT"),
    "not-found": (404, "NOT_FOUND"),
    "illegal-move": (409, "INVALID_STATE"),
    "conflict": (409, "ALREADY_EXISTS"),
    "forbidden": (403, "FORBIDDEN"),
    "not-allowed": (403, "FORBIDDEN"),
    "not-in-time": (504, "DEADLINE_EXCEEDED"),
    "internal-error": (500, "INTERNAL_SERVER_ERROR"),
    "store-unavailable": (503, "UNAVAILABLE"),
}


def response(problem: Problem) -> Response:
    """The five members that Camunda's clients require, all of them always there."""
    status, title = TITLES.get(problem.code, (problem.status, problem.title))
    body = {"type": "about:blank", "title": title, "status": status, "detail": _detail(problem)}
    answer = Response(json.dumps({**body, "instance": request.path}), status, mimetype="application/problem+json")
    answer.headers.update(problem.headers)
    return answer


def _detail(problem: Problem) -> str:
    return "\n".join(part for part in (problem.detail, findings_text(problem.findings)) if part)
