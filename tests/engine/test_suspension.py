"""Suspended instances: nothing is handed out and nothing is taken, and afterwards all of it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import commands
from engine.errors import IllegalMove, LeaseLost
from engine.queries import JobFilter
from tests.engine.support import (
    OPERATOR,
    World,
    call,
    catch_message,
    catch_timer,
    end,
    line,
    message,
    service,
    start,
    user,
)


def suspended(world: World, *texts: str) -> int:
    """The key of a suspended instance of the last process."""
    for text in texts:
        world.deploy(text)
    instance = world.start("p", orderId="7")
    world.engine.suspend(instance.key, by=OPERATOR, reason="audit")
    return instance.key


def test_it_says_who_suspended_it_since_when_and_why(world: World) -> None:
    key = suspended(world, line("p", start(), service("work"), end()))
    found = world.instance(key)
    assert found.state.value == "suspended"
    assert found.waiting[0].kind == "suspended"
    assert found.waiting[0].why.startswith("Suspended by olga since 2026-01-05 09:00:00 UTC: audit.")
    assert world.events(key)[-1] == "instance-suspended"


def test_its_jobs_are_not_handed_out_until_it_goes_on(world: World) -> None:
    key = suspended(world, line("p", start(), service("work"), end()))
    assert world.claim("work") == []
    world.engine.resume(key, by=OPERATOR)
    world.work("work")
    assert world.state(key) == "completed"


def test_what_a_worker_had_comes_too_late_and_is_offered_anew(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    instance = world.start("p")
    [job] = world.claim("work", worker="slow")
    world.engine.suspend(instance.key, by=OPERATOR)
    with pytest.raises(LeaseLost):
        world.engine.complete_job(job.key, worker="slow")
    world.clock.advance(3600)
    assert world.claim("work") == []
    world.engine.resume(instance.key, by=OPERATOR)
    assert world.work("work").claims == 2
    assert world.state(instance) == "completed"


def test_a_job_that_failed_keeps_its_pause(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    instance = world.start("p")
    [job] = world.claim("work")
    world.engine.fail_job(job.key, worker="w1", message="no", after_seconds=100)
    world.engine.suspend(instance.key, by=OPERATOR)
    world.engine.resume(instance.key, by=OPERATOR)
    [again] = world.engine.queries.jobs(JobFilter(instance_key=instance.key))
    assert (again.state.value, again.available_at) == ("failed", world.clock.now() + timedelta(seconds=100))


def test_nobody_completes_its_tasks_or_changes_it(world: World) -> None:
    key = suspended(world, line("p", start(), user("check"), end()))
    for attempt in (
        lambda: world.engine.complete_task(world.task().key, by=OPERATOR),
        lambda: world.engine.set_variables(key, {"a": 1}, by=OPERATOR),
        lambda: world.engine.modify(key, [commands.Activate("check")], by=OPERATOR),
    ):
        with pytest.raises(IllegalMove, match="suspended by olga at 2026-01-05 09:00 UTC .audit.. Resume it first"):
            attempt()
    world.engine.resume(key, by=OPERATOR)
    world.engine.complete_task(world.task().key, by=OPERATOR)
    assert world.state(key) == "completed"


def test_a_timer_that_became_due_fires_afterwards(world: World) -> None:
    key = suspended(world, line("p", start(), catch_timer("wait", "PT1H"), end()))
    world.clock.advance(2 * 3600)
    assert world.engine.fire_due_timers() == 0
    world.engine.resume(key, by=OPERATOR)
    world.clock.advance(60)
    assert world.engine.fire_due_timers() == 1
    assert world.state(key) == "completed"


def test_a_kept_message_arrives_afterwards(world: World) -> None:
    key = suspended(world, line("p", start(), catch_message("wait", "m"), end(), roots=message("m", "paid")))
    sent = world.engine.publish_message("paid", correlation_key="7", time_to_live_seconds=600, by=OPERATOR)
    assert sent.correlated == ()
    assert world.state(key) == "suspended"
    world.engine.resume(key, by=OPERATOR)
    assert world.state(key) == "completed"


def test_an_incident_waits_for_the_instance(world: World) -> None:
    world.deploy(line("p", start(), service("work"), end()))
    instance = world.start("p")
    [job] = world.claim("work")
    world.engine.fail_job(job.key, worker="w1", message="no", retries=0)
    world.engine.suspend(instance.key, by=OPERATOR)
    with pytest.raises(IllegalMove, match="Resume it first"):
        world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    world.engine.resume(instance.key, by=OPERATOR)
    world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    world.work("work")
    assert world.state(instance) == "completed"


def test_what_it_called_stands_still_with_it(world: World) -> None:
    child = line("child", start(), service("inside"), end())
    key = suspended(world, child, line("p", start(), call("calls", "child"), end()))
    [called] = [one for one in world.engine.queries.instances() if one.parent_key == key]
    assert called.state.value == "suspended"
    assert world.claim("inside") == []
    for verb in (world.engine.suspend, world.engine.resume):
        with pytest.raises(IllegalMove, match=str(key)):
            verb(called.key, by=OPERATOR)
    world.engine.resume(key, by=OPERATOR)
    world.work("inside")
    assert world.state(key) == "completed"


def test_it_can_be_cancelled_with_all_it_called(world: World) -> None:
    child = line("child", start(), service("inside"), end())
    key = suspended(world, child, line("p", start(), call("calls", "child"), end()))
    world.engine.cancel(key, by=OPERATOR)
    assert {one.state.value for one in world.engine.queries.instances()} == {"terminated"}
    assert [job.state.value for job in world.engine.queries.jobs()] == ["canceled"]


def test_twice_is_refused(quick: World) -> None:
    key = suspended(quick, line("p", start(), user("check"), end()))
    with pytest.raises(IllegalMove, match="suspended"):
        quick.engine.suspend(key, by=OPERATOR)
    quick.engine.resume(key, by=OPERATOR)
    with pytest.raises(IllegalMove, match="is active, not suspended"):
        quick.engine.resume(key, by=OPERATOR)
