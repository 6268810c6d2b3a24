"""Signals: everybody who waits gets one, once, however many they are and whoever dies in between."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from engine.engine import Engine
from engine.engine import base as verbs
from engine.errors import InvalidInput
from engine.scheduler import Scheduler
from engine.store import Store
from tests.engine.support import PROGRAM, World, end, line, service, start

ALARM = '<bpmn:signal id="a" name="alarm"/>'


def catch_signal(id: str, signal: str = "a") -> tuple[str, str]:
    definition = f'<bpmn:signalEventDefinition id="{id}_d" signalRef="{signal}"/>'
    return id, f'<bpmn:intermediateCatchEvent id="{id}">%s{definition}</bpmn:intermediateCatchEvent>'


def start_signal(id: str = "start", signal: str = "a") -> tuple[str, str]:
    definition = f'<bpmn:signalEventDefinition id="{id}_d" signalRef="{signal}"/>'
    return id, f'<bpmn:startEvent id="{id}">%s{definition}</bpmn:startEvent>'


def throw_signal(id: str, signal: str = "a") -> tuple[str, str]:
    definition = f'<bpmn:signalEventDefinition id="{id}_d" signalRef="{signal}"/>'
    return id, f'<bpmn:intermediateThrowEvent id="{id}">%s{definition}</bpmn:intermediateThrowEvent>'


@pytest.fixture
def waiting(world: World) -> World:
    world.deploy(line("p", start(), catch_signal("wait"), end(), roots=ALARM))
    return world


def broadcast(world: World, **variables: Any) -> int:
    return world.engine.broadcast_signal("alarm", variables=variables, by=PROGRAM).receivers


def test_a_broadcast_says_how_many_it_is_for_and_why_who_waits(waiting: World) -> None:
    one, two = waiting.start("p"), waiting.start("p")
    [why] = waiting.instance(one).waiting
    assert why.why == "Waits for the signal 'alarm' since 2026-01-05 09:00:00 UTC."
    assert broadcast(waiting, level=2) == 2
    assert [waiting.state(each) for each in (one, two)] == ["completed", "completed"]
    assert waiting.engine.queries.variables(two.key)["level"] == 2
    assert "signal-received" in waiting.events(one)
    assert broadcast(waiting) == 0


def test_nothing_is_left_behind(waiting: World) -> None:
    waiting.start("p")
    broadcast(waiting)
    broadcast(waiting)
    assert waiting.engine.sweep() == 0
    assert waiting.engine.deliver_signals() == 0


def test_who_dies_after_the_broadcast_loses_nobody(waiting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    instances = [waiting.start("p") for _ in range(3)]

    class Killed(BaseException):
        pass

    delivered = Engine._deliver
    left = iter((True, False))

    def dies(self: Engine, delivery: Any) -> Any:
        if not next(left):
            raise Killed
        return delivered(self, delivery)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "_deliver", dies)
        with pytest.raises(Killed):
            broadcast(waiting)
    assert sorted(waiting.state(each) for each in instances) == ["active", "active", "completed"]
    # Who begins to wait in between has not heard it.
    late = waiting.start("p")
    other = World(waiting.store, waiting.clock)
    assert Scheduler(other.engine).run_until_idle() == 2
    assert {waiting.state(each) for each in instances} == {"completed"}
    assert waiting.state(late) == "active"


def test_of_very_many_receivers_the_scheduler_takes_the_rest(waiting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "MOST_DELIVERED_AT_ONCE", 2)
    instances = [waiting.start("p") for _ in range(7)]
    assert broadcast(waiting) == 7
    assert [waiting.state(each) for each in instances].count("completed") == 2
    both = [Thread(target=Scheduler(waiting.engine, batch=2).run_until_idle) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert {waiting.state(each) for each in instances} == {"completed"}
    assert {waiting.events(each).count("signal-received") for each in instances} == {1}


def test_one_who_listens_badly_does_not_fail_the_sender(waiting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = waiting.start("p")
    monkeypatch.setattr(verbs, "deliver", _refuses)
    assert broadcast(waiting) == 1
    monkeypatch.undo()
    assert waiting.engine.deliver_signals() == 0, "it is tried again, but not at once"
    waiting.clock.advance(61)
    assert waiting.engine.deliver_signals() == 1
    assert waiting.state(instance) == "completed"


def _refuses(*_: Any) -> Any:
    raise InvalidInput("no")


def test_only_the_latest_version_starts(world: World) -> None:
    world.deploy(line("p", start_signal(), service("old"), end(), roots=ALARM))
    world.deploy(line("p", start_signal("s2"), service("new"), end(), roots=ALARM))
    assert broadcast(world, a=1) == 1
    [job] = world.claim("old", "new")
    assert (job.type, job.variables) == ("new", {"a": 1})
    world.deploy(line("p", start(), service("none"), end()))
    assert broadcast(world) == 0


def test_a_chain_of_signals_reaches_its_end(world: World) -> None:
    roots = ALARM + '<bpmn:signal id="b" name="second"/>'
    world.deploy(
        line("first", start_signal(), throw_signal("tell", "b"), end(), roots=roots),
        line("second", start_signal(signal="b"), service("work"), end(), roots=roots),
    )
    broadcast(world)
    assert [job.type for job in world.claim("work")] == ["work"]


def test_a_ring_of_signals_does_not_hold_the_sender_for_ever(world: World) -> None:
    world.deploy(line("ring", start_signal(), throw_signal("again"), end(), roots=ALARM))
    assert broadcast(world) == 1
    assert len(world.engine.queries.instances().items) == min(50, verbs.MOST_DELIVERED_AT_ONCE)
    assert world.engine.deliver_signals(limit=1) == 1


@pytest.mark.parametrize("name", ["", "x" * 300])
def test_a_name_that_is_none_is_refused(quick: World, name: str) -> None:
    with pytest.raises(InvalidInput):
        quick.engine.broadcast_signal(name, by=PROGRAM)


def test_a_start_signal_whose_name_gives_no_text_refuses_the_deployment(quick: World) -> None:
    from engine.errors import ModelRejected

    with pytest.raises(ModelRejected, match="signal"):
        quick.deploy(line("p", start_signal(), end(), roots='<bpmn:signal id="a" name="=1"/>'))


def test_the_store_is_the_same_for_all(store: Store, clock: Any) -> None:
    """Two engines over one database: one sends, the other's instances hear it."""
    one, two = World(store, clock), World(store, clock)
    one.deploy(line("p", start(), catch_signal("wait"), end(), roots=ALARM))
    instance = two.start("p")
    assert broadcast(one) == 1
    assert two.state(instance) == "completed"
