"""The header errorExpression: the diagram's own word on what an answer or a failure means.

The conventions are those of Camunda 8's connectors, so that a diagram made with their templates means the same here.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bpmn import languages
from bpmn.errors import EvaluationError, LanguageError
from bpmn.feel.values import Function
from bpmn.model import Expression, Language
from connectors.base import BpmnError, Json, Permanent

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE)
_KIND = "batonErrorKind"  # marks what the functions below return inside an expression


class Ignored(Exception):
    """errorExpression said `ignoreError`: the job completes with these variables."""

    def __init__(self, variables: Mapping[str, Json]) -> None:
        super().__init__("ignored")
        self.variables = dict(variables)


class Failed(Exception):
    """errorExpression said `jobError`: the job has failed, with so many retries left; the variables stay in it."""

    def __init__(self, message: str, retries: int, after_seconds: float | None, variables: Mapping[str, Json]) -> None:
        super().__init__(message or "jobError")
        self.retries = retries
        self.after_seconds = after_seconds
        self.variables = dict(variables)


def apply_error_expression(
    headers: Mapping[str, str], retries: int, now: datetime, *, response: Json = None, problem: Exception | None = None
) -> None:
    """Let the diagram's errorExpression judge an answer or a failure; returns when it has nothing to say.

    In scope are `response` (and its fields), `error` (code, message, variables; null after an answer) and
    `job.retries`. Raises BpmnError, Failed or Ignored, as the expression's bpmnError, jobError or ignoreError says,
    Permanent when it cannot be evaluated.
    """
    text = headers.get("errorExpression", "").strip()
    if not text:
        return
    fields = response if isinstance(response, dict) else {}
    scope = {**fields, "response": response, "error": _error_of(problem), "job": {"retries": retries}, **_FUNCTIONS}
    said = _evaluate(text, scope, now)
    if not isinstance(said, dict) or _KIND not in said:
        return
    _raise(said)


def seconds_of(duration: str) -> float | None:
    """An ISO 8601 duration of days and less (`PT30S`) in seconds; None when it is none or longer than a day."""
    match = _DURATION.fullmatch(duration.strip())
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return total if total <= 24 * 3600 else None


def _evaluate(text: str, scope: Mapping[str, Any], now: datetime) -> Json:
    expression = Expression(text.removeprefix("=").strip(), Language.FEEL)
    try:
        return languages.as_json(languages.compile(expression).evaluate(scope, now=now))
    except (LanguageError, EvaluationError) as problem:
        raise Permanent(
            f"The header errorExpression cannot be evaluated: {problem} Correct it in the diagram and deploy again.",
            code="EXPRESSION_INVALID",
        ) from None


def _error_of(problem: Exception | None) -> Json:
    if problem is None:
        return None
    return {
        "code": getattr(problem, "code", "") or type(problem).__name__,
        "message": str(problem),
        "variables": getattr(problem, "variables", {}),
    }


def _raise(said: Mapping[str, Json]) -> None:
    variables = said.get("variables")
    given = variables if isinstance(variables, dict) else {}
    message = str(said.get("message") or "")
    match said[_KIND]:
        case "bpmn":
            raise BpmnError(str(said.get("code") or ""), message, given)
        case "ignore":
            raise Ignored(given)
    retries, pause = said.get("retries"), said.get("backoff")
    left = max(retries, 0) if isinstance(retries, int) else 0
    raise Failed(message, left, seconds_of(pause) if isinstance(pause, str) else 0.0, given)


def _function(kind: str, *names: str) -> Function:
    """A FEEL function that notes what it was called with; trailing parameters may be left out."""

    def call(arguments: Sequence[Any]) -> Any:
        return {_KIND: kind, **dict(zip(names, arguments, strict=False))}

    # Any value here lets FEEL call it with fewer arguments than it has names.
    return Function(names, call, builtin=())


_FUNCTIONS = {
    "bpmnError": _function("bpmn", "code", "message", "variables"),
    "jobError": _function("job", "message", "variables", "retries", "backoff"),
    "ignoreError": _function("ignore", "variables"),
}
