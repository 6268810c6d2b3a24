"""Servers and workers that are told to end: running jobs are finished or given back, and the exit code is 0."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.scripted import Behaviour, ScriptedServer
from tests.engine.support import end, line, service, start
from tests.faults.processes import House, Running

MODEL = "slow"
SCHEMA = (
    '{"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": false}'
)
LONG = 60.0

pytestmark = pytest.mark.faults


@dataclass
class SlowModel(ScriptedServer):
    """Answers when it is told to."""

    def __post_init__(self) -> None:
        self.is_called, self.go_on = threading.Event(), threading.Event()

    def behaviour(self, request: dict[str, Any]) -> Behaviour:
        self.requests.append(request)
        self.is_called.set()
        self.go_on.wait(LONG)
        return Behaviour('{"ok": true}')


@pytest.fixture
def model() -> Iterator[SlowModel]:
    with SlowModel({}) as running:
        yield running
        running.go_on.set()


@pytest.fixture
def houses(upgraded_database_url: str, tmp_path: Path, model: SlowModel) -> Iterator[Callable[..., House]]:
    row = {"model": f"openai/{MODEL}", "api_base": model.url, "free": True, "api_key_secret": "ANY"}
    made: list[House] = []

    def make(**settings: str) -> House:
        known = {"BATON_MODELS": json.dumps({MODEL: row}), "BATON_SECRET_ANY": "sk-test", **settings}
        made.append(House(tmp_path, upgraded_database_url, **known))
        return made[-1]

    yield make
    for house in made:
        house.close()


def begin(house: House, count: int = 1) -> list[str]:
    inputs = {"prompt": '="Well?"', "input": '="It is fine."', "schema": None, "models": f'="{MODEL}"'}
    mapped = "".join(
        f"<zeebe:input source='{source}' target='{name}'/>" for name, source in inputs.items() if source is not None
    )
    schema = SCHEMA.replace('"', "&quot;")
    mapped += f'<zeebe:input source="{schema}" target="schema"/><zeebe:input source="people" target="onExhausted"/>'
    task = service("ask", "baton:ai-task:1", inner=f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>")
    api = httpx.Client(base_url=f"{house.url}/api/v1", timeout=20)
    files = {"file": ("p.bpmn", line("p", start(), task, end()).encode())}
    answer = api.post("/deployments", files=files)
    assert answer.status_code in (200, 201), answer.text
    started = [api.post("/instances", json={"process_id": "p"}) for _ in range(count)]
    return [answer.json()["key"] for answer in started]


def state(house: House, key: str) -> str:
    return str(httpx.get(f"{house.url}/api/v1/instances/{key}", timeout=20).json()["state"])


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def told_to_end(running: Running, number: int = signal.SIGTERM) -> None:
    running.process.send_signal(number)


def code(running: Running) -> int:
    return running.process.wait(LONG)


def test_a_worker_finishes_what_it_has_begun(houses: Callable[..., House], model: SlowModel) -> None:
    house = houses()
    house.start_server()
    worker = house.start_worker("worker")
    [key] = begin(house)
    assert model.is_called.wait(LONG)
    told_to_end(worker)
    model.go_on.set()
    assert code(worker) == 0
    assert state(house, key) == "completed"
    assert len(model.requests) == 1


def test_a_worker_gives_back_what_takes_too_long(houses: Callable[..., House], model: SlowModel) -> None:
    # A lease longer than the test: who takes over has been offered the job, and has not waited for the lease to end.
    house = houses(BATON_DRAIN_SECONDS="0.2", BATON_LEASE_SECONDS="3600")
    house.start_server()
    worker = house.start_worker("worker")
    [key] = begin(house)
    assert model.is_called.wait(LONG)
    told_to_end(worker, signal.SIGINT)
    assert code(worker) == 0
    model.go_on.set()
    house.start_worker("next")
    wait_for(lambda: state(house, key) == "completed")
    assert len(model.requests) == 2


def test_a_server_with_workers_inside_finishes_what_it_has_begun(
    houses: Callable[..., House], model: SlowModel
) -> None:
    house = houses()
    server = house.start("server", "serve", "--port", str(house.port), "--workers", "2", "--with-worker")
    house.wait_until_it_answers(server)
    [key] = begin(house)
    assert model.is_called.wait(LONG)
    told_to_end(server)
    model.go_on.set()
    assert code(server) == 0
    assert b"job completed" in server.said()
    again = house.start_server()
    assert state(house, key) == "completed"
    told_to_end(again)
    assert code(again) == 0


def test_a_slow_model_keeps_its_lease_and_a_dead_workers_job_is_taken_over(
    houses: Callable[..., House], model: SlowModel
) -> None:
    house = houses(BATON_LEASE_SECONDS="1")
    house.start_server()
    worker = house.start_worker("worker")
    [key] = begin(house)
    assert model.is_called.wait(LONG)
    house.start_worker("other")
    time.sleep(3)  # three leases long, the model thinks
    assert len(model.requests) == 1
    worker.process.kill()
    wait_for(lambda: len(model.requests) == 2)
    model.go_on.set()
    wait_for(lambda: state(house, key) == "completed")


def test_a_request_that_waits_for_jobs_does_not_hold_up_a_server_that_is_told_to_end(
    houses: Callable[..., House],
) -> None:
    house = houses()
    server = house.start("server", "serve", "--port", str(house.port), "--workers", "2")
    house.wait_until_it_answers(server)
    answers: list[httpx.Response] = []

    def poll() -> None:
        wanted = {"type": "none", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": 55_000}
        answers.append(httpx.post(f"{house.url}/v2/jobs/activation", json=wanted, timeout=LONG))

    polling = [threading.Thread(target=poll) for _ in range(4)]
    for one in polling:
        one.start()
    time.sleep(2)
    for _ in range(20):  # whoever is answered came after those who wait
        assert httpx.get(f"{house.url}/health/live", timeout=20).status_code == 200
    assert answers == []
    began = time.monotonic()
    told_to_end(server)
    assert code(server) == 0
    assert time.monotonic() - began < 20
    for one in polling:
        one.join(LONG)
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"jobs": []})] * 4
