"""Approvals that an operator moves a case past: written down, and refused where the diagram says so."""

from __future__ import annotations

import pytest

from engine import commands
from engine.errors import ApprovalSkipped, Separated
from tests.engine.support import ADMIN, APPROVER, OPERATOR, World, end, line, service, start
from tests.engine.test_separation import asked

FORK = '<bpmn:parallelGateway id="{0}">%s{1}</bpmn:parallelGateway>'


def drawn(world: World, **said: str) -> int:
    """check, approve, pay, book: an instance that stands at check."""
    nodes = (start(), service("check"), asked("approve", **said), service("pay"), service("book"), end())
    world.deploy(line("p", *nodes))
    return world.start("p").key


def moved(source: str, target: str) -> list[commands.Move]:
    return [commands.Move(target, element_id=source)]


def test_nobody_moves_a_case_past_an_approval_that_may_not_be_skipped(world: World) -> None:
    key = drawn(world, mayNotSkip="true")
    before = moved("check", "pay"), [commands.Activate("book")], [commands.Activate("end")]
    for changes in before:
        with pytest.raises(ApprovalSkipped, match="approve"):
            world.engine.modify(key, changes, by=ADMIN)
    world.engine.modify(key, moved("check", "approve"), by=OPERATOR)
    for changes in (moved("approve", "pay"), [commands.Terminate(element_id="approve")]):
        with pytest.raises(ApprovalSkipped, match="approve"):
            world.engine.modify(key, changes, by=ADMIN, dry_run=True)
    world.engine.modify(key, moved("approve", "check"), by=OPERATOR)  # before it, so it comes again


def test_behind_an_approval_that_was_given_operators_are_free_and_not_behind_a_rejection(quick: World) -> None:
    for decision, is_free in (("approve", True), ("reject", False)):
        key = drawn(quick, mayNotSkip="true")
        quick.engine.modify(key, moved("check", "approve"), by=OPERATOR)
        quick.engine.decide(quick.task().key, decision, by=APPROVER)
        if is_free:
            quick.engine.modify(key, moved("pay", "book"), by=OPERATOR)
            continue
        with pytest.raises(ApprovalSkipped):
            quick.engine.modify(key, moved("pay", "book"), by=OPERATOR)


def test_a_case_cannot_begin_or_begin_again_behind_such_an_approval(quick: World) -> None:
    key = drawn(quick, mayNotSkip="true")
    with pytest.raises(ApprovalSkipped):
        quick.engine.start(process_id="p", at=["pay"], by=ADMIN)
    quick.engine.cancel(key, by=OPERATOR)
    with pytest.raises(ApprovalSkipped):
        quick.engine.restart(key, ["book"], by=ADMIN)
    assert quick.engine.restart(key, ["check"], by=OPERATOR).key


def test_an_approval_cannot_be_migrated_away(quick: World) -> None:
    key = drawn(quick, mayNotSkip="true")
    quick.engine.modify(key, moved("check", "approve"), by=OPERATOR)
    nodes = (start(), service("check"), asked("approve"), service("pay"), service("book"), end())
    [target] = quick.deploy(line("p", *nodes)).processes
    with pytest.raises(ApprovalSkipped):
        quick.engine.migrate(key, target.key, by=ADMIN)


def test_what_may_be_skipped_is_written_down_and_counts_as_having_acted(world: World) -> None:
    nodes = (start(), asked("first", fourEyes="true"), asked("second", notBy="first"), end())
    world.deploy(line("p", *nodes))
    key = world.start("p").key
    world.engine.modify(key, moved("first", "second"), reason="in a hurry", by=ADMIN)
    assert "approval-skipped" in world.events(key)
    with pytest.raises(Separated, match="root skipped 'first'"):
        world.engine.decide(world.task().key, "approve", by=ADMIN)


def test_one_of_two_branches_that_join_cannot_be_left_out(quick: World) -> None:
    fork = FORK.format("fork", "<bpmn:outgoing>x1</bpmn:outgoing>")
    join = FORK.format("join", "<bpmn:incoming>x2</bpmn:incoming>")
    approve = asked("approve", mayNotSkip="true")[1].replace(
        "%s", "<bpmn:incoming>x1</bpmn:incoming><bpmn:outgoing>x2</bpmn:outgoing>"
    )
    beside = (
        f'{approve}<bpmn:sequenceFlow id="x1" sourceRef="fork" targetRef="approve"/>'
        '<bpmn:sequenceFlow id="x2" sourceRef="approve" targetRef="join"/>'
    )
    row = (start(), ("fork", fork), service("check"), ("join", join), service("pay"), end())
    quick.deploy(line("p", *row, beside=beside))
    key = quick.start("p").key
    for changes in (moved("check", "pay"), moved("approve", "join")):
        with pytest.raises(ApprovalSkipped):
            quick.engine.modify(key, changes, by=ADMIN)
