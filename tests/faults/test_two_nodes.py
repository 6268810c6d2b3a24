"""Two nodes want the same instance at the same moment: one of them has it, and the other is told or comes after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.clock import FakeClock
from engine.errors import EngineError
from engine.store import open_store
from tests.engine.support import ADMIN, World, boundary_timer, end, line, message, service, start, user
from tests.faults.ledger import Ledger
from tests.faults.wholeness import assert_whole

ROUNDS = 8
BOUNDARY = (
    '<bpmn:boundaryEvent id="b" attachedToRef="work"><bpmn:outgoing>b_f</bpmn:outgoing>'
    '<bpmn:messageEventDefinition id="b_d" messageRef="stop"/></bpmn:boundaryEvent>'
    '<bpmn:sequenceFlow id="b_f" sourceRef="b" targetRef="end"/>'
)
DIAGRAM = line(
    "p",
    start(),
    service("work", retries=1),
    end(),
    roots=message("stop", "stop", "=orderId"),
    beside=BOUNDARY + boundary_timer("late", "work", "PT1H"),
)
TASK = line("q", start(), user("decide"), end())

Act = Callable[[World], Any]


@pytest.fixture
def nodes(upgraded_database_url: str, clock: FakeClock) -> Iterator[tuple[World, World]]:
    """Two engines with nothing in common but their database, as two machines have it."""
    stores = [open_store(upgraded_database_url) for _ in range(2)]
    first, second = (World(store, clock) for store in stores)
    first.deploy(DIAGRAM, TASK)
    yield first, second
    assert_whole(stores[0], clock)
    for store in stores:
        store.close()


def at_once(nodes: tuple[World, World], acts: tuple[Act, Act]) -> list[str]:
    """Let both nodes act at the same moment; returns how it ended for each: "done", or the code of the refusal."""
    barrier, ends = threading.Barrier(2), ["", ""]

    def run(index: int) -> None:
        barrier.wait()
        try:
            answer = acts[index](nodes[index])
            ends[index] = "nothing" if answer in (0, []) else "done"
        except EngineError as refusal:
            ends[index] = refusal.code

    threads = [threading.Thread(target=run, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def complete(key: int) -> Act:
    return lambda node: node.engine.complete_job(key, {"done": True}, worker="w")


def fail(key: int) -> Act:
    return lambda node: node.engine.fail_job(key, worker="w", message="no")


def cancel(instance: int) -> Act:
    return lambda node: node.engine.cancel(instance, by=ADMIN)


def decide(task: int) -> Act:
    return lambda node: node.engine.complete_task(task, {"said": True}, by=ADMIN)


def put(instance: int, name: str) -> Act:
    return lambda node: node.engine.set_variables(instance, {name: 1}, by=ADMIN)


def stop(node: World) -> Any:
    return node.engine.publish_message("stop", correlation_key="1", by=ADMIN)


def fire(node: World) -> Any:
    return node.engine.fire_due_timers()


def claim(node: World) -> Any:
    return node.claim("work", worker="w")


JOB_FIGHTS: dict[str, Callable[[int, int], tuple[Act, Act]]] = {
    "complete, complete": lambda job, instance: (complete(job), complete(job)),
    "complete, fail": lambda job, instance: (complete(job), fail(job)),
    "complete, cancel": lambda job, instance: (complete(job), cancel(instance)),
    "complete, boundary message": lambda job, instance: (complete(job), stop),
    "complete, boundary timer": lambda job, instance: (complete(job), fire),
    "boundary timer, boundary timer": lambda job, instance: (fire, fire),
    "boundary timer, boundary message": lambda job, instance: (fire, stop),
    "cancel, cancel": lambda job, instance: (cancel(instance), cancel(instance)),
}


@pytest.mark.parametrize("fight", JOB_FIGHTS)
def test_of_two_that_end_a_job_one_does(nodes: tuple[World, World], ledger: Ledger, fight: str) -> None:
    world = nodes[0]
    for _ in range(ROUNDS):
        instance = world.start("p", orderId="1")
        [job] = world.claim("work", worker="w", lease_seconds=7200)
        world.clock.advance(3601 if "timer" in fight else 0)
        ends = at_once(nodes, JOB_FIGHTS[fight](job.key, instance.key))
        assert "done" in ends, ends
        assert set(ends) <= {"done", "nothing", "lease-lost", "illegal-move", "not-found"}, ends
        told = world.events(instance)
        once = [name for name in ("job-completed", "job-failed", "instance-completed", "timer-fired") if name in told]
        assert {name: told.count(name) for name in once} == dict.fromkeys(once, 1)
        assert told.count("instance-completed") + told.count("instance-terminated") <= 1
        if "job-failed" not in told:
            assert world.instance(instance).has_ended
        ledger.inject(f"two nodes: {fight}", world.store.url)


def test_a_job_is_claimed_by_one_of_two_nodes(nodes: tuple[World, World], ledger: Ledger) -> None:
    for _ in range(ROUNDS):
        nodes[0].start("p", orderId="1")
        assert sorted(at_once(nodes, (claim, claim))) == ["done", "nothing"]
        ledger.inject("two nodes: claim, claim", nodes[0].store.url)


def test_a_person_who_decides_on_two_nodes_decides_once(nodes: tuple[World, World], ledger: Ledger) -> None:
    world = nodes[0]
    for _ in range(ROUNDS):
        instance = world.start("q")
        key = world.task(instance).key
        assert sorted(at_once(nodes, (decide(key), decide(key)))) == ["done", "illegal-move"]
        assert world.events(instance).count("task-completed") == 1
        ledger.inject("two nodes: decide, decide", world.store.url)


def test_what_two_nodes_set_is_both_set(nodes: tuple[World, World], ledger: Ledger) -> None:
    world = nodes[0]
    instance = world.start("q")
    for number in range(ROUNDS):
        acts = put(instance.key, f"left{number}"), put(instance.key, f"right{number}")
        assert at_once(nodes, acts) == ["done", "done"]
        ledger.inject("two nodes: set, set", world.store.url)
    names = {f"{side}{number}" for side in ("left", "right") for number in range(ROUNDS)}
    assert set(world.engine.queries.variables(instance.key)) == names


def test_one_idempotency_key_on_two_nodes_starts_one_instance(nodes: tuple[World, World], ledger: Ledger) -> None:
    def begin(key: str) -> Act:
        return lambda node: node.engine.start(process_id="q", idempotency_key=key, by=ADMIN)

    for number in range(ROUNDS):
        assert at_once(nodes, (begin(f"k{number}"), begin(f"k{number}"))) == ["done", "done"]
        ledger.inject("two nodes: start, start with one key", nodes[0].store.url)
    assert len(nodes[0].engine.queries.instances().items) == ROUNDS
