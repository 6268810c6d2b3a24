"""Requests take turns, and one that only waits keeps nobody from theirs."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from api import turns as module
from api.cli.serving import PATIENT_THREADS
from api.slow_bodies import MOST_BODIES, WholeBodies
from api.turns import MOST_ASIDE, Turns
from tests.api.callers import upload
from tests.support.diagrams import chain, diagram, service

POLL = {"type": "crm:1", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": 20_000}
AWAITED = {"processDefinitionId": "p", "awaitCompletion": True, "requestTimeout": 20_000}


@pytest.fixture
def served(app: Flask) -> Client:
    """The application as `baton serve` has it, with a single turn."""
    body = f'<bpmn:startEvent id="s"/>{service("work", "crm:1")}<bpmn:endEvent id="e"/>'
    assert upload(app.test_client(), ("p.bpmn", diagram(body, chain("s", "work", "e")))).status_code == 200
    return Client(WholeBodies(app, at_once=1, limit_bytes=100_000))


def begin(pool: ThreadPoolExecutor, served: Client, path: str, body: Any, **headers: str) -> Future[TestResponse]:
    return pool.submit(served.post, path, json=body, headers=headers)


def test_turns_are_taken_in_the_order_of_coming() -> None:
    turns, order = Turns(1), list[int]()

    def take(number: int) -> None:
        with turns:
            order.append(number)

    threads = [Thread(target=take, args=(number,)) for number in range(5)]
    with turns:
        for count, thread in enumerate(threads, 1):
            thread.start()
            while len(turns._waiting) < count:
                thread.join(0.001)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["plain", "keyed"])
def test_workers_that_wait_for_jobs_leave_others_their_turns(served: Client, headers: dict[str, str]) -> None:
    began = monotonic()
    with ThreadPoolExecutor(4) as pool:
        awaited = begin(pool, served, "/v2/process-instances", AWAITED)
        [job] = begin(pool, served, "/v2/jobs/activation", POLL, **headers).result().json["jobs"]
        assert not awaited.done(), "it waits for the end, without its turn"
        assert served.post(f"/v2/jobs/{job['jobKey']}/completion").status_code == 204
        assert awaited.result().status_code == 200
        idle = begin(pool, served, "/v2/jobs/activation", POLL, **dict.fromkeys(headers, "another"))
        assert served.get("/api/v1/me").status_code == 200
        assert served.post("/v2/process-instances", json={"processDefinitionId": "p"}).status_code == 200
        assert len(idle.result().json["jobs"]) == 1
    assert monotonic() - began < 15, "nobody waited for a poll of twenty seconds to end"


def test_when_very_many_wait_the_next_hears_that_there_is_nothing_yet(
    served: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ASIDE", 0)
    began = monotonic()
    assert served.post("/v2/jobs/activation", json=POLL).json == {"jobs": []}
    keyed = served.post("/v2/jobs/activation", json=POLL, headers={"Idempotency-Key": "k"})
    assert keyed.json == {"jobs": []}
    assert served.post("/v2/process-instances", json=AWAITED).status_code == 504
    assert monotonic() - began < 15


def test_who_stepped_aside_queues_again() -> None:
    turns, goes_on, order = Turns(1), Event(), list[str]()

    def wait() -> None:
        with turns:
            turns.wait_aside(goes_on.wait)
            order.append("waited")

    waiting = Thread(target=wait)
    waiting.start()
    while not turns._aside:
        waiting.join(0.001)
    with turns:
        goes_on.set()
        while not turns._waiting:
            waiting.join(0.001)
        order.append("worked")
    waiting.join()
    assert order == ["worked", "waited"]


def test_there_are_threads_for_all_who_may_wait() -> None:
    assert PATIENT_THREADS >= MOST_BODIES + MOST_ASIDE
