"""Changing what runs: what the trail tells, what a dry run leaves alone, and what happens to calls and incidents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import commands
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.queries import AuditFilter, IncidentFilter, JobFilter, TaskFilter
from engine.states import IncidentState, TaskState
from tests.engine.support import OPERATOR, World, call, end, line, service, start, user


def facts(world: World, key: int, type_: str) -> list[dict[str, Any]]:
    records = world.engine.queries.audit(AuditFilter(instance_key=key)).items
    told = [fact for record in records for fact in json.loads(record.payload or "")["events"]]
    return [fact["data"] for fact in told if fact["type"] == type_]


def test_a_move_tells_where_the_instance_stood_before_and_after(world: World) -> None:
    world.deploy(line("p", start(), user("one"), user("two"), end()))
    instance = world.start("p")
    done = world.engine.modify(
        instance.key, [commands.Move("two", element_id="one")], by=OPERATOR, reason="wrong person"
    )
    assert (done.before, done.after) == (("one",), ("two",))
    [told] = facts(world, instance.key, "instance-modified")
    assert told["before"] == ["one"]
    assert told["after"] == ["two"]
    assert told["reason"] == "wrong person"
    assert told["changes"] == [{"do": "move", "target_id": "two", "element_id": "one"}]


def test_a_dry_run_tells_the_same_and_changes_nothing(world: World) -> None:
    world.deploy(line("p", start(), user("one"), user("two"), end()))
    instance = world.start("p")
    tried = world.engine.modify(instance.key, [commands.Move("two", element_id="one")], by=OPERATOR, dry_run=True)
    assert (tried.before, tried.after) == (("one",), ("two",))
    assert [active.element_id for active in world.instance(instance).active] == ["one"]
    assert facts(world, instance.key, "instance-modified") == []


def test_a_move_away_from_a_failed_job_ends_its_incident(world: World) -> None:
    world.deploy(line("p", start(), service("one"), user("two"), end()))
    instance = world.start("p")
    [job] = world.claim("one")
    world.engine.fail_job(job.key, worker="w1", message="no", retries=0)
    world.engine.modify(instance.key, [commands.Move("two", element_id="one")], by=OPERATOR)
    assert list(world.engine.queries.incidents(IncidentFilter(state=IncidentState.ACTIVE))) == []
    assert not world.instance(instance).has_incident
    assert world.task().element_id == "two"


def test_a_move_away_from_a_call_ends_the_called_instance(world: World) -> None:
    world.deploy(line("parent", start(), call("calls", "child"), user("two"), end()))
    world.deploy(line("child", start(), user("inside"), end()))
    instance = world.start("parent")
    world.engine.modify(instance.key, [commands.Move("two", element_id="calls")], by=OPERATOR)
    states = {one.process_id: one.state.value for one in world.engine.queries.instances()}
    assert states == {"parent": "active", "child": "terminated"}


def test_an_instance_that_has_ended_cannot_be_modified(world: World) -> None:
    world.deploy(line("p", start(), end()))
    instance = world.start("p")
    with pytest.raises(IllegalMove, match="completed"):
        world.engine.modify(instance.key, [commands.Activate("end")], by=OPERATOR)


@pytest.mark.parametrize("changes", [[], [commands.Terminate()], [commands.Move("two", 5, "one")]])
def test_changes_that_say_too_little_or_too_much_are_refused(quick: World, changes: list[Any]) -> None:
    quick.deploy(line("p", start(), user("one"), user("two"), end()))
    with pytest.raises(InvalidInput):
        quick.engine.modify(quick.start("p").key, changes, by=OPERATOR)


def test_a_migration_carries_rows_to_the_new_version(world: World) -> None:
    world.deploy(line("p", start(), service("work"), user("check"), end()))
    instance = world.start("p", amount=5)
    world.deploy(line("p", start(), service("do"), user("check"), user("again"), end()))
    target = world.engine.queries.processes(process_id="p")[0]
    world.engine.migrate(instance.key, target.key, {"work": "do"}, by=OPERATOR, reason="new rules")
    after = world.instance(instance)
    assert (after.definition_key, after.version) == (target.key, 2)
    assert [(one.element_id, one.name) for one in after.active] == [("do", "do")]
    [job] = world.engine.queries.jobs(JobFilter(instance_key=instance.key))
    assert (job.element_id, job.definition_key, job.type) == ("do", target.key, "work")
    world.work("work")
    assert world.task().element_id == "check"
    [told] = facts(world, instance.key, "instance-migrated")
    assert told == {
        **{"from_process_id": "p", "from_version": 1, "from_key": told["from_key"]},
        **{"to_process_id": "p", "to_version": 2, "to_key": str(target.key)},
        **{"elements": {"work": "do"}, "before": ["work"], "after": ["do"], "reason": "new rules"},
    }


def test_a_plan_names_every_fault_and_changes_nothing(world: World) -> None:
    world.deploy(line("p", start(), service("work"), user("check"), end()))
    instance = world.start("p")
    world.deploy(line("p", start(), user("work"), end()))
    target = world.engine.queries.processes(process_id="p")[0]
    plan = world.engine.migrate(instance.key, target.key, by=OPERATOR, dry_run=True)
    assert plan.faults == ("'work' is a serviceTask, but 'work' is a userTask.",)
    with pytest.raises(IllegalMove, match="serviceTask"):
        world.engine.migrate(instance.key, target.key, by=OPERATOR)
    assert world.instance(instance).version == 1


def test_a_mapping_of_elements_that_are_not_there_is_refused(quick: World) -> None:
    quick.deploy(line("p", start(), user("one"), end()))
    instance = quick.start("p")
    quick.deploy(line("p", start(), user("one"), user("two"), end()))
    target = quick.engine.queries.processes(process_id="p")[0]
    with pytest.raises(InvalidInput, match="no element 'gone'.*no element 'nowhere'"):
        quick.engine.migrate(instance.key, target.key, {"gone": "two", "one": "nowhere"}, by=OPERATOR)


def test_an_incident_goes_along_and_is_resolved_in_the_new_version(world: World) -> None:
    broken = "<zeebe:ioMapping><zeebe:input source='=assert(a, a != null)' target='b'/></zeebe:ioMapping>"
    world.deploy(line("p", start(), service("work", inner=broken), end()))
    instance = world.start("p")
    assert world.incident().element_id == "work"
    world.deploy(line("p", start(), service("done"), end()))
    target = world.engine.queries.processes(process_id="p")[0]
    world.engine.migrate(instance.key, target.key, {"work": "done"}, by=OPERATOR)
    assert world.incident().element_id == "done"
    world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    world.work("done")
    assert world.state(instance) == "completed"


def test_a_migration_to_nothing_is_not_found(quick: World) -> None:
    quick.deploy(line("p", start(), user("one"), end()))
    with pytest.raises(NotFound):
        quick.engine.migrate(quick.start("p").key, 17, by=OPERATOR)


def test_a_called_instance_migrates_while_its_caller_waits(world: World) -> None:
    world.deploy(line("parent", start(), call("calls", "child"), end()))
    world.deploy(line("child", start(), user("inside"), end()))
    parent = world.start("parent")
    [child] = [one for one in world.engine.queries.instances() if one.parent_key == parent.key]
    world.deploy(line("child", start(), user("inside"), user("more"), end()))
    target = world.engine.queries.processes(process_id="child")[0]
    world.engine.migrate(child.key, target.key, by=OPERATOR)
    for expected in ("inside", "more"):
        task = world.task()
        assert task.element_id == expected
        world.engine.complete_task(task.key, by=OPERATOR)
    assert world.state(parent) == "completed"


def test_a_restart_remembers_which_instance_it_repeats(world: World) -> None:
    world.deploy(line("p", start(), user("one"), user("two"), end()))
    old = world.start("p", amount=5)
    world.engine.cancel(old.key, by=OPERATOR)
    new = world.engine.restart(old.key, ["two"], by=OPERATOR, reason="once more")
    assert world.engine.queries.variables(new.key) == {"amount": 5}
    [told] = facts(world, new.key, "instance-restarted")
    assert told == {"of_key": str(old.key), "elements": ["two"], "reason": "once more"}


def test_a_called_instance_cannot_be_restarted_alone(quick: World) -> None:
    quick.deploy(line("child", start(), end()))
    quick.deploy(line("parent", start(), call("calls", "child"), end()))
    parent = quick.start("parent")
    [ended] = [one for one in quick.engine.queries.instances() if one.parent_key == parent.key]
    with pytest.raises(IllegalMove, match=str(parent.key)):
        quick.engine.restart(ended.key, by=OPERATOR)


def test_tasks_of_an_ended_visit_are_closed(world: World) -> None:
    world.deploy(line("p", start(), user("one"), user("two"), end()))
    instance = world.start("p")
    task = world.task()
    world.engine.modify(instance.key, [commands.Terminate(element_id="one"), commands.Activate("two")], by=OPERATOR)
    open_ones = world.engine.queries.tasks(TaskFilter(state=TaskState.CREATED))
    assert [one.element_id for one in open_ones] == ["two"]
    with pytest.raises(IllegalMove):
        world.engine.complete_task(task.key, by=OPERATOR)
