"""What a diagram wants to be sent, read from the inputs of the HTTP connectors; literals may be texts."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.base import Json, Permanent, Request

KEY_HEADER = "Idempotency-Key"
TRACE_HEADER = "traceparent"
_DEFAULT_SECONDS = 20.0
_LONGEST_SECONDS = 300.0
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class WebRequest:
    """What is sent. `body` is bytes or None; timeouts in seconds."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str | list[str]] = field(default_factory=dict)
    body: bytes | None = None
    follow_redirects: bool = True
    connect_seconds: float = _DEFAULT_SECONDS
    read_seconds: float = _DEFAULT_SECONDS


def camunda8(request: Request) -> WebRequest:
    """The request that the inputs of `io.camunda:http-json:1` describe. Raises Permanent naming the input."""
    given = request.variables
    headers = _with_own(request, _texts(_mapping(given, "headers")))
    query: dict[str, str | list[str]] = {**_query(_mapping(given, "queryParameters"))}
    _authenticate(_mapping(given, "authentication"), headers, query)
    body = _body(request)
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return WebRequest(
        method=_method(given),
        url=_url(given),
        headers=headers,
        query=query,
        body=body,
        follow_redirects=_flag(given, "followRedirects", default=True),
        connect_seconds=_seconds(given, "connectionTimeoutInSeconds"),
        read_seconds=_seconds(given, "readTimeoutInSeconds"),
    )


def camunda7(request: Request) -> WebRequest:
    """The request that the inputs of Camunda 7's `http-connector` describe. Raises Permanent naming the input."""
    given = request.variables
    config = _mapping(given, "request-config")
    return WebRequest(
        method=_method(given),
        url=_url(given),
        headers=_with_own(request, _texts(_mapping(given, "headers"))),
        body=_bytes(given.get("payload")),
        connect_seconds=_seconds(config, "connection-timeout", per=1000.0),
        read_seconds=_seconds(config, "socket-timeout", per=1000.0),
    )


def flowable(request: Request) -> WebRequest:
    """The request that the fields of Flowable's http task describe. Raises Permanent naming the field."""
    given = request.headers
    lines = f"{given.get('requestHeaders', '')}\n{given.get('requestSecureHeaders', '')}".splitlines()
    pairs = (line.partition(":") for line in lines if line.strip())
    told = {name.strip(): value.strip() for name, _, value in pairs}
    timeout = {"requestTimeout": given.get("requestTimeout")} if given.get("requestTimeout") not in (None, "0") else {}
    seconds = _seconds(timeout, "requestTimeout", per=1000.0)
    return WebRequest(
        method=_method({"method": given.get("requestMethod")}),
        url=_url({"url": given.get("requestUrl")}),
        headers=_with_own(request, told),
        body=_bytes(given.get("requestBody")),
        follow_redirects=not _flag(given, "disallowRedirects", default=False),
        connect_seconds=seconds,
        read_seconds=seconds,
    )


def _with_own(request: Request, told: Mapping[str, str]) -> dict[str, str]:
    """The diagram's headers, and those of Baton's own that it does not set itself, in whatever case."""
    own = {KEY_HEADER: request.idempotency_key, TRACE_HEADER: request.traceparent}
    named = {name.lower() for name in told}
    return {name: text for name, text in own.items() if text and name.lower() not in named} | dict(told)


def throws_http_errors(request: Request) -> bool:
    """Whether a Camunda 7 diagram wants an error status to fail the job."""
    return _flag(_mapping(request.variables, "request-config"), "throw-http-error", default=False)


def _authenticate(given: Mapping[str, Json], headers: dict[str, str], query: dict[str, str | list[str]]) -> None:
    match given.get("type") or "noAuth":
        case "noAuth":
            return
        case "basic":
            pair = f"{_credential(given, 'username')}:{_credential(given, 'password')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        case "bearer":
            headers["Authorization"] = f"Bearer {_credential(given, 'token')}"
        case "apiKey":
            where = query if given.get("apiKeyLocation") == "query" else headers
            where[_credential(given, "name")] = _credential(given, "value")
        case other:
            raise Permanent(
                f"Input 'authentication.type' is '{str(other)[:100]}'. Known: noAuth, basic, bearer, apiKey.",
                code="INPUT_INVALID",
            )


def _credential(given: Mapping[str, Json], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Permanent(f"Input 'authentication.{name}' is missing.", code="INPUT_INVALID")
    return value


def _body(request: Request) -> bytes | None:
    body = request.variables.get("body")
    if isinstance(body, dict) and _flag(request.variables, "ignoreNullValues", default=False):
        body = {name: value for name, value in body.items() if value is not None}
    return _bytes(body)


def _bytes(body: Json) -> bytes | None:
    if body is None or body == "":
        return None
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode("utf-8", "replace")


def _method(given: Mapping[str, Json]) -> str:
    method = str(given.get("method") or "GET").strip().upper()
    if method not in _METHODS:
        raise Permanent(
            f"Input 'method' is '{method[:40]}'. Known: {', '.join(sorted(_METHODS))}.", code="INPUT_INVALID"
        )
    return method


def _url(given: Mapping[str, Json]) -> str:
    url = given.get("url")
    parts = urlsplit(url.strip()) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
        raise Permanent(
            f"Input 'url' must be an address that begins with http:// or https://, but is {str(url)[:100]!r}.",
            code="INPUT_INVALID",
        )
    return parts.geturl()


def _mapping(given: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = given.get(name)
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise Permanent(
            f"Input '{name}' must map names to values, but is {type(value).__name__}.", code="INPUT_INVALID"
        )
    return value


def _texts(values: Mapping[str, Json]) -> dict[str, str]:
    return {str(name): _as_text(value) for name, value in values.items() if value is not None}


def _query(values: Mapping[str, Json]) -> dict[str, str | list[str]]:
    return {
        str(name): [_as_text(item) for item in value] if isinstance(value, list) else _as_text(value)
        for name, value in values.items()
        if value is not None
    }


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _seconds(given: Mapping[str, Json], name: str, per: float = 1.0) -> float:
    value = given.get(name)
    if value is None or value == "":
        return _DEFAULT_SECONDS
    try:
        seconds = float(value) / per
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise Permanent(
            f"Input '{name}' must be above 0 and at most {_LONGEST_SECONDS * per:g}, but is {str(value)[:40]!r}.",
            code="INPUT_INVALID",
        )
    return seconds


def _flag(given: Mapping[str, Json], name: str, *, default: bool) -> bool:
    value = given.get(name)
    return default if value is None else str(value).strip().lower() == "true"
