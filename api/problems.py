"""Everything that can go wrong, as a caller sees it: one table from errors to HTTP statuses, one neutral `Problem`.

Here is also the rendering as `application/problem+json` (RFC 9457) for Baton's own API; the vendor dialects render the
same `Problem` their way. No text of an unexpected error and no stack trace ever leaves: those go to the log.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bpmn.errors import EvaluationError, Finding, LanguageError, ModelError
from engine import errors

log = structlog.get_logger()

TYPE_PREFIX = "urn:baton:problem:"

#: Which HTTP status an error of the layers below has. The most special class that matches counts.
STATUS: Mapping[type[Exception], int] = {
    errors.NotFound: 404,
    errors.IllegalMove: 409,
    errors.Conflict: 409,
    errors.LeaseLost: 409,
    errors.NotAllowed: 403,
    errors.StepFailed: 422,
    errors.ModelRejected: 422,
    errors.InvalidInput: 422,
    errors.TooLarge: 413,
    errors.StoreUnavailable: 503,
    ModelError: 422,
    LanguageError: 422,
    EvaluationError: 422,
}

TITLES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

#: Codes of the problems that arise in the API itself; those of the layers below stand on their classes.
CODES: Mapping[str, str] = {
    "bad-request": "The request cannot be read.",
    "bad-json": "The body is not the JSON it says it is.",
    "unauthorized": "Nobody knows who is asking: credentials are missing, wrong or expired.",
    "forbidden": "The caller's roles do not allow this.",
    "foreign-origin": "A web page of another origin sent the request.",
    "no-such-page": "There is no such address.",
    "wrong-method": "The address exists, the method does not.",
    "too-large": "The request is larger than the server reads.",
    "wrong-media-type": "The body is of a type that this address does not read.",
    "invalid-input": "A field is missing, unknown, or of the wrong type or size.",
    "too-slow": "The body of the request did not come in time, so nothing was done. Send it again.",
    "not-in-time": "What was asked for is under way, and was not done in time. Look at it again later.",
    "too-busy": "Too many requests are under way whose bodies have not come yet. Try again in a moment.",
    "too-many-attempts": "Too many wrong passwords; wait as long as Retry-After says.",
    "internal-error": "A defect of Baton; the server's log says more under the reference that the detail names.",
}

_HTTP_CODES: Mapping[int, str] = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "no-such-page",
    405: "wrong-method",
    413: "too-large",
    415: "wrong-media-type",
    422: "invalid-input",
}


@dataclass
class Problem(Exception):
    """A failed request: `status` and stable `code` for programs, `detail` for people.

    `fields` maps places of the input to what is wrong there; `within` names the member of the body that they lie in,
    when they lie in one. `findings` are remarks on deployed files, by file name; `conflicts` who did what before that
    keeps them from this.
    """

    status: int
    code: str
    detail: str
    fields: Mapping[str, str] = field(default_factory=dict)
    within: str = ""
    findings: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    conflicts: Sequence[Mapping[str, str | None]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return TITLES.get(self.status, "Error")


def problem_of(error: Exception) -> Problem:
    """The problem that an error of any layer is; unknown errors are logged and become a bare 500."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, ValidationError):
        return invalid(error)
    for kind in type(error).__mro__:
        if kind in STATUS:
            return _of_engine(error, STATUS[kind])
    return _defect(error)


def _defect(error: Exception) -> Problem:
    reference = secrets.token_hex(4)
    log.error("request failed", reference=reference, method=request.method, path=request.path, exc_info=error)
    detail = f"Baton failed to do this, through a defect of its own. Its log says more under the reference {reference}."
    return Problem(500, "internal-error", detail)


def invalid(error: ValidationError) -> Problem:
    """What pydantic found, field by field, in one sentence each. Values are left out: they may be secret or huge."""
    fields: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(str(part)[:100] for part in fault["loc"]) or "body"
        fields.setdefault(place, _said(fault["type"], fault["msg"]))
    shown = dict(list(fields.items())[:20])
    detail = "; ".join(f"{place}: {text}" for place, text in shown.items())
    return Problem(422, "invalid-input", f"The input is not valid. {detail}.", fields=shown)


def _said(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such field"
    if kind == "missing":
        return "is required"
    return message.removeprefix("Value error, ").rstrip(".")


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    headers = {}
    detail = error.description or TITLES.get(status, "Error")
    if status == 404:
        detail = f"There is nothing at {request.path[:200]}."
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        allowed = ", ".join(sorted(error.valid_methods))
        headers["Allow"] = allowed
        detail = f"{request.path[:200]} does not take {request.method}, only {allowed}."
    if status == 413:
        detail = "The request is larger than the server reads."
    return Problem(status, _HTTP_CODES.get(status, "bad-request"), detail, headers=headers)


def _of_engine(error: Exception, status: int) -> Problem:
    code = str(getattr(error, "code", "engine-error"))
    problem = Problem(status, code, str(error))
    if isinstance(error, errors.InvalidInput):
        problem.fields = error.fields
        problem.within = error.within
    if isinstance(error, errors.Separated):
        problem.conflicts = error.conflicts
    if isinstance(error, errors.ModelRejected):
        problem.findings = error.findings
    if isinstance(error, ModelError):
        finding = Finding("error", error.code, str(error), error.element, error.line, error.hint)
        problem.findings = {"": (finding,)}
    if status == 503:
        problem.headers = {"Retry-After": "5"}
        log.warning("store unavailable", error=str(error))
    return problem


def pointer(path: str) -> str:
    """A path such as `variables.items[0].price` as a JSON pointer into the body (RFC 9457, 3; RFC 6901, 6)."""
    parts = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
    escaped = (quote(part.replace("~", "~0").replace("/", "~1"), safe="~") for part in parts)
    return "#/" + "/".join(escaped)


def finding_json(finding: Finding, file: str) -> dict[str, Any]:
    """A remark as JSON."""
    return {
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
        "file": file,
        "element": finding.element,
        "line": finding.line,
        "hint": finding.hint,
    }


def finding_text(finding: Finding, file: str) -> str:
    """A remark as one line of text, for clients that show only text: file, line, element, what, and what to do."""
    line = f"line {finding.line}" if finding.line else ""
    element = f"element {finding.element}" if finding.element else ""
    place = ", ".join(part for part in (file, line, element) if part)
    hint = f" Hint: {finding.hint}" if finding.hint else ""
    return f"{finding.severity.upper()} {place}: {finding.message}{hint}" if place else f"{finding.message}{hint}"


def findings_json(findings: Mapping[str, Sequence[Finding]]) -> list[dict[str, Any]]:
    """All remarks as one list, in file order."""
    return [finding_json(finding, file) for file, remarks in findings.items() for finding in remarks]


def findings_text(findings: Mapping[str, Sequence[Finding]]) -> str:
    """All remarks as text, one a line, errors first."""
    remarks = [(finding, file) for file, found in findings.items() for finding in found]
    remarks.sort(key=lambda remark: remark[0].severity != "error")
    return "\n".join(finding_text(finding, file) for finding, file in remarks)


def problem_response(problem: Problem) -> Response:
    """The problem as `application/problem+json` in the shape of Baton's own API."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "instance": request.path,
    }
    if problem.findings:
        body["findings"] = findings_json(problem.findings)
    if problem.conflicts:
        body["conflicts"] = [dict(one) for one in problem.conflicts]
    if problem.fields:
        body["fields"] = dict(problem.fields)
    if problem.within:
        pointers = {pointer(f"{problem.within}.{place}"): text for place, text in problem.fields.items()}
        body["errors"] = [{"pointer": place, "detail": text} for place, text in pointers.items()]
    response = Response(json.dumps(body), problem.status, mimetype="application/problem+json")
    response.headers.update(problem.headers)
    return response
