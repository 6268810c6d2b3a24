"""Flowable's http task: what its fields send, what its answer becomes, and which statuses throw or fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors import flowable_http
from connectors.base import BpmnError, Permanent, Retryable
from connectors.flowable_http import http_task
from connectors.web_inputs import WebRequest
from connectors.web_request import WebResponse
from tests.support.books import request

_FIELDS = {"requestMethod": "GET", "requestUrl": "https://example.org/a"}


class Server:
    """Answers what it is told, and keeps what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[WebRequest] = []
        self.answer: WebResponse | Exception = WebResponse(200, "OK", {"x": "1"}, '{"a": 1}')
        monkeypatch.setattr(flowable_http, "send", self.send)

    def send(self, wanted: WebRequest) -> WebResponse:
        self.asked.append(wanted)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


def _call(**fields: str) -> Mapping[str, Any]:
    return http_task(request({}, type="http", element_id="ask", headers=_FIELDS | fields)).variables


def test_fields_tell_what_is_sent(server: Server) -> None:
    _call(
        requestMethod="POST",
        requestHeaders="Accept: text/plain\nX-Time: 10:30",
        requestSecureHeaders="Authorization: Bearer t",
        requestBody='{"b": 2}',
        requestTimeout="5000",
        disallowRedirects="true",
    )
    (asked,) = server.asked
    assert (asked.method, asked.url, asked.body) == ("POST", "https://example.org/a", b'{"b": 2}')
    told = {name: asked.headers[name] for name in ("Accept", "X-Time", "Authorization")}
    assert told == {"Accept": "text/plain", "X-Time": "10:30", "Authorization": "Bearer t"}
    assert (asked.follow_redirects, asked.read_seconds) == (False, 5.0)


@pytest.mark.parametrize(
    ("fields", "variables"),
    [
        ({}, {"askResponseBody": '{"a": 1}'}),
        ({"resultVariablePrefix": "p"}, {"pResponseBody": '{"a": 1}'}),
        ({"responseVariableName": "r", "saveResponseVariableAsJson": "true"}, {"r": {"a": 1}}),
    ],
)
def test_the_body_becomes_a_variable(server: Server, fields: dict[str, str], variables: dict[str, Any]) -> None:
    assert _call(**fields) == variables


def test_more_of_the_answer_and_the_request_are_kept_when_asked_for(server: Server) -> None:
    found = _call(saveResponseParameters="true", saveRequestVariables="true", requestTimeout="100")
    assert (found["askResponseStatusCode"], found["askResponseReason"]) == (200, "OK")
    assert found["askResponseHeaders"] == "x: 1"
    assert (found["askRequestMethod"], found["askRequestTimeout"], found["askIgnoreException"]) == ("GET", 100, False)


def test_a_status_that_nobody_lists_is_no_failure(server: Server) -> None:
    server.answer = WebResponse(500, "broken", {}, "oh")
    assert _call(failStatusCodes="404") == {"askResponseBody": "oh"}


@pytest.mark.parametrize("codes", ["404", "400, 404", "4XX"])
def test_a_status_to_handle_is_an_error_and_brings_the_variables(server: Server, codes: str) -> None:
    server.answer = WebResponse(404, "no", {}, "gone")
    with pytest.raises(BpmnError) as caught:
        _call(handleStatusCodes=codes)
    assert (caught.value.code, caught.value.variables) == ("HTTP404", {"askResponseBody": "gone"})


def test_a_status_to_fail_at_fails_the_job(server: Server) -> None:
    server.answer = WebResponse(503, "busy", {}, "")
    with pytest.raises(Permanent, match="503 busy"):
        _call(failStatusCodes="5XX")


def test_a_redirect_counts_only_where_none_is_allowed(server: Server) -> None:
    server.answer = WebResponse(302, "Found", {}, "")
    assert _call(handleStatusCodes="3XX") == {"askResponseBody": None}
    with pytest.raises(BpmnError):
        _call(handleStatusCodes="3XX", disallowRedirects="true")


@pytest.mark.parametrize("problem", [Retryable("nobody answers"), Permanent("no such address")])
def test_a_failure_may_be_ignored(server: Server, problem: Exception) -> None:
    server.answer = problem
    with pytest.raises(type(problem)):
        _call()
    assert _call(ignoreException="true") == {"askErrorMessage": str(problem)}


def test_an_answer_that_should_be_json_and_is_none_fails(server: Server) -> None:
    server.answer = WebResponse(200, "OK", {}, "<html>")
    with pytest.raises(Permanent, match="no JSON"):
        _call(saveResponseVariableAsJson="true")


@pytest.mark.parametrize("wrong", [{"requestUrl": ""}, {"requestMethod": "SHOUT"}, {"requestTimeout": "soon"}])
def test_what_cannot_be_sent_says_so(server: Server, wrong: dict[str, str]) -> None:
    with pytest.raises(Permanent):
        _call(**wrong)
    assert server.asked == []
