"""Approvals that count: what they bind, and the work that waits for them."""

from __future__ import annotations

import pytest

from engine.errors import IllegalMove
from tests.engine.support import ADMIN, APPROVER, OPERATOR, World, end, line, service, start, user
from tests.engine.test_separation import ARNO, asked, duties

PAY = service("pay", inner=duties(requiresApproval="approve"))


def waiting(world: World, *, approves: str = "amount", **said: str) -> int:
    """An instance that waits for the approval of a payment."""
    world.deploy(line("p", start(), asked("approve", approves=approves, **said), PAY, end()))
    return world.start("p", amount=900, iban="DE1").key


def test_work_is_handed_out_when_the_approval_it_requires_was_given(world: World) -> None:
    key = waiting(world)
    world.engine.decide(world.task().key, "approve", by=APPROVER)
    world.work("pay")
    assert world.state(key) == "completed"
    assert "work-approved" in world.events(key)


def test_a_value_changed_after_the_approval_makes_it_stale_and_only_a_new_one_helps(world: World) -> None:
    key = waiting(world, approves="amount, iban")
    world.engine.decide(world.task().key, "approve", by=APPROVER)
    world.engine.set_variables(key, {"amount": 90_000, "note": "urgent"}, by=OPERATOR)
    assert world.claim("pay") == []
    incident = world.incident()
    assert incident.type == "APPROVAL_MISSING"
    assert "amount changed since anna approved at " in incident.message
    assert "iban" not in incident.message
    world.engine.resolve_incident(incident.key, by=OPERATOR)
    assert world.claim("pay") == []  # trying again is no approval
    world.engine.set_variables(key, {"amount": 900}, by=OPERATOR)
    world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    assert len(world.claim("pay")) == 1


def test_what_the_approver_enters_themselves_is_what_they_approve(quick: World) -> None:
    key = waiting(quick)
    quick.engine.decide(quick.task().key, "approve", variables={"amount": 850}, by=APPROVER)
    quick.work("pay")
    assert quick.state(key) == "completed"


@pytest.mark.parametrize(
    ("given", "why"),
    [({"approved": False}, "anna rejected it at"), ({"note": "ok"}, "without saying approved or rejected")],
)
def test_what_is_no_approval_does_not_count(quick: World, given: dict[str, object], why: str) -> None:
    waiting(quick)
    quick.engine.complete_task(quick.task().key, given, by=APPROVER)
    assert quick.claim("pay") == []
    assert why in quick.incident().message


def test_work_that_was_never_approved_is_neither_handed_out_nor_taken_as_done(quick: World) -> None:
    from engine import commands

    key = waiting(quick)
    quick.engine.modify(key, [commands.Move("pay", element_id="approve")], by=OPERATOR)
    [job] = quick.engine.queries.jobs().items
    with pytest.raises(IllegalMove, match="must be claimed"):
        quick.engine.complete_job(job.key, {}, worker="", by=ADMIN)
    assert quick.claim("pay") == []
    assert "which nobody has given" in quick.incident().message


def test_every_level_of_a_chain_must_hold(world: World) -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=levels" inputElement="level"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    id, text = user("approve", groups="=[level]", inner=duties(approves="amount", fourEyes="true"))
    world.deploy(line("p", start(), (id, text.replace("%s</bpmn:userTask>", f"%s{loop}</bpmn:userTask>")), PAY, end()))
    key = world.start("p", amount=9_000, levels=["accounting", "accounting"]).key
    world.engine.decide(world.task().key, "approve", by=APPROVER)
    world.engine.set_variables(key, {"amount": 90_000}, by=OPERATOR)
    world.engine.decide(world.task().key, "approve", by=ARNO)
    assert world.claim("pay") == []
    assert "amount changed since anna approved" in world.incident().message
    world.engine.set_variables(key, {"amount": 9_000}, by=OPERATOR)
    world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    assert world.claim("pay") == []
    assert "amount changed since arno approved" in world.incident().message
