"""Tasks that lie: whoever should act is reminded, and then somebody else is asked."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import NotAllowed
from engine.queries import AuditFilter, Page
from engine.scheduler import Scheduler
from tests.engine.support import APPROVER, OPERATOR, OTHER, World, end, line, start
from tests.engine.test_separation import asked

DAY = timedelta(days=1).total_seconds()


def lying(world: World, **said: str) -> int:
    world.deploy(line("p", start(), asked("sign", **said), end()))
    return world.start("p").key


def told(world: World, key: int) -> list[dict[str, Any]]:
    """What was told of nudges and escalations, oldest first."""
    records = world.engine.queries.audit(AuditFilter(instance_key=key), Page(limit=1000))
    facts = [fact for one in reversed(records.items) for fact in json.loads(one.payload or "{}")["events"]]
    return [fact for fact in facts if fact["type"] in ("task-nudged", "task-escalated")]


def test_whoever_should_act_is_reminded_again_and_again_until_they_have(world: World) -> None:
    key = lying(world, nudgeAfter="P1D")
    assert world.engine.remind() == 0
    for _ in range(2):
        world.clock.advance(DAY)
        assert Scheduler(world.engine).run_until_idle() == 1
    assert [(one["type"], one["data"]["number"]) for one in told(world, key)] == [
        ("task-nudged", 1),
        ("task-nudged", 2),
    ]
    assert told(world, key)[0]["data"]["candidate_groups"] == ["accounting"]
    world.engine.complete_task(world.task().key, {}, by=APPROVER)
    world.clock.advance(DAY)
    assert world.engine.remind() == 0


def test_who_let_it_lie_loses_it_to_the_group_it_escalates_to(world: World) -> None:
    key = lying(world, nudgeAfter="P1D", escalateAfter="P3D", escalateTo="sales")
    task = world.task().key
    world.engine.claim_task(task, by=APPROVER)
    for _ in range(3):
        world.clock.advance(DAY)
        world.engine.remind()
    assert [one["type"] for one in told(world, key)] == ["task-nudged", "task-nudged", "task-escalated"]
    assert (told(world, key)[-1]["data"]["to"], told(world, key)[-1]["data"]["assignee"]) == ("sales", "anna")
    assert (world.task().assignee, world.task().candidate_groups) == (None, ("accounting", "sales"))
    world.engine.complete_task(task, {}, by=OTHER)
    assert world.state(key) == "completed"


def test_an_assigned_task_without_candidates_stays_open_to_its_person_and_to_no_stranger(quick: World) -> None:
    lying(quick, escalateAfter="P1D", escalateTo="board")
    task = quick.task().key
    quick.engine.update_task(task, {"candidateGroups": []}, by=OPERATOR)
    quick.engine.assign_task(task, "anna", by=OPERATOR)
    quick.clock.advance(DAY)
    quick.engine.remind()
    with pytest.raises(NotAllowed):
        quick.engine.complete_task(task, {}, by=OTHER)
    quick.engine.complete_task(task, {}, by=APPROVER)


def test_what_came_due_while_no_scheduler_ran_is_told_once(quick: World) -> None:
    key = lying(quick, nudgeAfter="P1D")
    quick.clock.advance(5.5 * DAY)
    assert [quick.engine.remind(), quick.engine.remind()] == [1, 0]
    quick.clock.advance(DAY / 2)
    assert quick.engine.remind() == 1
    assert len(told(quick, key)) == 2


def test_a_suspended_case_reminds_nobody_until_it_goes_on(quick: World) -> None:
    key = lying(quick, nudgeAfter="P1D")
    quick.engine.suspend(key, by=OPERATOR)
    quick.clock.advance(DAY)
    quick.engine.remind()
    assert told(quick, key) == []
    quick.engine.resume(key, by=OPERATOR)
    quick.clock.advance(DAY)
    quick.engine.remind()
    assert len(told(quick, key)) == 1


def test_due_reminders_are_found_by_index(world: World) -> None:
    from engine.store.duties import _DUE

    plan = world.plan(_DUE.statement, {"now": world.clock.now(), "most": 100})
    assert "ix_task_duties_told_at" in plan
