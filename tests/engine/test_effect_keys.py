"""Idempotency keys of effects outside: the same while an answer may have been lost, another after a sure refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.base import Permanent, Request, Result, Retryable
from engine.clock import FakeClock
from engine.queries import IncidentFilter
from engine.states import IncidentState
from engine.worker import Worker
from tests.engine.worker_house import ADMIN, House, header

LOST = Retryable("no answer", after_seconds=1)
REFUSED = Permanent("400", is_refusal=True)
FAULTY = Permanent("resultExpression fails")


class Outside:
    """The other side: notes under which key it was asked, and does what was planned, in turn."""

    def __init__(self, *endings: Exception) -> None:
        self.keys: list[str] = []
        self._endings = list(endings)

    def __call__(self, request: Request) -> Result:
        self.keys.append(request.idempotency_key)
        if self._endings:
            raise self._endings.pop(0)
        return Result("done")

    def named(self) -> list[str]:
        """The keys by what follows the job's number."""
        job = self.keys[0]
        return [key.removeprefix(job) for key in self.keys]


@pytest.fixture
def house(upgraded_database_url: str, clock: FakeClock) -> Iterator[House]:
    made = House(upgraded_database_url, clock)
    yield made
    made.store.close()


def go_on(house: House, worker: Worker) -> None:
    """Let an operator retry what failed, until all is done."""
    for _ in range(10):
        worker.run_until_idle()
        house.clock.advance(3600)
        failed = IncidentFilter(instance_key=house.key, state=IncidentState.ACTIVE)
        for incident in house.engine.queries.incidents(failed).items:
            house.engine.resolve_incident(incident.key, by=ADMIN)
    assert house.state() == "completed"


@pytest.mark.parametrize(
    ("endings", "keys"),
    [
        ((LOST,), ["", ""]),
        ((LOST, LOST, LOST), ["", "", "", ""]),
        ((REFUSED,), ["", "-2"]),
        ((REFUSED, REFUSED), ["", "-2", "-3"]),
        ((REFUSED, LOST, LOST), ["", "-2", "-2", "-2"]),
        ((LOST, REFUSED), ["", "", ""]),
        ((REFUSED, LOST, REFUSED), ["", "-2", "-2", "-2"]),
        ((FAULTY,), ["", ""]),
    ],
    ids=lambda value: " ".join(map(str, value)) or "none",
)
def test_the_key_changes_only_when_every_try_before_was_refused(
    house: House, endings: tuple[Exception, ...], keys: list[str]
) -> None:
    outside = Outside(*endings)
    worker = house.serve(outside)
    house.start()
    go_on(house, worker)
    assert outside.named() == keys


def test_what_a_dead_worker_may_have_sent_keeps_its_key(house: House) -> None:
    outside = Outside(REFUSED)
    worker = house.serve(outside)
    house.start()
    [dead] = house.engine.claim_jobs(worker="dead", types=["work"])
    house.clock.advance(61)
    go_on(house, worker)
    assert outside.keys == [dead.idempotency_key] * 2


def test_a_diagram_that_lets_a_refused_job_try_again_asks_anew(house: House) -> None:
    outside = Outside(REFUSED)
    worker = house.serve(outside)
    house.start(header("errorExpression", '=jobError("again", {}, 2, @"PT1S")'))
    house.clock.advance(1)
    worker.run_until_idle()
    house.clock.advance(5)
    worker.run_until_idle()
    assert outside.named() == ["", "-2"]
