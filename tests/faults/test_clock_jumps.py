"""Clocks of nodes that jump hours ahead and back, and differ: leases lapse early or late, but nothing is done twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from engine.clock import FakeClock
from engine.engine import Engine
from engine.errors import IllegalMove, LeaseLost
from engine.scheduler import Scheduler
from engine.store import open_store, timers
from engine.store.jobs import Job
from tests.engine.support import ADMIN, World, boundary_timer, catch_timer, end, line, service, start
from tests.faults.ledger import Ledger
from tests.faults.wholeness import assert_whole

CASES, JUMPS = 5, 30
DIAGRAM = line(
    "p",
    start(),
    service("first"),
    catch_timer("pause", "PT30M"),
    service("second"),
    end(),
    beside=boundary_timer("late", "second", "PT2H"),
)


@pytest.fixture
def worlds(upgraded_database_url: str) -> Iterator[list[World]]:
    """Two nodes, each with a clock of its own."""
    stores = [open_store(upgraded_database_url) for _ in range(2)]
    yield [World(store, FakeClock()) for store in stores]
    for store in stores:
        store.close()


def catch_up(worlds: list[World]) -> None:
    """All clocks are put right, and enough time passes for what was put off while one was ahead."""
    latest = max(world.clock.now() for world in worlds) + timedelta(hours=12)
    for world in worlds:
        world.clock.advance(latest - world.clock.now())


@pytest.mark.parametrize("run", range(4))
def test_jumping_clocks_end_every_case_once(worlds: list[World], ledger: Ledger, seed: int, run: int) -> None:
    chance = random.Random(f"{seed} {run}")
    worlds[0].deploy(DIAGRAM)
    cases = [worlds[0].start("p") for _ in range(CASES)]
    held: list[tuple[str, Job]] = []
    for jump in range(JUMPS):
        world = chance.choice(worlds)
        hours = chance.uniform(-5, 5)
        world.clock.advance(hours * 3600)
        ledger.inject(f"clock of a node jumps {'ahead' if hours > 0 else 'back'}", world.store.url)
        with suppress(IllegalMove):
            world.engine.fire_due_timers()
        worker = f"w{jump}"
        held += [(worker, job) for job in world.claim(worker=worker, limit=2)]
        if held and chance.random() < 0.5:
            complete(chance.choice(worlds).engine, *held.pop(chance.randrange(len(held))))
    catch_up(worlds)
    for worker, job in held:
        complete(worlds[0].engine, worker, job)
    finish(worlds[0])
    assert [worlds[0].state(case) for case in cases] == ["completed"] * CASES
    assert_whole(worlds[0].store, worlds[0].clock)


def complete(engine: Engine, worker: str, job: Job) -> None:
    with suppress(LeaseLost):  # another node's clock says that the lease was over
        engine.complete_job(job.key, {job.type: worker}, worker=worker)


def finish(world: World) -> None:
    for _ in range(10):
        world.clock.advance(3600)
        world.engine.fire_due_timers()
        for job in world.claim(worker="last"):
            world.engine.complete_job(job.key, {}, worker="last")


def test_what_a_node_took_before_its_clock_was_set_back_is_free_again_soon(worlds: list[World], ledger: Ledger) -> None:
    ahead, right = worlds
    ahead.deploy(DIAGRAM)
    ahead.deploy(line("t", start(), catch_timer("pause", "PT1M"), end()))
    leased, failing, waiting = right.start("p"), right.start("p"), right.start("t")
    ahead.clock.advance(5 * 3600)
    first, second = ahead.claim("first", worker="dies", limit=2)
    ahead.engine.fail_job(second.key, worker="dies", message="no", retries=2, after_seconds=30)
    assert ahead.store.run(lambda tx: timers.hold_due(tx, ahead.clock.now(), 10)), "it dies with the timer, too"
    ahead.clock.advance(-5 * 3600)
    ledger.inject("clock of a node was ahead when it took work and died", ahead.store.url)
    scheduler = Scheduler(right.engine)
    assert right.claim("first", worker="w2") == []
    scheduler.sweep_when_due()
    right.clock.advance(61)
    assert {job.key for job in right.claim("first", worker="w2")} == {first.key, second.key}
    assert right.engine.fire_due_timers() == 1
    assert right.state(waiting) == "completed"
    for job in (first, second):
        right.engine.complete_job(job.key, {}, worker="w2")
    assert [right.state(case) for case in (leased, failing)] == ["active", "active"]
    assert_whole(right.store, right.clock)


def test_what_is_timed_anew_is_found_by_index(upgraded_database_url: str) -> None:
    from engine.store.clocks import _TIME_ANEW

    store = open_store(upgraded_database_url)
    world = World(store, FakeClock())
    plan = world.plan(_TIME_ANEW.statement, {"now": world.clock.now(), "latest": world.clock.now()})
    store.close()
    assert "ix_jobs_tried" in plan, plan


def test_leases_and_pauses_that_are_right_stay_as_they_are(worlds: list[World]) -> None:
    world = worlds[0]
    world.deploy(DIAGRAM)
    for _ in range(2):
        world.start("p")
    held, failed = world.claim("first", worker="w1", limit=2, lease_seconds=24 * 3600)
    world.engine.fail_job(failed.key, worker="w1", message="no", retries=2, after_seconds=30 * 24 * 3600)
    before = [world.engine.queries.job(job.key).available_at for job in (held, failed)]
    world.engine.sweep()
    assert [world.engine.queries.job(job.key).available_at for job in (held, failed)] == before


def test_a_clock_set_back_neither_fires_early_nor_sweeps_never(worlds: list[World], ledger: Ledger) -> None:
    world = worlds[0]
    world.deploy(line("t", start(), catch_timer("pause", "PT1H"), end()))
    scheduler = Scheduler(world.engine, sweep_seconds=300)
    scheduler.sweep_when_due()
    world.clock.advance(-5 * 3600)
    ledger.inject("clock of a node jumps back", world.store.url)
    world.engine.publish_message("kept", correlation_key="1", time_to_live_seconds=1, by=ADMIN)
    world.clock.advance(2)
    assert scheduler.sweep_when_due() == 1, "a clock that was set back must not keep the sweep waiting for hours"
    case = world.start("t")
    assert world.engine.fire_due_timers() == 0
    world.clock.advance(3600)
    assert world.engine.fire_due_timers() == 1
    assert world.state(case) == "completed"
