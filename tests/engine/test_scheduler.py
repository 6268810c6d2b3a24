"""The scheduler over a real engine: timers fire when they are due, and what is old goes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import text

from engine import audit, events
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock, SystemClock
from engine.engine import Engine, NamedFile
from engine.errors import StoreUnavailable
from engine.queries import InstanceFilter
from engine.scheduler import Scheduler
from engine.states import InstanceState
from engine.store import Store, open_store, timers
from tests.engine.support import boundary_timer, call, end, line, start
from tests.support.diagrams import chain, diagram
from tests.support.plans import plans

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


def test_a_timer_that_is_set_meanwhile_fires_when_it_is_due(upgraded_database_url: str) -> None:
    store = open_store(upgraded_database_url)
    engine = Engine(store, SystemClock())
    soon = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT0.3S</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body = (
        f'<bpmn:startEvent id="start"/><bpmn:intermediateCatchEvent id="one">{soon}</bpmn:intermediateCatchEvent>'
        '<bpmn:endEvent id="end"/>'
    )
    engine.deploy([NamedFile("p.bpmn", diagram(body, chain("start", "one", "end")))], by=ADMIN)
    scheduler = Scheduler(engine, poll_seconds=60)
    loop = Thread(target=scheduler.run)
    loop.start()
    instance = engine.start(process_id="p", by=ADMIN)
    until = time.monotonic() + 20
    while engine.queries.instance(instance.key).state.value == "active":
        assert time.monotonic() < until, "it slept on"
        time.sleep(0.05)
    scheduler.stop()
    loop.join(10)
    store.close()
    assert not loop.is_alive()


def test_what_a_dead_scheduler_had_taken_is_fired_by_another(engine: Engine, clock: FakeClock) -> None:
    engine.start(process_id="p", by=ADMIN)
    clock.advance(10)
    taken = engine.store.run(lambda tx: timers.hold_due(tx, clock.now(), 10))
    assert len(taken) == 1
    assert Scheduler(engine).run_once() == 0
    clock.advance(timers.HELD_SECONDS)
    assert Scheduler(engine).run_once() == 1


class Died(BaseException):
    """The process is no more."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_death_at_a_commit_leaves_timers_that_fire_together_all_or_none(
    engine: Engine, clock: FakeClock, upgraded_database_url: str, moment: str
) -> None:
    keys = [engine.start(process_id="p", by=ADMIN).key for _ in range(5)]
    clock.advance(10)
    commits = 0

    def die(now: str) -> None:
        nonlocal commits
        commits += now == moment
        if commits == 3:  # the node number, what it takes, what it fires
            raise Died

    mortal = Engine(open_store(upgraded_database_url, on_commit=die), clock)
    with pytest.raises(Died):
        mortal.fire_due_timers()
    mortal.store.close()
    assert engine.fire_due_timers() == 0, "what it took is its own until its time is up"
    clock.advance(timers.HELD_SECONDS)
    # Where the first timer had fired, the one behind it is due by now.
    assert [engine.fire_due_timers() for _ in range(2)] == [5, 0]
    in_time = ["one"] if moment == "before" else ["one", "two"]
    assert [_fired(engine, key) for key in keys] == [in_time] * 5


def _fired(engine: Engine, instance_key: int) -> list[str]:
    return [
        fact["element_id"]
        for chain in range(audit.CHAINS)
        for record in engine.store.audit_records(chain)
        if record.instance_key == instance_key
        for fact in json.loads(record.payload or "")["events"]
        if fact["type"] == events.TIMER_FIRED
    ]


def test_one_that_cannot_fire_does_not_hold_the_others(engine: Engine, clock: FakeClock) -> None:
    keys = [engine.start(process_id="p", by=ADMIN).key for _ in range(4)]
    engine.suspend(keys[1], by=ADMIN, reason="audit")
    clock.advance(10)
    assert engine.fire_due_timers() == 3
    assert [_fired(engine, key) for key in keys] == [["one"], [], ["one"], ["one"]]


def test_timers_of_one_instance_may_fire_together(engine: Engine, clock: FakeClock) -> None:
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT10S</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body = (
        '<bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/><bpmn:parallelGateway id="j"/><bpmn:endEvent id="e"/>'
    )
    names = [f"t{number}" for number in range(3)]
    body += "".join(f'<bpmn:intermediateCatchEvent id="{name}">{timer}</bpmn:intermediateCatchEvent>' for name in names)
    flows = [("s", "f"), *((("f", name)) for name in names), *((name, "j") for name in names), ("j", "e")]
    engine.deploy([NamedFile("q.bpmn", diagram(body, flows, process_id="q"))], by=ADMIN)
    instance = engine.start(process_id="q", by=ADMIN)
    clock.advance(10)
    assert engine.fire_due_timers() == 3
    assert engine.queries.instance(instance.key).state.value == "completed"
    assert sorted(_fired(engine, instance.key)) == names


def test_one_that_ends_what_another_waits_for_is_enough(engine: Engine, clock: FakeClock) -> None:
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT10S</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body = '<bpmn:startEvent id="s"/><bpmn:eventBasedGateway id="g"/><bpmn:endEvent id="e1"/><bpmn:endEvent id="e2"/>'
    body += "".join(f'<bpmn:intermediateCatchEvent id="{name}">{timer}</bpmn:intermediateCatchEvent>' for name in "ab")
    flows = [("s", "g"), ("g", "a"), ("g", "b"), ("a", "e1"), ("b", "e2")]
    engine.deploy([NamedFile("r.bpmn", diagram(body, flows, process_id="r"))], by=ADMIN)
    keys = [engine.start(process_id="r", by=ADMIN).key for _ in range(2)]
    clock.advance(10)
    assert engine.fire_due_timers() == 2
    assert [len(_fired(engine, key)) for key in keys] == [1, 1]


def test_a_caller_whose_time_is_up_takes_along_the_timers_of_what_it_called(engine: Engine, clock: FakeClock) -> None:
    calls = line("outer", start(), call("c", "p"), end(), beside=boundary_timer("late", "c", "PT10S"))
    engine.deploy([NamedFile("outer.bpmn", calls.encode())], by=ADMIN)
    outer = [engine.start(process_id="outer", by=ADMIN).key for _ in range(3)]
    clock.advance(10)
    assert Scheduler(engine).run_until_idle() == 3
    assert [engine.queries.instance(key).state.value for key in outer] == ["completed"] * 3
    assert not engine.queries.instances(InstanceFilter(state=InstanceState.ACTIVE)).items
    with engine.store.reading() as tx:
        assert timers.next_due(tx) is None


def test_due_timers_are_found_by_index_among_very_many(engine: Engine, clock: FakeClock) -> None:
    engine.start(process_id="p", by=ADMIN)
    clock.advance(10)
    with engine.store.sql.begin() as connection:
        names = "key, instance_key, element_key, definition_key, due_at, created_at"
        numbers = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3000)"
        far = "SELECT n, n, n, 0, 9000000000000000 + n, 0 FROM t"
        connection.execute(text(f"INSERT INTO timers ({names}) {numbers} {far}"))
        connection.execute(text("ANALYZE"))
    with plans(engine.store) as found:
        assert Scheduler(engine).run_once() == 1
        engine.queries.next_timer()
    looked = [plan for plan in found if "due_at" in plan.split("INSERT")[0] and "timers" in plan.split("INSERT")[0]]
    by_time = [plan for plan in looked if "due_at <=" in plan or "min(" in plan]
    assert len(by_time) == 3
    assert all("ix_timers_due_at" in plan for plan in by_time), by_time


class Away:
    """An engine whose database is away at first."""

    def __init__(self, store: Store) -> None:
        self.clock = FakeClock()
        self.store = store
        self.queries = Engine(store, self.clock).queries
        self.rounds = 0
        self.is_back = Event()

    def fire_due_timers(self, *, limit: int) -> int:
        self.rounds += 1
        if self.rounds < 3:
            raise StoreUnavailable("the database is away")
        return 0

    def deliver_signals(self, *, limit: int) -> int:
        return 0

    def remind(self) -> int:
        return 0

    def run_batches(self, *, limit: int) -> int:
        return 0

    def sweep(self) -> int:
        self.is_back.set()
        return 0

    def purge(self, *, default_days: int | None) -> int:
        return 0


def test_a_database_that_is_away_does_not_end_the_loop(upgraded_sqlite_url: str) -> None:
    store = open_store(upgraded_sqlite_url)
    away: Any = Away(store)
    scheduler = Scheduler(away, poll_seconds=0.01)
    loop = Thread(target=scheduler.run)
    loop.start()
    is_back = away.is_back.wait(10)
    scheduler.stop()
    loop.join(10)
    store.close()
    assert is_back
    assert not loop.is_alive()
