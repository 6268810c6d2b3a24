"""Problems as Camunda 7 tells them: `{type, message, code}`, with `details` by file for what does not parse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from api.problems import Problem, finding_text
from bpmn.errors import Finding

#: Baton's codes as Camunda 7's statuses and exception names (c7-rest.md, section 3).
TYPES: Mapping[str, tuple[int, str]] = {
    "model-rejected": (400, "ParseException"),
    "model-unreadable": (400, "ParseException"),
    "invalid-input": (400, "InvalidRequestException"),
    "bad-json": (400, "InvalidRequestException"),
    "not-found": (404, "InvalidRequestException"),
    "forbidden": (403, "AuthorizationException"),
    "not-allowed": (403, "AuthorizationException"),
    "illegal-move": (400, "BadUserRequestException"),
    "step-failed": (500, "ProcessEngineException"),
    "conflict": (409, "OptimisticLockingException"),
    "internal-error": (500, "ProcessEngineException"),
}

#: Modeler shows a list of parse problems when the message begins like this.
PARSE_MESSAGE = "ENGINE-09005 Could not parse BPMN process."


def response(problem: Problem) -> Response:
    """The problem as JSON; the media type has no charset, because Camunda's own clients compare it whole."""
    status, kind = TYPES.get(problem.code, (problem.status, "RestException"))
    body: dict[str, Any] = {"type": kind, "message": problem.detail, "code": 0}
    if problem.findings:
        body["message"] = _parse_message(problem.findings)
        body["details"] = {file: _details(remarks) for file, remarks in problem.findings.items()}
    answer = Response(json.dumps(body), status, mimetype="application/json")
    answer.headers.update(problem.headers)
    return answer


def _parse_message(findings: Mapping[str, Sequence[Finding]]) -> str:
    errors = [
        f"* {finding_text(finding, file).removeprefix('ERROR ')}"
        for file, remarks in findings.items()
        for finding in remarks
        if finding.severity == "error"
    ]
    return "\n".join([f"{PARSE_MESSAGE} Errors:", *errors])


def _details(remarks: Sequence[Finding]) -> dict[str, Any]:
    return {
        "errors": [_problem(finding) for finding in remarks if finding.severity == "error"],
        "warnings": [_problem(finding) for finding in remarks if finding.severity != "error"],
    }


def _problem(finding: Finding) -> dict[str, Any]:
    hint = f" {finding.hint}" if finding.hint else ""
    return {
        "message": finding.message + hint,
        "line": finding.line,
        "column": 0,
        "mainElementId": finding.element or None,
        "elementIds": [finding.element] if finding.element else [],
    }
