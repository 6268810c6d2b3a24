"""HTTP requests against a real server on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from connectors import web_request
from connectors.base import Permanent, Retryable
from connectors.web_request import MAX_RESPONSE_BYTES, http_connector, http_json, soap_connector
from tests.support.books import request

BASIC = "Basic YW5uYTpzM2NyZXQ="


class Peer(BaseHTTPRequestHandler):
    """Answers by path; remembers the last request."""

    seen: dict[str, Any]
    stop: Event

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.server.seen = {  # type: ignore[attr-defined]
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(length).decode(),
        }
        path = self.path.partition("?")[0].strip("/")
        if path == "slow":
            self.server.stop.wait()  # type: ignore[attr-defined]
        elif path == "broken":
            self.send_response(200)
            self.send_header("content-length", "100")
            self.end_headers()
            self.wfile.write(b"{")
            self.close_connection = True
        elif path == "large":
            self.reply(200, b"x" * (MAX_RESPONSE_BYTES + 1))
        elif path == "text":
            self.reply(200, b"hello", kind="text/plain")
        elif path == "redirect":
            self.reply(302, b"", {"location": "/json"})
        elif path == "busy":
            self.reply(429, b"", {"retry-after": "7"})
        elif path.isdigit():
            self.reply(int(path), b'{"why": "because"}')
        else:
            self.reply(200, json.dumps({"path": path}).encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the base class's names

    def reply(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, kind: str = "application/json"
    ) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def peer() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    server.daemon_threads = True
    server.stop = Event()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()


def test_a_get_answers_with_status_headers_and_parsed_body(peer: Any) -> None:
    answer = http_json(request({"method": "get", "url": f"{peer.url}/json"})).response
    assert (answer["status"], answer["body"]) == (200, {"path": "json"})
    assert answer["headers"]["content-type"] == "application/json"


@pytest.mark.rule("agentic 3.1")
def test_body_query_and_headers_are_sent_as_the_diagram_says(peer: Any) -> None:
    http_json(
        request(
            {
                "method": "POST",
                "url": f"{peer.url}/json?fixed=1",
                "headers": {"X-Count": 3, "X-None": None},
                "queryParameters": {"q": "a b", "many": ["x", "y"], "none": None},
                "body": {"amount": 12, "name": "Müller"},
            },
            idempotency_key="job-7",
        )
    )
    assert peer.seen["method"] == "POST"
    assert json.loads(peer.seen["body"]) == {"amount": 12, "name": "Müller"}
    assert peer.seen["headers"]["x-count"] == "3"
    assert "x-none" not in peer.seen["headers"]
    assert peer.seen["headers"]["content-type"] == "application/json"
    assert peer.seen["headers"]["idempotency-key"] == "job-7"
    query = peer.seen["path"].partition("?")[2]
    assert {"fixed=1", "many=x", "many=y"} <= set(query.split("&"))
    assert "none" not in query


@pytest.mark.parametrize(
    ("told", "sent"),
    [({}, ("ours", "job-7")), ({"Traceparent": "theirs", "IDEMPOTENCY-KEY": "mine"}, ("theirs", "mine"))],
)
def test_trace_and_key_are_sent_unless_the_diagram_sets_them(
    peer: Any, told: dict[str, str], sent: tuple[str, str]
) -> None:
    given = {"method": "GET", "url": f"{peer.url}/json", "headers": told}
    http_json(request(given, idempotency_key="job-7", traceparent="ours"))
    names = [name.lower() for name in peer.seen["headers"]]
    assert (peer.seen["headers"]["traceparent"], peer.seen["headers"]["idempotency-key"]) == sent
    assert len(names) == len(set(names))
    http_json(request({"method": "GET", "url": f"{peer.url}/json"}))
    assert "traceparent" not in peer.seen["headers"]


@pytest.mark.parametrize(
    ("authentication", "header", "value"),
    [
        ({"type": "basic", "username": "anna", "password": "s3cret"}, "authorization", BASIC),
        ({"type": "bearer", "token": "tok"}, "authorization", "Bearer tok"),
        ({"type": "apiKey", "apiKeyLocation": "headers", "name": "X-Key", "value": "k"}, "x-key", "k"),
        ({"type": "noAuth"}, "authorization", None),
    ],
)
def test_each_kind_of_authentication_is_sent(peer: Any, authentication: Any, header: str, value: str | None) -> None:
    http_json(request({"url": f"{peer.url}/json", "authentication": authentication}))
    assert peer.seen["headers"].get(header) == value


def test_a_key_may_go_into_the_query(peer: Any) -> None:
    key = {"type": "apiKey", "apiKeyLocation": "query", "name": "key", "value": "k1"}
    http_json(request({"url": f"{peer.url}/json", "authentication": key}))
    assert peer.seen["path"] == "/json?key=k1"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(peer: Any, status: int) -> None:
    with pytest.raises(Retryable, match=f"The server answered {status}") as caught:
        http_json(request({"url": f"{peer.url}/{status}"}))
    assert caught.value.code == str(status)


def test_the_server_says_when_to_come_again(peer: Any) -> None:
    with pytest.raises(Retryable) as caught:
        http_json(request({"url": f"{peer.url}/busy"}))
    assert caught.value.after_seconds == 7


@pytest.mark.rule("agentic 3.2")
@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_what_will_not_pass_is_permanent_and_keeps_the_answer(peer: Any, status: int) -> None:
    with pytest.raises(Permanent) as caught:
        http_json(request({"url": f"{peer.url}/{status}"}))
    assert caught.value.code == str(status)
    assert caught.value.variables["response"]["body"] == {"why": "because"}


@pytest.mark.rule("agentic 1.1")
def test_a_server_that_does_not_answer_in_time_is_tried_again(peer: Any) -> None:
    with pytest.raises(Retryable, match="did not answer in time"):
        http_json(request({"url": f"{peer.url}/slow", "readTimeoutInSeconds": "0.2"}))


def test_a_broken_connection_is_tried_again(peer: Any) -> None:
    with pytest.raises(Retryable, match="could not be reached"):
        http_json(request({"url": f"{peer.url}/broken"}))


def test_nobody_at_the_address_is_tried_again() -> None:
    with pytest.raises(Retryable, match="could not be reached"):
        http_json(request({"url": "http://127.0.0.1:9/x", "connectionTimeoutInSeconds": 1}))


def test_an_answer_without_end_is_cut_off(peer: Any) -> None:
    with pytest.raises(Permanent, match="larger than 4,000,000 bytes"):
        http_json(request({"url": f"{peer.url}/large"}))


def test_redirects_are_followed_unless_the_diagram_says_no(peer: Any) -> None:
    assert http_json(request({"url": f"{peer.url}/redirect"})).response["body"] == {"path": "json"}
    kept = http_json(request({"url": f"{peer.url}/redirect", "followRedirects": "false"})).response
    assert kept["status"] == 302


def test_text_stays_text(peer: Any) -> None:
    assert http_json(request({"url": f"{peer.url}/text"})).response["body"] == "hello"


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"url": "ftp://example/x"}, "'url'"),
        ({"url": None}, "'url'"),
        ({"url": "http://x", "method": "STEAL"}, "'method'"),
        ({"url": "http://x", "headers": "a: b"}, "'headers'"),
        ({"url": "http://x", "authentication": {"type": "kerberos"}}, "'authentication.type'"),
        ({"url": "http://x", "authentication": {"type": "bearer"}}, "'authentication.token'"),
        ({"url": "http://x", "readTimeoutInSeconds": "soon"}, "'readTimeoutInSeconds'"),
    ],
)
def test_a_wrong_input_is_named_before_anything_is_sent(inputs: dict[str, Any], named: str) -> None:
    with pytest.raises(Permanent, match=named):
        http_json(request(inputs))


def test_no_key_or_query_stands_in_an_error() -> None:
    inputs = {"url": "http://user:pw@127.0.0.1:9/p?token=abc", "authentication": {"type": "bearer", "token": "s3cret"}}
    with pytest.raises(Retryable) as caught:
        http_json(request(inputs))
    assert not any(word in str(caught.value) for word in ("s3cret", "abc", "pw"))


def test_camunda_7_gets_its_three_outputs_and_error_statuses_too(peer: Any) -> None:
    result = http_connector(request({"url": f"{peer.url}/404", "method": "POST", "payload": "x"}))
    assert (result.variables["statusCode"], result.variables["response"]) == (404, '{"why": "because"}')
    assert peer.seen["body"] == "x"


def test_camunda_7_may_ask_for_failures(peer: Any) -> None:
    with pytest.raises(Permanent):
        http_connector(request({"url": f"{peer.url}/404", "request-config": {"throw-http-error": "TRUE"}}))


def test_bodies_quote_no_secrets_because_outsiders_may_have_written_them() -> None:
    assert "body" not in web_request.http_json.secret_inputs  # type: ignore[attr-defined]


def test_the_soap_connector_posts_its_envelope_as_xml(peer: Any) -> None:
    inputs = {"url": f"{peer.url}/soap", "payload": "<a/>", "headers": {"SOAPAction": "go"}}
    result = soap_connector(request(inputs))
    assert (peer.seen["method"], peer.seen["body"]) == ("POST", "<a/>")
    assert peer.seen["headers"]["content-type"].startswith("text/xml")
    assert peer.seen["headers"]["soapaction"] == "go"
    assert result.variables["statusCode"] == 200
