"""Answers of workers that come twice, too late, or from one that never had the job: all are refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal

import pytest

from connectors.base import CallEnd, NewCall, Review
from engine.clock import FakeClock
from engine.errors import EngineError, LeaseLost
from engine.store import Store, open_store
from engine.store.jobs import Job
from tests.engine.support import World, end, line, service, start
from tests.faults.ledger import Ledger
from tests.faults.wholeness import assert_whole

ROUNDS = 5
LEASE_SECONDS = 60.0
REVIEW = Review("group", None, None, (), None, Decimal(0), "", None)
DIAGRAM = line("p", start(), service("first"), service("second"), end())


@pytest.fixture
def world(upgraded_database_url: str, clock: FakeClock) -> Iterator[World]:
    store: Store = open_store(upgraded_database_url)
    world = World(store, clock)
    world.deploy(DIAGRAM)
    yield world
    assert_whole(store, clock)
    store.close()


def answers(world: World, job: Job, worker: str) -> dict[str, Callable[[], object]]:
    """Everything that a worker may say of a job."""
    engine = world.engine
    journal = engine.journal(job.key, worker=worker)
    return {
        "completes": lambda: engine.complete_job(job.key, {"by": worker}, worker=worker),
        "fails": lambda: engine.fail_job(job.key, worker=worker, message="no"),
        "fails for good": lambda: engine.fail_job(job.key, worker=worker, message="no", retries=0),
        "throws an error": lambda: engine.throw_error(job.key, worker=worker, code="E"),
        "extends its lease": lambda: engine.extend_lease(job.key, worker=worker, seconds=60),
        "asks a person": lambda: engine.ask_review(job.key, REVIEW, worker=worker),
        "begins a call": lambda: journal.begin(NewCall(model="m", prompt="p", reserved=Decimal(1), ai_kind="scripted")),
    }


def refused(world: World, ledger: Ledger, job: Job, worker: str, kind: str, *, but: str = "") -> None:
    """Each of the answers is refused and changes nothing."""
    before = world.engine.queries.job(job.key)
    for name, answer in answers(world, job, worker).items():
        if name == but:
            continue
        with pytest.raises(LeaseLost):
            answer()
        assert world.engine.queries.job(job.key) == before, name
        ledger.inject(kind, world.store.url)


def test_what_a_worker_says_after_its_lease_is_refused(world: World, ledger: Ledger) -> None:
    for _ in range(ROUNDS):
        world.start("p")
        for type_ in ("first", "second"):
            [job] = world.claim(type_, worker="slow", lease_seconds=LEASE_SECONDS)
            number = world.engine.journal(job.key, worker="slow").begin(
                NewCall(model="m", prompt="p", reserved=None, ai_kind="scripted")
            )
            world.clock.advance(LEASE_SECONDS + 1)
            kind = "answer under a lapsed lease to a job that nobody has taken over"
            refused(world, ledger, job, "slow", kind, but="extends its lease")
            [same] = world.claim(type_, worker="quick", lease_seconds=LEASE_SECONDS)
            assert same.idempotency_key == job.idempotency_key
            refused(world, ledger, job, "slow", "late answer of a worker whose lease is over")
            with pytest.raises(LeaseLost):
                world.engine.journal(job.key, worker="slow").settle(number, CallEnd(answer="late"))
            refused(world, ledger, job, "never", "answer of a worker that never had the job")
            world.engine.complete_job(job.key, {"by": "quick"}, worker="quick")
            refused(world, ledger, job, "quick", "answer that comes twice")
            refused(world, ledger, job, "slow", "late answer to a job that is done")


def test_of_many_answers_in_any_order_one_counts(world: World, ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        instance = world.start("p")
        while not world.instance(instance).has_ended:
            workers = [f"w{number}" for number in range(3)]
            for worker in workers:  # one after another, each after the lease of the one before
                world.clock.advance(LEASE_SECONDS + 1)
                claimed = world.claim(worker=worker, lease_seconds=LEASE_SECONDS)
            chance.shuffle(workers)
            for worker in [*workers, *workers]:
                with suppress(EngineError):
                    world.engine.complete_job(claimed[0].key, {"by": worker}, worker=worker)
                ledger.inject("answers of several workers to one job", world.store.url)
            assert world.engine.queries.variables(instance.key)["by"] == "w2"
