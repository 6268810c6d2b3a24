"""Flowable's http task (`flowable:type="http"`): a request told by fields, which come as the job's headers.

Names and meanings are those of BaseHttpActivityDelegate: what the answer's status does, and which variables are set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors import web_inputs
from connectors.base import BpmnError, Json, Permanent, Request, Result, Retryable
from connectors.web_request import WebResponse, send

_ERROR = 400
_REDIRECT = 300


def http_task(request: Request) -> Result:
    """Job type `http`.

    Headers: requestMethod, requestUrl, requestHeaders and requestSecureHeaders (a line each), requestBody,
    requestTimeout (milliseconds), disallowRedirects, failStatusCodes and handleStatusCodes (`404,5XX`),
    ignoreException, saveRequestVariables, saveResponseParameters, responseVariableName, saveResponseVariableAsJson,
    resultVariablePrefix (else the element's id). Raises BpmnError HTTP<status> for statuses to handle, Permanent for
    those to fail at, Retryable when no answer came.
    """
    settings = _Settings(request.headers, request.element_id)
    variables = settings.request_variables()
    try:
        response = send(web_inputs.flowable(request))
        variables |= settings.response_variables(response)
        settings.judge(response, variables)
    except (Retryable, Permanent) as problem:
        if not settings.is_on("ignoreException"):
            raise
        variables[f"{settings.prefix}ErrorMessage"] = str(problem)
    return Result(variables=variables)


# Every value comes as a header, and the worker fills secrets in there for each connector that names any.
http_task.secret_inputs = frozenset({"requestUrl", "requestHeaders"})  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Settings:
    """The fields of the task."""

    given: Mapping[str, str]
    element_id: str

    def is_on(self, name: str) -> bool:
        return self.given.get(name, "").strip().lower() == "true"

    @property
    def prefix(self) -> str:
        return self.given.get("resultVariablePrefix") or self.element_id

    def request_variables(self) -> dict[str, Json]:
        if not self.is_on("saveRequestVariables"):
            return {}
        return {f"{self.prefix}{name}": read(self.given.get(field)) for name, field, read in _SAVED}

    def response_variables(self, response: WebResponse) -> dict[str, Json]:
        """The body always; what else is known of the answer when that is asked for."""
        name = self.given.get("responseVariableName") or f"{self.prefix}ResponseBody"
        found: dict[str, Json] = {name: self._body(response)}
        if self.is_on("saveResponseParameters"):
            found[f"{self.prefix}ResponseProtocol"] = "HTTP/1.1"
            found[f"{self.prefix}ResponseStatusCode"] = response.status
            found[f"{self.prefix}ResponseReason"] = response.reason
            lines = (f"{key}: {text}" for key, text in response.headers.items())
            found[f"{self.prefix}ResponseHeaders"] = "\n".join(lines)
        return found

    def judge(self, response: WebResponse, variables: Mapping[str, Json]) -> None:
        """A status may throw an error or fail the job; one that is named in neither list does nothing."""
        bound = _REDIRECT if self.is_on("disallowRedirects") else _ERROR
        if response.status < bound:
            return
        code = f"HTTP{response.status}"
        if _names(self.given.get("handleStatusCodes", ""), response.status):
            raise BpmnError(code, response.reason, variables)
        if _names(self.given.get("failStatusCodes", ""), response.status):
            said = f"The server answered {response.status} {response.reason}".rstrip()
            raise Permanent(said, code=code, is_refusal=400 <= response.status < 500)

    def _body(self, response: WebResponse) -> Json:
        if not self.is_on("saveResponseVariableAsJson"):
            return response.text or None
        try:
            return json.loads(response.text) if response.text else None
        except (ValueError, RecursionError):
            raise Permanent("The answer is no JSON, which saveResponseVariableAsJson expects.") from None


def _names(codes: str, status: int) -> bool:
    """Whether a list such as `404,5XX` holds a status."""
    listed = {code.strip().upper() for code in codes.split(",")}
    return str(status) in listed or f"{str(status)[0]}XX" in listed


def _text(value: str | None) -> Json:
    return value or None


def _whole(value: str | None) -> Json:
    return int(value) if value and value.isdecimal() else 0


def _truth(value: str | None) -> Json:
    return (value or "").strip().lower() == "true"


_SAVED: tuple[tuple[str, str, Callable[[str | None], Json]], ...] = (
    ("RequestMethod", "requestMethod", _text),
    ("RequestUrl", "requestUrl", _text),
    ("RequestHeaders", "requestHeaders", _text),
    ("RequestBody", "requestBody", _text),
    ("RequestBodyEncoding", "requestBodyEncoding", _text),
    ("RequestTimeout", "requestTimeout", _whole),
    ("DisallowRedirects", "disallowRedirects", _truth),
    ("FailStatusCodes", "failStatusCodes", _text),
    ("HandleStatusCodes", "handleStatusCodes", _text),
    ("IgnoreException", "ignoreException", _truth),
    ("SaveRequestVariables", "saveRequestVariables", _truth),
    ("SaveResponseParameters", "saveResponseParameters", _truth),
)
