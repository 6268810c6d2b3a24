"""HTTP requests: the job type of Camunda 8's REST connector and the `http-connector` of Camunda 7.

One request per job, with limits on time and size. Every one carries an idempotency key, the same for every try of the
job, so that a server which knows the header does nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from connectors import web_inputs
from connectors.base import Json, Permanent, Request, Result, Retryable
from connectors.web_inputs import WebRequest

MAX_RESPONSE_BYTES = 4_000_000
_TRY_AGAIN = frozenset({408, 425, 429})
_LONGEST_WAIT_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class WebResponse:
    """What came back; header names in lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Json:
        """The body as JSON when it is JSON, otherwise as text; None when it is empty."""
        if not self.text:
            return None
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return self.text


def http_json(request: Request) -> Result:
    """Job type `io.camunda:http-json:1`.

    Inputs: method, url, headers, queryParameters, body, authentication (type noAuth, basic, bearer or apiKey),
    connectionTimeoutInSeconds, readTimeoutInSeconds, followRedirects, ignoreNullValues. Response: status, reason,
    headers, body. Raises Retryable for 408, 425, 429, 5xx, timeouts and broken connections, Permanent for other
    statuses from 400 on; both with the status as `code` and the response in `variables`, as errorExpression expects.
    """
    response = send(web_inputs.camunda8(request))
    content = {
        "status": response.status,
        "reason": response.reason,
        "headers": dict(response.headers),
        "body": response.body,
    }
    if response.status >= 400:
        raise _refusal(response, content)
    return Result(content)


def http_connector(request: Request) -> Result:
    """Camunda 7's `http-connector`: inputs url, method, headers, payload; outputs statusCode, headers, response (text).

    A status from 400 on is no failure there, unless `request-config` says `throw-http-error`.
    """
    response = send(web_inputs.camunda7(request))
    outputs = {"statusCode": response.status, "response": response.text, "headers": dict(response.headers)}
    if response.status >= 400 and web_inputs.throws_http_errors(request):
        raise _refusal(response, outputs)
    return Result(outputs, variables=outputs)


def soap_connector(request: Request) -> Result:
    """Camunda 7's `soap-http-connector`: an http-connector that posts an envelope (url, payload, headers)."""
    headers = {"Content-Type": "text/xml; charset=utf-8", **(request.variables.get("headers") or {})}
    return http_connector(replace(request, variables={**request.variables, "method": "POST", "headers": headers}))


http_json.secret_inputs = frozenset({"url", "headers", "queryParameters", "authentication"})  # type: ignore[attr-defined]
http_connector.secret_inputs = frozenset({"url", "headers"})  # type: ignore[attr-defined]
soap_connector.secret_inputs = frozenset({"url", "headers"})  # type: ignore[attr-defined]


def send(wanted: WebRequest) -> WebResponse:
    """Send one request. Raises Retryable when no complete answer came, Permanent when the answer is too large."""
    import httpx

    timeout = httpx.Timeout(wanted.read_seconds, connect=wanted.connect_seconds)
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=wanted.follow_redirects) as client,
            client.stream(
                wanted.method,
                # `params=` would replace the query that the address has already.
                httpx.URL(wanted.url).copy_merge_params(dict(wanted.query)) if wanted.query else wanted.url,
                headers=dict(wanted.headers),
                content=wanted.body,
            ) as response,
        ):
            text = _read(response, wanted)
            return WebResponse(response.status_code, response.reason_phrase, dict(response.headers), text)
    except httpx.TimeoutException as problem:
        raise Retryable(
            f"{_place(wanted)} did not answer in time ({type(problem).__name__}).", code="TIMEOUT"
        ) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as problem:
        raise Permanent(
            f"{_place(wanted)} cannot be requested: {type(problem).__name__}.", code="URL_INVALID"
        ) from None
    except httpx.HTTPError as problem:
        why = f"{type(problem).__name__}"
        raise Retryable(f"{_place(wanted)} could not be reached ({why}).", code="UNREACHABLE") from None


def _read(response: Any, wanted: WebRequest) -> str:
    from time import monotonic

    # The read timeout counts between bytes; this is the limit for all of them.
    deadline = monotonic() + wanted.read_seconds + wanted.connect_seconds
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MAX_RESPONSE_BYTES:
            raise Permanent(
                f"The answer of {_place(wanted)} is larger than {MAX_RESPONSE_BYTES:,} bytes. Ask for less of it.",
                code="RESPONSE_TOO_LARGE",
            )
        if monotonic() > deadline:
            raise Retryable(f"{_place(wanted)} did not finish its answer in time.", code="TIMEOUT")
    return b"".join(parts).decode(response.encoding or "utf-8", "replace")


def _refusal(response: WebResponse, content: Mapping[str, Json]) -> Exception:
    message = f"The server answered {response.status} {response.reason}".rstrip()
    known = {"code": str(response.status), "variables": {"response": dict(content)}}
    if response.status in _TRY_AGAIN or response.status >= 500:
        return Retryable(message, after_seconds=_wish(response), **known)  # type: ignore[arg-type]
    return Permanent(message, is_refusal=True, **known)  # type: ignore[arg-type]


def _wish(response: WebResponse) -> float | None:
    try:
        return min(max(float(response.headers["retry-after"]), 0.0), _LONGEST_WAIT_SECONDS)
    except (KeyError, ValueError):
        return None


def _place(wanted: WebRequest) -> str:
    """Method, host and path: a query may hold keys, and so may the user part of an address."""
    parts = urlsplit(wanted.url)
    return f"{wanted.method} {parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"[
        :200
    ]
