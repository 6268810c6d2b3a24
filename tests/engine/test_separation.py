"""Segregation of duties: who prepared may not approve, whatever their role and whoever acts for whom."""

from __future__ import annotations

import json

import pytest

from engine.actors import Actor, Role
from engine.errors import IllegalMove, Separated
from engine.queries import AuditFilter, TaskFilter
from tests.engine.support import ADMIN, APPROVER, OPERATOR, World, call, end, line, service, start, user

ARNO = Actor("arno", groups=APPROVER.groups, roles=APPROVER.roles)
BEA = Actor("bea", groups=APPROVER.groups, roles=APPROVER.roles)


def duties(**said: str) -> str:
    """Properties of an element."""
    listed = "".join(f'<zeebe:property name="baton:{name}" value="{value}"/>' for name, value in said.items())
    return f"<zeebe:properties>{listed}</zeebe:properties>"


def asked(id: str, **said: str) -> tuple[str, str]:
    """A user task of accounting's with duties."""
    return user(id, groups="accounting", inner=duties(**said))


def prepared(world: World, *nodes: tuple[str, str], by: Actor = APPROVER) -> int:
    """An instance whose task `prepare` somebody has done."""
    world.deploy(line("p", start(), asked("prepare"), *nodes, end()))
    key = world.start("p", amount=12).key
    world.engine.complete_task(world.task().key, {}, by=by)
    return key


def offered(world: World, by: Actor) -> list[str]:
    """The open tasks that a list offers to somebody."""
    found = world.engine.queries.tasks(TaskFilter(visible_to=by, state=world.task().state))
    return [one.element_id for one in found.items]


def test_who_prepared_can_neither_take_nor_get_nor_end_the_approval(world: World) -> None:
    key = prepared(world, asked("approve", notBy="prepare"))
    task = world.task().key
    for verb in (
        lambda: world.engine.claim_task(task, by=APPROVER),
        lambda: world.engine.assign_task(task, "anna", by=OPERATOR),
        lambda: world.engine.complete_task(task, {}, by=APPROVER),
        lambda: world.engine.decide(task, "approve", by=APPROVER),
        lambda: world.engine.delegate_task(task, "anna", by=ARNO),
        lambda: world.engine.delegate_task(task, "bea", by=APPROVER),
        lambda: world.engine.update_task(task, {"candidateGroups": ["sales"]}, by=APPROVER),
    ):
        with pytest.raises(Separated, match="anna completed 'prepare' at ") as refusal:
            verb()
        assert refusal.value.conflicts[0]["by"] == "anna"
        assert refusal.value.conflicts[0]["element_id"] == "prepare"
    world.engine.decide(task, "approve", by=ARNO)
    assert world.state(key) == "completed"


def test_the_trail_proves_who_prepared_and_who_approved(quick: World) -> None:
    key = prepared(quick, asked("approve", notBy="prepare"))
    quick.engine.decide(quick.task().key, "approve", by=ARNO)
    [proof] = [
        event["data"]
        for record in quick.engine.queries.audit(AuditFilter(instance_key=key)).items
        for event in json.loads(record.payload or "{}")["events"]
        if event["type"] == "duties-separated"
    ]
    assert proof["actors"] == ["arno"]
    assert proof["preparers"] == [{"by": "anna", "did": "completed", "element_id": "prepare"}]


def test_lists_do_not_offer_a_task_to_who_may_not_do_it(world: World) -> None:
    prepared(world, asked("approve", notBy="prepare"))
    assert offered(world, APPROVER) == []
    assert offered(world, ARNO) == ["approve"]


def test_an_administrator_is_a_person_too(quick: World) -> None:
    prepared(quick, asked("approve", notBy="prepare,starter"), by=ADMIN)
    with pytest.raises(Separated):
        quick.engine.complete_task(quick.task().key, {}, by=ADMIN)


def test_for_whom_somebody_acts_counts_as_having_done_it_and_so_do_they(quick: World) -> None:
    quick.deploy(line("p", start(), asked("prepare"), asked("approve", notBy="prepare"), end()))
    quick.start("p")
    prepare = quick.task().key
    assert quick.engine.delegate_task(prepare, "arno", by=APPROVER).assignee == "arno"
    quick.engine.complete_task(prepare, {}, by=ARNO)
    for person in (APPROVER, ARNO):
        with pytest.raises(Separated):
            quick.engine.claim_task(quick.task().key, by=person)
    quick.engine.claim_task(quick.task().key, by=BEA)


def test_who_resolved_a_delegation_counts_although_the_owner_ends_it(quick: World) -> None:
    quick.deploy(line("p", start(), asked("prepare"), asked("approve", notBy="prepare"), end()))
    quick.start("p")
    prepare = quick.task().key
    quick.engine.delegate_task(prepare, "arno", by=APPROVER)
    with pytest.raises(Exception, match="arno"):
        quick.engine.resolve_task(prepare, by=BEA)
    assert quick.engine.resolve_task(prepare, by=ARNO).assignee == "anna"
    with pytest.raises(IllegalMove, match="not delegated"):
        quick.engine.resolve_task(prepare, by=APPROVER)
    quick.engine.complete_task(prepare, {}, by=APPROVER)
    for person in (APPROVER, ARNO):
        with pytest.raises(Separated):
            quick.engine.claim_task(quick.task().key, by=person)


def test_starting_a_case_and_changing_it_by_hand_may_count(quick: World) -> None:
    both = Actor("olga", groups=APPROVER.groups, roles=frozenset({Role.OPERATOR, Role.APPROVER}))
    quick.deploy(line("p", start(), asked("approve", notBy="starter, editor"), end()))
    starter = Actor("anna", groups=APPROVER.groups, roles=frozenset({Role.ANALYST, Role.APPROVER}))
    key = quick.engine.start(process_id="p", by=starter).key
    with pytest.raises(Separated, match="anna started the case"):
        quick.engine.claim_task(quick.task().key, by=APPROVER)
    assert offered(quick, ARNO) == ["approve"]
    quick.engine.set_variables(key, {"amount": 9}, by=both)
    with pytest.raises(Separated, match="olga changed its variables"):
        quick.engine.complete_task(quick.task().key, {}, by=both)
    quick.engine.complete_task(quick.task().key, {}, by=ARNO)


def test_calls_do_not_hide_who_prepared(world: World) -> None:
    world.deploy(line("check", start(), asked("approve", notBy="prepare"), end()))
    prepared(world, call("called", "check"))
    with pytest.raises(Separated, match="'prepare'"):
        world.engine.claim_task(world.task().key, by=APPROVER)
    assert offered(world, APPROVER) == []
    world.engine.complete_task(world.task().key, {}, by=ARNO)


def test_four_eyes_means_four_in_the_rounds_of_one_activity(world: World) -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="level"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    id, text = asked("approve", fourEyes="true")
    repeated = (id, text.replace("%s</bpmn:userTask>", "%s" + loop + "</bpmn:userTask>"))
    world.deploy(line("p", start(), repeated, end()))
    key = world.start("p").key
    world.engine.decide(world.task().key, "approve", by=APPROVER)
    with pytest.raises(Separated, match="anna approved 'approve'"):
        world.engine.decide(world.task().key, "approve", by=APPROVER)
    assert offered(world, APPROVER) == []
    world.engine.decide(world.task().key, "approve", by=ARNO)
    assert world.state(key) == "completed"


def test_who_is_done_with_one_of_two_at_once_is_not_offered_the_other(quick: World) -> None:
    fork = '<bpmn:parallelGateway id="fork">%s<bpmn:outgoing>x1</bpmn:outgoing></bpmn:parallelGateway>'
    second = asked("second", notBy="first")[1].replace("%s", "<bpmn:incoming>x1</bpmn:incoming>")
    beside = second + '<bpmn:sequenceFlow id="x1" sourceRef="fork" targetRef="second"/>'
    quick.deploy(line("p", start(), ("fork", fork), asked("first", notBy="second"), end(), beside=beside))
    key = quick.start("p").key
    tasks = {one.element_id: one.key for one in quick.engine.queries.tasks(TaskFilter(instance_key=key)).items}
    quick.engine.complete_task(tasks["first"], {}, by=APPROVER)
    assert offered(quick, APPROVER) == []
    assert offered(quick, ARNO) == ["second"]


def test_tasks_without_duties_leave_no_rows_and_ask_nothing(quick: World) -> None:
    quick.deploy(line("p", start(), user("approve", groups="accounting"), service("pay"), end()))
    quick.start("p")
    with quick.statements() as told:
        quick.engine.complete_task(quick.task().key, {}, by=APPROVER)
    assert not [text for text in told if "duties" in text or "acts" in text]


def test_a_case_that_is_begun_again_remembers_who_prepared_it(quick: World) -> None:
    key = prepared(quick, asked("approve", notBy="prepare, starter"))
    quick.engine.cancel(key, by=OPERATOR)
    quick.engine.restart(key, ["approve"], by=OPERATOR)
    for person, did in ((APPROVER, "completed"), (Actor("ada", roles=ARNO.roles, groups=ARNO.groups), "started")):
        with pytest.raises(Separated, match=f"{person.id} {did}"):
            quick.engine.complete_task(quick.task().key, {}, by=person)
        assert offered(quick, person) == []
    quick.engine.complete_task(quick.task().key, {}, by=ARNO)


def test_a_new_version_that_calls_an_element_differently_remembers_who_did_it(quick: World) -> None:
    quick.deploy(line("p", start(), asked("prepare"), asked("wait"), asked("approve", notBy="prepare"), end()))
    key = quick.start("p").key
    quick.engine.complete_task(quick.task().key, {}, by=APPROVER)
    nodes = (start(), asked("draft"), asked("wait"), asked("approve", notBy="draft"), end())
    [target] = quick.deploy(line("p", *nodes)).processes
    quick.engine.migrate(key, target.key, {"prepare": "draft"}, by=OPERATOR)
    quick.engine.complete_task(quick.task().key, {}, by=BEA)
    with pytest.raises(Separated, match="anna completed 'draft'"):
        quick.engine.complete_task(quick.task().key, {}, by=APPROVER)


def test_two_instances_of_a_case_do_not_both_let_one_person_act(world: World) -> None:
    world.deploy(line("check", start(), asked("approve", notBy="prepare"), end()))
    prepared(world, call("called", "check"), by=ARNO)
    key = world.task().key
    with world.statements() as told:
        world.engine.complete_task(key, {}, by=APPROVER)
    locked = [text for text in told if "instances" in text and "FOR UPDATE" in text]
    assert world.store.is_sqlite or len(locked) > 1
