"""People's work: who may do what, and what a decision does."""

from __future__ import annotations

import json

import pytest

from engine.actors import SYSTEM
from engine.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from engine.queries import Page, TaskFilter
from engine.user_tasks.generated import faults
from tests.engine.support import (
    ADMIN,
    APPROVER,
    OPERATOR,
    OTHER,
    World,
    boundary_timer,
    document,
    end,
    line,
    start,
    user,
)


@pytest.fixture
def accounting(world: World) -> World:
    world.deploy(line("p", start(), user("approve", groups="accounting"), end()))
    world.start("p", amount=12)
    return world


@pytest.fixture
def own(quick: World) -> World:
    quick.deploy(line("p", start(), user("approve", groups="accounting"), end()))
    quick.start("p", amount=12)
    return quick


def test_a_member_of_the_group_claims_and_completes(accounting: World) -> None:
    task = accounting.task()
    claimed = accounting.engine.claim_task(task.key, by=APPROVER)
    assert claimed.assignee == "anna"
    done = accounting.engine.complete_task(task.key, {"approved": True}, by=APPROVER)
    assert (done.state.value, done.ended_by) == ("completed", "anna")
    assert accounting.state(task.instance_key) == "completed"
    assert accounting.engine.queries.variables(task.instance_key) == {"amount": 12, "approved": True}
    assert accounting.engine.queries.task(task.key) == done


def test_nobody_else_may_claim_or_complete(own: World) -> None:
    task = own.task()
    for stranger in (OTHER, OPERATOR, SYSTEM):
        for verb in (
            lambda by=stranger: own.engine.claim_task(task.key, by=by),
            lambda by=stranger: own.engine.complete_task(task.key, {}, by=by),
            lambda by=stranger: own.engine.decide(task.key, "approve", by=by),
        ):
            with pytest.raises(NotAllowed, match="the group accounting"):
                verb()


def test_a_claimed_task_is_its_assignees_alone_but_for_an_administrator(own: World) -> None:
    task = own.task()
    own.engine.claim_task(task.key, by=APPROVER)
    colleague = type(APPROVER)("arno", groups=APPROVER.groups, roles=APPROVER.roles)
    with pytest.raises(NotAllowed, match="belongs to anna"):
        own.engine.claim_task(task.key, by=colleague)
    with pytest.raises(NotAllowed, match="belongs to anna"):
        own.engine.complete_task(task.key, {}, by=colleague)
    own.engine.complete_task(task.key, {}, by=ADMIN)


def test_claiming_again_changes_nothing_and_unclaiming_gives_it_back(own: World) -> None:
    task = own.task()
    own.engine.claim_task(task.key, by=APPROVER)
    own.engine.claim_task(task.key, by=APPROVER)
    with pytest.raises(NotAllowed):
        own.engine.unclaim_task(task.key, by=OTHER)
    assert own.engine.unclaim_task(task.key, by=APPROVER).assignee is None
    assert own.events(task.instance_key).count("task-claimed") == 1


def test_an_operator_assigns_but_does_not_complete_others_tasks(own: World) -> None:
    task = own.task()
    assert own.engine.assign_task(task.key, "otto", by=OPERATOR).assignee == "otto"
    with pytest.raises(NotAllowed, match="otto"):
        own.engine.complete_task(task.key, {}, by=OPERATOR)
    with pytest.raises(NotAllowed, match="operator"):
        own.engine.assign_task(task.key, "anna", by=OTHER)
    own.engine.complete_task(task.key, {}, by=OTHER)


def test_a_task_for_nobody_is_open_to_every_approver(quick: World) -> None:
    quick.deploy(line("p", start(), user("approve"), end()))
    quick.start("p")
    visible = quick.engine.queries.tasks(TaskFilter(visible_to=OTHER))
    assert len(visible) == 1
    quick.engine.complete_task(quick.task().key, {}, by=OTHER)


def test_a_task_that_is_over_takes_nothing_more(own: World) -> None:
    task = own.task()
    own.engine.complete_task(task.key, {}, by=APPROVER)
    for verb in (
        lambda: own.engine.complete_task(task.key, {}, by=APPROVER),
        lambda: own.engine.claim_task(task.key, by=APPROVER),
        lambda: own.engine.assign_task(task.key, "otto", by=OPERATOR),
        lambda: own.engine.decide(task.key, "reject", by=APPROVER),
    ):
        with pytest.raises(IllegalMove, match="completed"):
            verb()
    own.engine.comment_task(task.key, "done in time", by=APPROVER)


def test_a_task_ends_with_its_instance(world: World) -> None:
    world.deploy(line("p", start(), user("approve"), end(), beside=boundary_timer("late", "approve", "P1D")))
    world.start("p")
    task = world.task()
    world.clock.advance(86400)
    world.engine.fire_due_timers()
    with pytest.raises(IllegalMove, match="canceled"):
        world.engine.complete_task(task.key, {}, by=APPROVER)


def test_comments_are_kept_in_order(own: World) -> None:
    task = own.task()
    own.engine.comment_task(task.key, "first", by=APPROVER)
    own.engine.comment_task(task.key, "second", by=OPERATOR)
    assert [(one.author, one.text) for one in own.engine.queries.comments(task.key)] == [
        ("anna", "first"),
        ("olga", "second"),
    ]
    with pytest.raises(NotAllowed):
        own.engine.comment_task(task.key, "me too", by=OTHER)
    with pytest.raises(InvalidInput):
        own.engine.comment_task(task.key, "  ", by=APPROVER)


@pytest.mark.parametrize(("decision", "approved"), [("approve", True), ("reject", False)])
def test_a_decision_becomes_the_variable_approval(accounting: World, decision: str, approved: bool) -> None:
    task = accounting.task()
    decided = accounting.engine.decide(task.key, decision, reason="as agreed", variables={"limit": 5}, by=APPROVER)
    found = accounting.engine.queries.variables(task.instance_key)
    assert found["limit"] == 5
    assert found["approval"] == {
        "decision": decision,
        "approved": approved,
        "reason": "as agreed",
        "by": "anna",
        "at": "2026-01-05T09:00:00.000000Z",
    }
    assert decided.decision == accounting.engine.queries.task(task.key).decision
    assert "task-decided" in accounting.events(task.instance_key)


def test_only_a_review_can_be_edited(own: World) -> None:
    with pytest.raises(InvalidInput, match="Only a review"):
        own.engine.decide(own.task().key, "edit", by=APPROVER)
    with pytest.raises(InvalidInput, match="no decision"):
        own.engine.decide(own.task().key, "maybe", by=APPROVER)


def test_a_camunda_7_form_is_checked_and_its_field_approved_is_set(quick: World) -> None:
    fields = (
        '<camunda:formData><camunda:formField id="approved" label="Approved?" type="boolean"/>'
        '<camunda:formField id="amount" type="long"><camunda:validation><camunda:constraint name="required"/>'
        '<camunda:constraint name="max" config="100"/></camunda:validation></camunda:formField></camunda:formData>'
    )
    text = document(
        '<bpmn:process id="p" isExecutable="true" camunda:historyTimeToLive="5"><bpmn:startEvent id="s">'
        '<bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent><bpmn:sequenceFlow id="a" sourceRef="s" targetRef="t"/>'
        f'<bpmn:userTask id="t"><bpmn:extensionElements>{fields}</bpmn:extensionElements>'
        "<bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing></bpmn:userTask>"
        '<bpmn:sequenceFlow id="b" sourceRef="t" targetRef="e"/>'
        '<bpmn:endEvent id="e"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent></bpmn:process>',
        platform="Camunda Platform",
        version="7.21.0",
    )
    quick.deploy(text)
    instance = quick.start("p")
    task = quick.task()
    form = quick.engine.queries.task_form(task.key)
    assert (form.type, [field["id"] for field in form.fields]) == ("generated", ["approved", "amount"])
    with pytest.raises(InvalidInput) as caught:
        quick.engine.complete_task(task.key, {"amount": 500, "approved": "yes"}, by=APPROVER)
    assert set(caught.value.fields) == {"amount", "approved"}
    with pytest.raises(InvalidInput, match="amount"):
        quick.engine.decide(task.key, "approve", by=APPROVER)
    quick.engine.decide(task.key, "approve", variables={"amount": 50}, by=APPROVER)
    assert quick.engine.queries.variables(instance.key)["approved"] is True


def test_a_deployed_form_is_shown_and_checked(quick: World) -> None:
    form = {
        "id": "invoice",
        "type": "default",
        "components": [
            {"type": "number", "key": "amount", "label": "Amount", "validate": {"required": True, "min": 1}},
            {"type": "checkbox", "key": "approved", "label": "Approved"},
        ],
    }
    node = user("approve", inner='<zeebe:formDefinition formId="invoice"/>')
    quick.deploy(line("p", start(), node, end()), invoice_form=json.dumps(form))
    instance = quick.start("p")
    task = quick.task()
    shown = quick.engine.queries.task_form(task.key)
    assert (shown.type, shown.form_id, shown.version, shown.schema) == ("camunda-form", "invoice", 1, form)
    with pytest.raises(InvalidInput) as caught:
        quick.engine.complete_task(task.key, {"amount": 0}, by=APPROVER)
    assert list(caught.value.fields) == ["amount"]
    quick.engine.set_variables(instance.key, {"amount": 7}, by=OPERATOR)
    quick.engine.decide(task.key, "reject", by=APPROVER)
    assert quick.engine.queries.variables(instance.key)["approved"] is False


def test_lists_show_people_their_own_tasks(accounting: World) -> None:
    accounting.deploy(line("q", start(), user("mine", assignee="otto"), end()))
    accounting.start("q")
    queries = accounting.engine.queries
    assert [task.name for task in queries.tasks(TaskFilter(visible_to=APPROVER))] == ["approve"]
    assert [task.name for task in queries.tasks(TaskFilter(visible_to=OTHER))] == ["mine"]
    assert [task.name for task in queries.tasks(TaskFilter(candidate_group="accounting"))] == ["approve"]
    assert [task.name for task in queries.tasks(TaskFilter(assignee="otto"))] == ["mine"]
    page = queries.tasks(TaskFilter(), Page(limit=1))
    following = queries.tasks(TaskFilter(), Page(limit=1, after=page.next))
    assert [task.name for task in (*page, *following)] == ["mine", "approve"]
    assert following.next is None


def test_an_unknown_task_is_not_found(quick: World) -> None:
    with pytest.raises(NotFound, match="no user task 5"):
        quick.engine.claim_task(5, by=APPROVER)


def test_a_generated_form_takes_a_default_for_what_was_not_sent_and_anything_in_a_vendors_type() -> None:
    fields = [
        {"id": "why", "type": "string", "constraints": [["required", ""]], "values": [], "default": "as agreed"},
        {"id": "doc", "type": "document", "constraints": [], "values": [], "default": None},
    ]
    assert faults(fields, {"why": None, "doc": {"id": 5}}, frozenset({"doc"})) == {}
    assert set(faults(fields, {"why": ""}, frozenset({"why"}))) == {"why"}
