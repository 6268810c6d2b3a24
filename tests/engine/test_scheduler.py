"""The scheduler over a real engine: timers fire when they are due, and what is old goes."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest

from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.errors import StoreUnavailable
from engine.scheduler import Scheduler
from engine.store import open_store
from tests.support.diagrams import chain, diagram

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))


@pytest.fixture
def engine(upgraded_database_url: str, clock: FakeClock) -> Iterator[Engine]:
    store = open_store(upgraded_database_url)
    engine = Engine(store, clock)
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT10S</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body = (
        '<bpmn:startEvent id="start"/>'
        f'<bpmn:intermediateCatchEvent id="one">{timer}</bpmn:intermediateCatchEvent>'
        f'<bpmn:intermediateCatchEvent id="two">{timer}</bpmn:intermediateCatchEvent>'
        '<bpmn:endEvent id="end"/>'
    )
    engine.deploy([NamedFile("p.bpmn", diagram(body, chain("start", "one", "two", "end")))], by=ADMIN)
    yield engine
    store.close()


def test_a_timer_fires_when_it_is_due_and_not_before(engine: Engine, clock: FakeClock) -> None:
    instance = engine.start(process_id="p", by=ADMIN)
    scheduler = Scheduler(engine)
    clock.advance(9)
    assert scheduler.run_until_idle() == 0
    clock.advance(1)
    assert scheduler.run_until_idle() == 1
    clock.advance(10)
    assert scheduler.run_until_idle() == 1
    assert engine.queries.instance(instance.key).state.value == "completed"


def test_more_timers_than_a_batch_are_fired_batch_by_batch(engine: Engine, clock: FakeClock) -> None:
    for _ in range(7):
        engine.start(process_id="p", by=ADMIN)
    clock.advance(10)
    assert Scheduler(engine, batch=3).run_until_idle() == 7


def test_two_schedulers_fire_each_timer_once(engine: Engine, clock: FakeClock) -> None:
    for _ in range(6):
        engine.start(process_id="p", by=ADMIN)
    clock.advance(10)
    fired: list[int] = []
    both = [Thread(target=lambda: fired.append(Scheduler(engine, batch=2).run_until_idle())) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sum(fired) == 6


def test_old_messages_are_swept_now_and_then(engine: Engine, clock: FakeClock) -> None:
    scheduler = Scheduler(engine, sweep_seconds=60)
    assert scheduler.sweep_when_due() == 0
    engine.publish_message("m", correlation_key="k", time_to_live_seconds=5, by=ADMIN)
    clock.advance(59)
    assert scheduler.sweep_when_due() == 0, "not yet"
    clock.advance(1)
    assert scheduler.sweep_when_due() == 1


class Away:
    """An engine whose database is away at first."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.rounds = 0
        self.is_back = Event()

    def fire_due_timers(self, *, limit: int) -> int:
        self.rounds += 1
        if self.rounds < 3:
            raise StoreUnavailable("the database is away")
        self.is_back.set()
        return 0

    def sweep(self) -> int:
        return 0


def test_a_database_that_is_away_does_not_end_the_loop() -> None:
    away: Any = Away()
    scheduler = Scheduler(away, poll_seconds=0.01)
    loop = Thread(target=scheduler.run)
    loop.start()
    assert away.is_back.wait(10)
    scheduler.stop()
    loop.join(10)
    assert not loop.is_alive()
