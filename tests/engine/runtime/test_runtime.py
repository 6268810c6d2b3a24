"""How tokens move: one test for each promise of the runtime, over the real reader and the real languages."""

from __future__ import annotations

import ast
import sys
from datetime import timedelta
from typing import Any

import pytest

import bpmn
from bpmn import javascript
from bpmn.dmn import DecisionResult
from engine import commands
from engine.errors import IllegalMove
from engine.runtime.process import MOST_MOVES_PER_STEP, MOVES_OF_A_DECISION, MOVES_OF_A_SCRIPT, DecisionMade
from engine.step import JobWait, MessageWait, Outcome, TimerWait, UserTaskWait
from tests.engine.runtime.driver import ENDS, NOW, ROOT, USER, Run
from tests.support.diagrams import chain, diagram, sequence_flows, service


def test_a_straight_line_ends_and_leaves_nothing_behind() -> None:
    run = Run(diagram(ENDS + '<bpmn:task id="a"/><bpmn:manualTask id="b"/>', chain("s", "a", "b", "e")))
    assert run.step.outcome is Outcome.COMPLETED
    assert run.step.state is None
    assert run.entered == ["p", "s", "a", "b", "e"]


def test_a_job_waits_with_its_type_retries_and_headers() -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="a" value="1"/></zeebe:taskHeaders>'
    run = Run(diagram(ENDS + service("t", "crm:1", headers, retries="5"), chain("s", "t", "e")))
    wait = run.waits[run.key("t")]
    assert isinstance(wait, JobWait)
    assert (wait.type, wait.retries, dict(wait.headers)) == ("crm:1", 5, {"a": "1"})
    run.complete("t", x=1)
    assert run.step.outcome is Outcome.COMPLETED
    assert run.variables == {"x": 1}


def test_an_input_mapping_is_local_and_hides_the_outer_variable() -> None:
    mapping = '<zeebe:ioMapping><zeebe:input source="=a + 1" target="a"/></zeebe:ioMapping>'
    run = Run(diagram(ENDS + service("t", inner=mapping), chain("s", "t", "e")), {"a": 1})
    assert run.stored[run.key("t")] == {"a": 2}
    run.complete("t", a=9)  # a name that an input mapping made local stays local (zeebe-extensions §3)
    assert run.variables == {"a": 1}


def test_with_an_output_mapping_nothing_else_of_the_payload_leaks_out() -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="=x * 2" target="r.doubled"/></zeebe:ioMapping>'
    run = Run(diagram(ENDS + service("t", inner=mapping), chain("s", "t", "e")), {"r": {"kept": True}})
    run.complete("t", x=21)
    assert run.variables == {"r": {"kept": True, "doubled": 42}}


def test_a_failing_output_mapping_raises_an_incident_and_resolving_repeats_only_it() -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="=assert(x, x != null)" target="r"/></zeebe:ioMapping>'
    run = Run(diagram(ENDS + service("t", inner=mapping), chain("s", "t", "e")))
    key = run.key("t")
    run.complete("t")
    assert run.incidents == {key: "IO_MAPPING_ERROR"}
    run.send(commands.SetVariables(key, {"x": 5}, local=True)).send(commands.Resolve(key))
    assert run.step.outcome is Outcome.COMPLETED
    assert run.variables == {"r": 5}


GATEWAY = ENDS + '<bpmn:exclusiveGateway id="g" default="f3"/>' + "".join(USER.format(n) for n in "abc")
WAYS = [("s", "g"), ("g", "a", "=n > 10"), ("g", "b", "=n > 5"), ("g", "c"), ("a", "e"), ("b", "e"), ("c", "e")]


@pytest.mark.parametrize(("n", "way"), [(11, "a"), (7, "b"), (1, "c")])
def test_an_exclusive_gateway_takes_the_first_true_flow_in_document_order_or_the_default(n: int, way: str) -> None:
    assert Run(diagram(GATEWAY, WAYS), {"n": n}).at() == [way]


def test_a_condition_that_is_not_boolean_raises_an_incident_that_can_be_resolved() -> None:
    run = Run(diagram(GATEWAY, WAYS))
    [(key, kind)] = run.incidents.items()
    assert kind == "EXTRACT_VALUE_ERROR"
    run.send(commands.SetVariables(ROOT, {"n": 6})).send(commands.Resolve(key))
    assert run.at() == ["b"]
    assert run.incidents == {}


def test_no_true_condition_and_no_default_raises_a_condition_incident() -> None:
    xml = diagram(ENDS + '<bpmn:exclusiveGateway id="g"/>', [("s", "g"), ("g", "e", "=false"), ("g", "e", "=false")])
    assert list(Run(xml).incidents.values()) == ["CONDITION_ERROR"]


def test_parallel_branches_share_their_variables_and_the_join_waits_for_all() -> None:
    body = ENDS + '<bpmn:parallelGateway id="f"/><bpmn:parallelGateway id="j"/>' + service("a") + service("b")
    run = Run(diagram(body, [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "e")]))
    assert run.at() == ["a", "b"]
    run.complete("a", x=1)
    assert run.step.outcome is Outcome.ACTIVE
    run.complete("b", y=2)
    assert run.step.outcome is Outcome.COMPLETED
    assert run.variables == {"x": 1, "y": 2}


def test_a_surplus_token_at_a_join_waits_for_the_next_round() -> None:
    body = (
        ENDS
        + '<bpmn:parallelGateway id="f"/><bpmn:exclusiveGateway id="m"/><bpmn:parallelGateway id="j"/>'
        + "".join(USER.format(n) for n in "abc")
    )
    flows = [("s", "f"), ("f", "a"), ("f", "b"), ("f", "c"), ("a", "m"), ("b", "m"), ("m", "j"), ("c", "j"), ("j", "e")]
    run = Run(diagram(body, flows))
    run.complete("a").complete("b")
    assert run.entered.count("j") == 0
    run.complete("c")
    assert run.entered.count("j") == 1
    assert run.step.outcome is Outcome.ACTIVE  # one token of flow m is left at the join, as in both vendors' engines


SUB = (
    ENDS
    + '<bpmn:subProcess id="sub"><bpmn:startEvent id="is"/>'
    + USER.format("u")
    + '<bpmn:endEvent id="ie"/>'
    + sequence_flows(chain("is", "u", "ie"), "i")
    + "</bpmn:subProcess>"
)


def test_a_sub_process_ends_with_its_last_token() -> None:
    run = Run(diagram(SUB, chain("s", "sub", "e")))
    assert run.at() == ["u"]
    assert run.complete("u").step.outcome is Outcome.COMPLETED


BOUNDARY = (
    '<bpmn:boundaryEvent id="b" attachedToRef="{host}" cancelActivity="{cancel}"><bpmn:timerEventDefinition>'
    '<bpmn:{kind} xsi:type="bpmn:tFormalExpression">{time}</bpmn:{kind}>'
    "</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
)


def test_an_interrupting_timer_ends_the_sub_process_and_a_late_answer_is_refused() -> None:
    body = SUB + BOUNDARY.format(host="sub", cancel="true", kind="timeDuration", time="PT1H") + USER.format("late")
    run = Run(diagram(body, [*chain("s", "sub", "e"), ("b", "late"), ("late", "e")]))
    timer = run.waits[run.key("b")]
    assert isinstance(timer, TimerWait)
    assert timer.due_at == NOW + timedelta(hours=1)
    user = run.key("u")
    run.send(commands.FireTimer(run.key("b")))
    assert run.at() == ["late"]
    with pytest.raises(IllegalMove):
        run.send(commands.Complete(user))


def test_a_repeating_timer_goes_on_beside_the_activity_until_it_is_used_up() -> None:
    body = ENDS + USER.format("u") + USER.format("r")
    body += BOUNDARY.format(host="u", cancel="false", kind="timeCycle", time="R2/PT1H")
    run = Run(diagram(body, [*chain("s", "u", "e"), ("b", "r"), ("r", "e")]))
    first = run.waits[run.key("b")]
    assert first.repetitions == 1
    run.now = first.due_at
    run.send(commands.FireTimer(first.element_key, first.repetitions))
    assert run.at() == ["b", "r", "u"]
    second = run.waits[run.key("b")]
    assert (second.due_at, second.repetitions) == (NOW + timedelta(hours=2), 0)
    run.send(commands.FireTimer(second.element_key, second.repetitions))
    assert run.at() == ["r", "r", "u"]


def test_completing_the_activity_takes_its_boundary_timer_away() -> None:
    body = ENDS + USER.format("u") + BOUNDARY.format(host="u", cancel="true", kind="timeDuration", time="PT1H")
    run = Run(diagram(body + USER.format("r"), [*chain("s", "u", "e"), ("b", "r"), ("r", "e")]))
    run.complete("u")
    assert run.waits == {}
    assert run.step.outcome is Outcome.COMPLETED


ERRORS = '<bpmn:error id="e1" name="one" errorCode="ONE"/>'
ERROR_BOUNDARY = (
    '<bpmn:boundaryEvent id="{0}" attachedToRef="{1}"><bpmn:errorEventDefinition {2}/></bpmn:boundaryEvent>'
)


def _with_errors(host: str, body: str) -> bytes:
    body += ERROR_BOUNDARY.format("any", host, "") + ERROR_BOUNDARY.format("one", host, 'errorRef="e1"')
    body += USER.format("x") + USER.format("y")
    return diagram(body, [*chain("s", host, "e"), ("any", "x"), ("one", "y"), ("x", "e"), ("y", "e")], roots=ERRORS)


@pytest.mark.parametrize(("code", "way"), [("ONE", "y"), ("OTHER", "x")])
def test_an_exact_error_code_wins_over_a_catch_all(code: str, way: str) -> None:
    run = Run(_with_errors("t", ENDS + service("t")))
    run.send(commands.ThrowError(run.key("t"), code, "why", {"v": 1}))
    assert run.at() == [way]
    assert run.variables == {}  # the variables of the throw are local to the catch event


def test_an_error_end_event_is_caught_on_the_sub_process_around_it() -> None:
    sub = (
        '<bpmn:subProcess id="sub"><bpmn:startEvent id="is"/><bpmn:endEvent id="ie">'
        '<bpmn:errorEventDefinition errorRef="e1"/></bpmn:endEvent>'
        + sequence_flows(chain("is", "ie"), "i")
        + "</bpmn:subProcess>"
    )
    run = Run(_with_errors("sub", ENDS + sub))
    assert run.at() == ["y"]


def test_an_uncaught_error_is_an_incident_and_resolving_it_makes_the_job_again() -> None:
    run = Run(diagram(ENDS + service("t"), chain("s", "t", "e")))
    key = run.key("t")
    run.send(commands.ThrowError(key, "ONE"))
    assert run.incidents == {key: "UNHANDLED_ERROR_EVENT"}
    assert run.waits == {}
    run.send(commands.Resolve(key))
    assert run.at() == ["t"]
    assert run.complete("t").step.outcome is Outcome.COMPLETED


def test_an_uncaught_error_of_a_called_process_is_handed_to_its_caller() -> None:
    run = Run(diagram(ENDS + service("t"), chain("s", "t", "e")), called=True)
    run.send(commands.ThrowError(run.key("t"), "ONE", "why", {"v": 1}))
    [thrown] = run.step.thrown
    assert (thrown.kind, thrown.code, thrown.message, thrown.variables) == ("error", "ONE", "why", {"v": 1})
    assert run.waits == {}
    run.send(commands.GoOn(thrown.element_key))
    assert run.incidents == {thrown.element_key: "UNHANDLED_ERROR_EVENT"}
    assert run.send(commands.Resolve(thrown.element_key)).at() == ["t"]


MESSAGE = (
    '<bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=order"/>'
    "</bpmn:extensionElements></bpmn:message>"
)
CATCH = (
    '<bpmn:intermediateCatchEvent id="c"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>'
)


def test_a_message_catch_event_waits_for_name_and_key_and_merges_the_payload() -> None:
    run = Run(diagram(ENDS + CATCH, chain("s", "c", "e"), roots=MESSAGE), {"order": 17})
    wait = run.waits[run.key("c")]
    assert isinstance(wait, MessageWait)
    assert (wait.message_name, wait.correlation_key) == ("paid", "17")
    run.send(commands.Correlate(run.key("c"), {"amount": 3}))
    assert run.variables == {"order": 17, "amount": 3}


def test_the_first_event_after_an_event_based_gateway_closes_the_others() -> None:
    timer = (
        '<bpmn:intermediateCatchEvent id="t"><bpmn:timerEventDefinition>'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT5M</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )
    body = ENDS + '<bpmn:eventBasedGateway id="g"/>' + CATCH + timer
    xml = diagram(body, [("s", "g"), ("g", "c"), ("g", "t"), ("c", "e"), ("t", "e")], roots=MESSAGE)
    run = Run(xml, {"order": "a"})
    assert run.at() == ["c", "t"]
    run.send(commands.FireTimer(run.key("t")))
    assert run.step.outcome is Outcome.COMPLETED
    assert run.waits == {}


def _multi_instance(sequential: bool, inner: str = "", extra: str = "") -> bytes:
    loop = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" '
        f'outputElement="=result"/></bpmn:extensionElements>{extra}</bpmn:multiInstanceLoopCharacteristics>'
    )
    task = (
        '<bpmn:serviceTask id="t"><bpmn:extensionElements><zeebe:taskDefinition type="work"/>'
        f"{inner}</bpmn:extensionElements>{loop}</bpmn:serviceTask>"
    )
    return diagram(ENDS + task, chain("s", "t", "e"))


def test_parallel_instances_run_side_by_side_and_collect_by_index() -> None:
    run = Run(_multi_instance(sequential=False), {"items": ["a", "b", "c"]})
    first, second, third = list(run.waits)
    assert run.stored[second] == {"item": "b", "loopCounter": 2, "result": None}
    for key, result in ((third, 30), (first, 10), (second, 20)):
        run.send(commands.Complete(key, {"result": result}))
    assert run.step.outcome is Outcome.COMPLETED
    assert run.variables == {"items": ["a", "b", "c"], "results": [10, 20, 30]}


def test_sequential_instances_run_one_after_the_other() -> None:
    run = Run(_multi_instance(sequential=True), {"items": [1, None]})
    run.complete("t", result="x")
    assert [run.stored[key]["item"] for key in run.waits] == [None]
    run.complete("t", result="y")
    assert run.variables["results"] == ["x", "y"]


def test_an_empty_collection_is_done_at_once() -> None:
    run = Run(_multi_instance(sequential=False), {"items": []})
    assert run.step.outcome is Outcome.COMPLETED
    assert run.variables == {"items": [], "results": []}


def test_a_true_completion_condition_ends_the_other_instances() -> None:
    condition = (
        '<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=numberOfCompletedInstances &gt;= 1'
        "</bpmn:completionCondition>"
    )
    run = Run(_multi_instance(sequential=False, extra=condition), {"items": [1, 2, 3]})
    run.send(commands.Complete(list(run.waits)[1], {"result": "only"}))
    assert run.step.outcome is Outcome.COMPLETED
    assert run.variables["results"] == [None, "only", None]


def test_a_collection_that_is_no_list_raises_an_incident() -> None:
    assert list(Run(_multi_instance(sequential=False), {"items": 5}).incidents.values()) == ["EXTRACT_VALUE_ERROR"]


def test_terminate_ends_every_other_token_of_its_scope() -> None:
    body = '<bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/>' + service("a") + service("b")
    body += '<bpmn:endEvent id="x"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
    run = Run(diagram(body, [("s", "f"), ("f", "a"), ("f", "b"), ("a", "x")]))
    run.complete("a")
    assert run.step.outcome is Outcome.COMPLETED
    assert run.waits == {}


def test_a_user_task_evaluates_who_when_and_how_urgent() -> None:
    task = (
        '<bpmn:userTask id="u" name="Approve"><bpmn:extensionElements><zeebe:userTask/>'
        '<zeebe:assignmentDefinition assignee="=who" candidateGroups="sales, finance"/>'
        '<zeebe:taskSchedule dueDate="=now() + duration(&quot;P1D&quot;)"/><zeebe:priorityDefinition priority="70"/>'
        '<zeebe:formDefinition formId="approve"/></bpmn:extensionElements></bpmn:userTask>'
    )
    run = Run(diagram(ENDS + task, chain("s", "u", "e")), {"who": "kim"})
    wait = run.waits[run.key("u")]
    assert isinstance(wait, UserTaskWait)
    assert (wait.name, wait.assignee, wait.candidate_groups) == ("Approve", "kim", ("sales", "finance"))
    assert (wait.due_at, wait.priority) == (NOW + timedelta(days=1), 70)
    assert wait.form == {"type": "form-id", "formId": "approve", "binding": ["latest", ""]}


def test_cancelling_ends_everything() -> None:
    run = Run(diagram(SUB, chain("s", "sub", "e")))
    run.send(commands.Cancel("no longer wanted"))
    assert run.step.outcome is Outcome.TERMINATED
    assert run.waits == {}


def test_an_endless_loop_becomes_an_incident() -> None:
    body = '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/><bpmn:task id="t"/>'
    run = Run(diagram(body, [("s", "g"), ("g", "t"), ("t", "g")]))
    assert list(run.incidents.values()) == ["UNKNOWN"]


@pytest.mark.parametrize("script", ["1 + 1", "execution.setVariable('a', 1)"])
def test_an_endless_loop_of_scripts_ends_after_few_of_them(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    monkeypatch.setattr(javascript, "run", lambda text, *_, **__: runs.append(text))
    task = f'<bpmn:scriptTask id="t" scriptFormat="javascript"><bpmn:script>{script}</bpmn:script></bpmn:scriptTask>'
    body = f'<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/>{task}'
    run = Run(diagram(body, [("s", "g"), ("g", "t"), ("t", "g")], dialect="camunda7"))
    assert list(run.incidents.values()) == ["failedJob"]
    assert 1_000 < len(runs) <= MOST_MOVES_PER_STEP // MOVES_OF_A_SCRIPT + 1


def test_an_endless_loop_of_decisions_ends_after_few_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    task = "<bpmn:businessRuleTask id='t'><bpmn:extensionElements>"
    task += "<zeebe:calledDecision decisionId='d' resultVariable='x'/></bpmn:extensionElements></bpmn:businessRuleTask>"
    body = f'<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/>{task}'
    asked: list[str] = []

    def decide(decision_id: str, *_: Any) -> DecisionMade:
        asked.append(decision_id)
        return DecisionMade(DecisionResult(1, [{"x": 1}], []), 1, {})

    monkeypatch.setattr(Run, "_decide", staticmethod(decide))
    run = Run(diagram(body, [("s", "g"), ("g", "t"), ("t", "g")]))
    assert list(run.incidents.values()) == ["UNKNOWN"]
    assert 1_000 < len(asked) <= MOST_MOVES_PER_STEP // MOVES_OF_A_DECISION + 1


def test_a_chain_of_two_thousand_nodes_runs_without_recursion() -> None:
    ids = [f"t{index}" for index in range(2_000)]
    run = Run(diagram(ENDS + "".join(f'<bpmn:task id="{i}"/>' for i in ids), chain("s", *ids, "e")))
    assert run.step.outcome is Outcome.COMPLETED


def _loop(rounds: int) -> bytes:
    script = (
        '<bpmn:scriptTask id="t"><bpmn:extensionElements><zeebe:script expression="=i + 1" resultVariable="i"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )
    body = ENDS + USER.format("u") + script + '<bpmn:exclusiveGateway id="g" default="f3"/>'
    return diagram(body, [("s", "t"), ("t", "g"), ("g", "u", f"=i >= {rounds}"), ("g", "t"), ("u", "e")])


def test_the_frozen_state_does_not_grow_with_the_rounds_done() -> None:
    sizes = [len(Run(_loop(rounds), {"i": 0}).step.state or b"") for rounds in (10, 1_000)]
    assert sizes[1] - sizes[0] <= 4  # a larger key may take a byte or two more


def test_nothing_on_the_path_is_evaluated_as_python() -> None:
    xml = _loop(3)
    Run(xml, {"i": 0}).complete("u")  # warm: imports and caches
    heard: list[str] = []
    armed = True

    def listen(event: str, args: tuple[Any, ...]) -> None:
        # A tree of our own making is no text: tests/house/test_modules.py says why FEEL that is hot may become one.
        if armed and event in {"exec", "compile"} and not isinstance(args[0], ast.Module):
            heard.append(event)

    sys.addaudithook(listen)
    Run(xml, {"i": 0}).complete("u")
    armed = False
    assert heard == []


def test_freezing_and_thawing_between_all_steps_changes_nothing() -> None:
    run = Run(_multi_instance(sequential=True), {"items": list(range(5))})
    while run.step.outcome is Outcome.ACTIVE:
        run.complete("t", result=len(run.entered))
    assert len(run.variables["results"]) == 5


def _nested(depth: int) -> bytes:
    body = USER.format("u")
    for level in range(depth):
        flows = sequence_flows(chain(f"s{level}", f"x{level - 1}" if level else "u", f"e{level}"), f"f{level}_")
        ends = f'<bpmn:startEvent id="s{level}"/><bpmn:endEvent id="e{level}"/>'
        body = f'<bpmn:subProcess id="x{level}">{ends}{body}{flows}</bpmn:subProcess>'
    return diagram(ENDS + body, chain("s", f"x{depth - 1}", "e"))


def test_sub_processes_nested_hundreds_deep_run_and_end_without_recursion() -> None:
    xml = _nested(240)
    assert [one for one in bpmn.check(bpmn.read(xml)) if one.severity == "error"] == []
    run = Run(xml)
    assert run.at() == ["u"]
    run.complete("u")
    assert run.step.outcome is Outcome.COMPLETED
    assert len([change for change in run.step.elements if change.kind == "subProcess"]) == 240


def test_cancelling_reaches_hundreds_of_scopes_inner_ones_first() -> None:
    run = Run(_nested(240)).send(commands.Cancel())
    assert run.step.outcome is Outcome.TERMINATED
    assert [change.element_id for change in run.step.elements][:3] == ["u", "x0", "x1"]
