"""Where a case is stuck and why, in five answers."""

from __future__ import annotations

from datetime import timedelta

from tests.engine.support import APPROVER, OPERATOR, World, call, end, line, start, user
from tests.engine.test_approvals import PAY
from tests.engine.test_separation import ARNO, asked

SIX_DAYS = timedelta(days=6).total_seconds()


def test_stage_owner_blocker_decisions_and_clock_of_a_case_that_lies(world: World) -> None:
    world.deploy(line("p", start(), asked("prepare"), user("legal", groups="legal"), end()))
    key = world.start("p").key
    world.engine.decide(world.task().key, "approve", reason="complete", by=APPROVER)
    world.clock.advance(SIX_DAYS)
    found = world.engine.queries.standing(key)
    assert (found.stage, found.owner) == ("legal", "somebody of the group legal")
    assert found.blocker.startswith("Waits for somebody of the group legal to take 'legal' since ")
    [decision] = found.decisions
    assert (decision.element_id, decision.decision, decision.by, decision.reason) == (
        "prepare",
        "approve",
        ("anna",),
        "complete",
    )
    assert found.clock.said == "running 6 d"


def test_a_case_that_waits_for_a_process_it_called_is_where_that_one_is(quick: World) -> None:
    quick.deploy(line("inner", start(), user("sign", assignee="anna"), end()))
    quick.deploy(line("p", start(), call("contract", "inner"), end()))
    found = quick.engine.queries.standing(quick.start("p").key)
    assert (found.stage, found.owner) == ("contract / sign", "anna")


def test_it_tells_which_approval_does_not_count_any_more(quick: World) -> None:
    quick.deploy(line("p", start(), asked("approve", approves="amount"), PAY, user("file"), end()))
    key = quick.start("p", amount=900).key
    quick.engine.decide(quick.task().key, "approve", by=ARNO)
    assert [one.counts for one in quick.engine.queries.standing(key).decisions] == [True]
    quick.engine.set_variables(key, {"amount": 901}, by=OPERATOR)
    [decision] = quick.engine.queries.standing(key).decisions
    assert decision.counts is False
    assert "amount changed since arno approved" in decision.problem


def test_of_a_case_that_is_over_the_clock_has_stopped(quick: World) -> None:
    quick.deploy(line("p", start(), user("sign", assignee="anna"), end()))
    key = quick.start("p").key
    quick.clock.advance(3 * 3600)
    quick.engine.complete_task(quick.task().key, {}, by=APPROVER)
    quick.clock.advance(SIX_DAYS)
    found = quick.engine.queries.standing(key)
    assert (found.stage, found.blocker, found.clock.said) == ("", "", "ran 3 h")
