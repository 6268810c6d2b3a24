"""Calls: children start with their parent's step, return to it, fail into it and end with it."""

from __future__ import annotations

import pytest

from engine.errors import IllegalMove
from engine.queries import InstanceFilter
from engine.store.instances import Instance
from tests.engine.support import (
    OPERATOR,
    World,
    boundary_error,
    boundary_timer,
    call,
    document,
    end,
    error,
    line,
    process,
    service,
    start,
)


def child_of(world: World, parent: Instance) -> Instance:
    [child] = world.engine.queries.instances(InstanceFilter(parent_key=parent.key))
    return child


def test_a_child_takes_the_variables_and_gives_back_its_own(world: World) -> None:
    world.deploy(line("parent", start(), call("sub", "child"), end()), line("child", start(), service("work"), end()))
    parent = world.start("parent", a=1)
    child = child_of(world, parent)
    assert (child.parent_key, child.root_key, child.depth) == (parent.key, parent.key, 1)
    [why] = world.instance(parent).waiting
    assert (why.kind, why.key) == ("call", child.key)
    job = world.work("work", b=2)
    assert job.variables == {"a": 1}
    assert (world.state(child), world.state(parent)) == ("completed", "completed")
    assert world.engine.queries.variables(parent.key) == {"a": 1, "b": 2}
    assert "call-started" in world.events(parent)
    assert "call-ended" in world.events(parent)


def test_a_child_that_ends_at_once_returns_in_the_same_transaction(world: World) -> None:
    world.deploy(line("parent", start(), call("sub", "child"), end()), line("child", start(), end()))
    assert world.start("parent").state.value == "completed"


def test_a_chain_of_calls_returns_through_all_of_them(world: World) -> None:
    world.deploy(
        line("a", start(), call("to_b", "b"), end()),
        line("b", start(), call("to_c", "c"), end()),
        line("c", start(), service("work"), end()),
    )
    top = world.start("a")
    world.work("work", x=1)
    assert world.state(top) == "completed"
    assert world.engine.queries.variables(top.key) == {"x": 1}


def test_a_missing_process_is_an_incident_that_its_deployment_resolves(world: World) -> None:
    world.deploy(line("parent", start(), call("sub", "child"), end()))
    parent = world.start("parent", a=1)
    incident = world.incident()
    assert (incident.type, incident.element_id) == ("CALLED_ELEMENT_ERROR", "sub")
    assert "No process 'child' is deployed" in incident.message
    world.engine.resolve_incident(incident.key, by=OPERATOR)
    again = world.incident()
    assert again.key != incident.key
    world.deploy(line("child", start(), service("work"), end()))
    world.engine.resolve_incident(again.key, by=OPERATOR)
    assert not world.instance(parent).has_incident
    assert world.work("work").variables == {"a": 1}
    assert world.state(parent) == "completed"


def test_processes_that_call_themselves_stop_at_a_hundred(quick: World) -> None:
    quick.deploy(line("again", start(), call("sub", "again"), end()))
    quick.start("again")
    incident = quick.incident()
    assert incident.type == "CALLED_ELEMENT_ERROR"
    assert "100 deep" in incident.message
    assert quick.engine.queries.counts().active_instances == 101


def test_cancelling_the_parent_cancels_everything_below(world: World) -> None:
    world.deploy(
        line("a", start(), call("to_b", "b"), end()),
        line("b", start(), call("to_c", "c"), end()),
        line("c", start(), service("work"), end()),
    )
    top = world.start("a")
    middle = child_of(world, top)
    bottom = child_of(world, middle)
    with pytest.raises(IllegalMove, match=str(top.key)):
        world.engine.cancel(bottom.key, by=OPERATOR)
    assert world.engine.cancel(top.key, reason="wrong order", by=OPERATOR).state.value == "terminated"
    assert {world.state(one) for one in (top, middle, bottom)} == {"terminated"}
    assert world.claim("work") == []
    with pytest.raises(IllegalMove, match="terminated"):
        world.engine.cancel(top.key, by=OPERATOR)


def test_a_timer_at_the_call_ends_the_child(world: World) -> None:
    beside = boundary_timer("late", "sub", "PT1H")
    world.deploy(
        line("parent", start(), call("sub", "child"), end(), beside=beside),
        line("child", start(), service("work"), end()),
    )
    parent = world.start("parent")
    child = child_of(world, parent)
    world.clock.advance(3600)
    world.engine.fire_due_timers()
    assert (world.state(parent), world.state(child)) == ("completed", "terminated")


def test_an_error_of_the_child_is_caught_at_the_call(world: World) -> None:
    caught = boundary_error("caught", "sub", "bad", target="repair") + service("repair")[1].replace("%s", "")
    world.deploy(
        line("parent", start(), call("sub", "child"), end(), beside=caught, roots=error("bad", "BAD")),
        line("child", start(), service("work"), end("failed", error="bad"), roots=error("bad", "BAD")),
    )
    parent = world.start("parent")
    child = child_of(world, parent)
    world.work("work")
    assert world.state(child) == "terminated"
    assert [one.element_id for one in world.instance(parent).active] == ["repair"]


def test_an_error_that_no_caller_catches_is_an_incident_where_it_was_thrown(world: World) -> None:
    world.deploy(
        line("parent", start(), call("sub", "child"), end()),
        line("child", start(), service("work"), end("failed", error="bad"), roots=error("bad", "BAD")),
    )
    parent = world.start("parent")
    world.work("work")
    incident = world.incident()
    child = child_of(world, parent)
    assert (incident.type, incident.instance_key) == ("UNHANDLED_ERROR_EVENT", child.key)
    assert incident.element_id == "failed"
    world.engine.resolve_incident(incident.key, by=OPERATOR)
    assert world.incident().key != incident.key
    assert world.state(child) == "active"


def test_a_call_binds_to_the_latest_version_or_to_its_own_deployment(world: World) -> None:
    parents = (
        line("free", start(), call("sub", "child"), end()),
        line("bound", start(), call("sub", "child", binding="deployment"), end()),
    )
    world.deploy(*parents, line("child", start(), service("old"), end()))
    world.deploy(line("child", start(), service("new"), end()))
    world.start("free")
    world.start("bound")
    assert sorted(job.type for job in world.claim("old", "new")) == ["new", "old"]


def test_an_unchanged_process_that_binds_by_deployment_is_renewed_with_its_deployment(quick: World) -> None:
    bound = line("bound", start(), call("sub", "child", binding="deployment"), end())
    quick.deploy(bound, line("child", start(), service("old"), end()))
    second = quick.deploy(bound, line("child", start(), service("new"), end()))
    assert {one.process_id: one.version for one in second.processes} == {"bound": 2, "child": 2}
    quick.start("bound")
    assert [job.type for job in quick.claim("old", "new")] == ["new"]


def test_processes_of_one_file_find_each_other(quick: World) -> None:
    quick.deploy(
        document(
            process("parent", start("s1"), call("sub", "child"), end("e1")),
            process("child", start("s2"), service("work"), end("e2")),
        )
    )
    parent = quick.start("parent")
    quick.work("work")
    assert quick.state(parent) == "completed"
