"""Bodies that come slowly, or not at all, keep nobody else waiting."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from threading import BoundedSemaphore, Event, active_count
from typing import Any

import pytest

from api import slow_bodies
from api.slow_bodies import WholeBodies


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


class Stalled:
    """A body whose second half never comes."""

    def __init__(self) -> None:
        self.is_over = Event()
        self._said = [b'{"a":']

    def read(self, _size: int) -> bytes:
        if self._said:
            return self._said.pop()
        self.is_over.wait(10)
        return b""


def ask(app: WholeBodies, body: Any, **headers: str) -> tuple[str, bytes]:
    statuses: list[str] = []
    environ = {"wsgi.input": body, "PATH_INFO": "/api/v1/instances", **headers}
    answer = b"".join(app(environ, lambda status, _headers: statuses.append(status)))
    return statuses[0], answer


@pytest.fixture
def app() -> WholeBodies:
    return WholeBodies(echo, at_once=1, limit_bytes=200_000)


@pytest.mark.parametrize("body", [b"x", b"y" * 65_536, b"z" * 200_000])
def test_a_body_reaches_the_application_whole(app: WholeBodies, body: bytes) -> None:
    assert ask(app, io.BytesIO(body), CONTENT_LENGTH=str(len(body))) == ("200 OK", body)
    assert ask(app, io.BytesIO(body), HTTP_TRANSFER_ENCODING="chunked") == ("200 OK", body)


def test_a_body_without_a_length_is_read_to_just_over_the_limit(app: WholeBodies) -> None:
    _, read = ask(app, io.BytesIO(b"x" * 900_000), HTTP_TRANSFER_ENCODING="chunked")
    assert len(read) == 200_001


def test_a_request_without_a_body_and_one_that_is_too_long_are_not_read(app: WholeBodies) -> None:
    for headers in ({}, {"CONTENT_LENGTH": "0"}, {"CONTENT_LENGTH": "200001"}):
        source = io.BytesIO(b"unread")
        ask(app, source, **headers)
        assert source.read() == b"", "the application got the source itself, and it alone read it"


def test_who_sends_half_a_body_is_told_and_keeps_nobody_waiting(
    app: WholeBodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_bodies, "PORTION_SECONDS", 0.05)
    half = Stalled()
    status, answer = ask(app, half, CONTENT_LENGTH="100")
    problem = json.loads(answer)
    assert (status, problem["code"], problem["status"]) == ("408 Request Timeout", "too-slow", 408)
    assert ask(app, io.BytesIO(b"{}"), CONTENT_LENGTH="2") == ("200 OK", b"{}")
    half.is_over.set()


def test_a_body_that_was_broken_off_never_reaches_the_application(app: WholeBodies) -> None:
    assert ask(app, io.BytesIO(b'{"a": 1}'), CONTENT_LENGTH="9")[0] == "408 Request Timeout"


def test_too_many_slow_ones_are_refused_and_requests_without_bodies_go_on(
    app: WholeBodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_bodies, "PORTION_SECONDS", 0.05)
    monkeypatch.setattr(app, "_bodies", BoundedSemaphore(1))
    half = Stalled()
    ask(app, half, CONTENT_LENGTH="100")
    status, answer = ask(app, io.BytesIO(b"{}"), CONTENT_LENGTH="2")
    assert (status, json.loads(answer)["code"]) == ("503 Service Unavailable", "too-busy")
    assert ask(app, io.BytesIO(b""))[0] == "200 OK"
    half.is_over.set()


def test_bodies_one_after_the_other_are_read_by_one_thread(app: WholeBodies) -> None:
    ask(app, io.BytesIO(b"{}"), CONTENT_LENGTH="2")
    before = active_count()
    for _ in range(20):
        assert ask(app, io.BytesIO(b"{}"), CONTENT_LENGTH="2") == ("200 OK", b"{}")
    assert active_count() <= before + 1, "one more when the next body is there before its thread has sat down again"
