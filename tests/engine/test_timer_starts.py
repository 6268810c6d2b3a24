"""Timers that start processes: of the latest version only, exactly once on any number of nodes, refused when wrong."""

from __future__ import annotations

from threading import Thread

import pytest

from engine.errors import ModelRejected
from engine.scheduler import Scheduler
from engine.store import Store
from tests.engine.support import World, end, line, service, start


def start_timer(time: str, kind: str = "timeCycle", id: str = "start") -> tuple[str, str]:
    timer = f'<bpmn:timerEventDefinition id="{id}_d"><bpmn:{kind}>{time}</bpmn:{kind}></bpmn:timerEventDefinition>'
    return id, f'<bpmn:startEvent id="{id}">%s{timer}</bpmn:startEvent>'


def started(world: World) -> list[int]:
    """The versions of all instances, oldest first."""
    return [one.version for one in reversed(world.engine.queries.instances().items)]


def test_a_new_version_takes_the_place_of_the_old(world: World) -> None:
    world.deploy(line("p", start_timer("R/PT1H"), service("old"), end()))
    world.clock.advance(3600)
    world.engine.fire_due_timers()
    world.deploy(line("p", start_timer("R/PT2H"), service("new"), end()))
    world.clock.advance(3600)
    assert world.engine.fire_due_timers() == 0
    world.clock.advance(3600)
    assert world.engine.fire_due_timers() == 1
    assert started(world) == [1, 2]
    world.deploy(line("p", start(), service("none"), end()))
    world.clock.advance(36_000)
    assert world.engine.fire_due_timers() == 0


def test_the_same_file_again_changes_nothing(world: World) -> None:
    text = line("p", start_timer("R/PT1H"), end())
    world.deploy(text)
    world.clock.advance(1800)
    world.deploy(text)
    world.clock.advance(1800)
    assert world.engine.fire_due_timers() == 1


def test_the_timers_of_other_processes_stay(world: World) -> None:
    world.deploy(line("a", start_timer("R/PT1H"), end()), line("b", start_timer("R/PT1H"), end()))
    world.deploy(line("a", start(), end()))
    world.clock.advance(3600)
    assert world.engine.fire_due_timers() == 1
    assert [one.process_id for one in world.engine.queries.instances().items] == ["b"]


def test_turns_are_counted_from_when_they_were_due_and_missed_ones_left_out(world: World) -> None:
    world.deploy(line("p", start_timer("R3/PT1H"), end()))
    world.clock.advance(3600 + 600)
    assert world.engine.fire_due_timers() == 1
    world.clock.advance(3000)
    assert world.engine.fire_due_timers() == 1, "the second turn is an hour after the first was due"
    world.clock.advance(10 * 3600)
    assert Scheduler(world.engine).run_until_idle() == 1
    assert len(started(world)) == 3


def test_any_number_of_nodes_start_it_once(store: Store, world: World) -> None:
    for number in range(5):
        world.deploy(line(f"p{number}", start_timer("R2/PT1H"), end()))
    world.clock.advance(3600)
    nodes = [Thread(target=Scheduler(World(store, world.clock).engine).run_until_idle) for _ in range(3)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert len(started(world)) == 5


def test_a_date_that_is_over_is_due_at_once(world: World) -> None:
    world.deploy(line("p", start_timer("2020-01-01T00:00:00Z", "timeDate"), end()))
    assert world.engine.fire_due_timers() == 1
    assert world.engine.fire_due_timers() == 0


@pytest.mark.parametrize("time", ["=wait", "=1 +", "tomorrow", '="soon"', "R0/PT1H"])
def test_a_time_that_cannot_be_known_refuses_the_deployment(quick: World, time: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        quick.deploy(line("p", start_timer(time), end()))
    [findings] = refused.value.findings.values()
    assert any(finding.element == "start" and finding.hint for finding in findings)


def test_a_dry_run_sets_no_timer(quick: World) -> None:
    from engine.deployments import NamedFile
    from tests.engine.support import ANALYST

    text = line("p", start_timer("R/PT1H"), end())
    quick.engine.deploy([NamedFile("p.bpmn", text.encode())], by=ANALYST, dry_run=True)
    assert quick.engine.queries.next_timer() is None


def test_the_audit_trail_tells_what_started_it(world: World) -> None:
    world.deploy(line("p", start_timer("R/PT1H"), service("work"), end()))
    world.clock.advance(3600)
    world.engine.fire_due_timers()
    [instance] = world.engine.queries.instances().items
    assert "timer-fired" in world.events(instance.key)
    assert instance.started_by == "system"
