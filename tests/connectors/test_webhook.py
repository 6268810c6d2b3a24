"""Webhooks against a real server on this machine, which verifies them with the library that receivers use."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from connectors.base import Permanent, Retryable
from connectors.webhook import webhook
from tests.support.books import request

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    found = HTTPServer(("127.0.0.1", 0), Receiver)
    found.got, found.status = [], 204  # type: ignore[attr-defined]
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def send(server: Any, **more: Any) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    body = {"type": "task-created", "data": {"name": "Prüfen"}}
    webhook(request({"url": url, "body": body, "secret": SECRET}, idempotency_key="baton-notification-7", **more))


def test_a_receiver_verifies_it_with_the_secret_alone(server: Any) -> None:
    send(server)
    [(headers, body)] = server.got
    assert Webhook(SECRET).verify(body, headers)["data"] == {"name": "Prüfen"}
    assert headers["webhook-id"] == headers["Idempotency-Key"] == "baton-notification-7"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"created", b"deleted"), headers)
    assert json.loads(body)["type"] == "task-created"


@pytest.mark.parametrize(("status", "error"), [(500, Retryable), (404, Retryable), (302, Retryable), (410, Permanent)])
def test_what_is_no_success_fails(server: Any, status: int, error: type[Exception]) -> None:
    server.status = status
    with pytest.raises(error, match=str(status)):
        send(server)


def test_nobody_there_is_worth_another_try() -> None:
    gone = HTTPServer(("127.0.0.1", 0), Receiver)
    gone.server_close()
    with pytest.raises(Retryable):
        send(gone)
