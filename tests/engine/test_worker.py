"""The worker over a real engine and store: how every ending of a connector ends in the process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from connectors.base import BpmnError, Permanent, Request, Result, Retryable, Review
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import NamedFile
from engine.queries import TaskFilter
from tests.engine.worker_house import ADMIN, SECRET, House, answer, fails, header
from tests.support.diagrams import chain, diagram, service


@pytest.fixture
def house(upgraded_sqlite_url: str, clock: FakeClock) -> Iterator[House]:
    made = House(upgraded_sqlite_url, clock)
    yield made
    made.store.close()


# What a connector may end in.


def test_a_result_goes_into_the_result_variable_and_the_process_goes_on(house: House) -> None:
    worker = house.serve(answer({"total": 12}))
    house.start()
    assert worker.run_until_idle() == 1
    assert house.state() == "completed"
    assert house.variables() == {"result": {"total": 12}}


def test_a_result_expression_makes_variables_of_a_response(house: House) -> None:
    worker = house.serve(answer({"body": {"total": 12}, "status": 200}))
    house.start(header("resultExpression", "={total: body.total, code: response.status}"))
    worker.run_until_idle()
    assert house.variables() == {"total": 12, "code": 200}


def test_without_headers_nothing_of_a_response_is_kept(house: House) -> None:
    worker = house.serve(answer({"total": 12}))
    house.start(" ")
    worker.run_until_idle()
    assert (house.state(), house.variables()) == ("completed", {})


def test_a_result_expression_that_gives_no_variables_is_an_incident_that_names_it(house: House) -> None:
    worker = house.serve(answer(1))
    house.start(header("resultExpression", "=1 + 1"))
    worker.run_until_idle()
    assert "resultExpression" in house.incidents()[0]


def test_what_may_pass_is_tried_again_after_its_pause_and_ends_in_an_incident(house: House) -> None:
    tries = []

    def connector(request: Request) -> Result:
        tries.append(request.retries)
        raise Retryable("the peer is away", after_seconds=10)

    worker = house.serve(connector)
    house.start()
    assert worker.run_until_idle() == 1, "not before its pause is over"
    for _ in range(2):
        house.clock.advance(10)
        assert worker.run_until_idle() == 1
    assert tries == [3, 2, 1]
    assert house.incidents() == ["the peer is away"]


def test_a_try_that_the_connector_counts_itself_uses_no_retry_of_the_job(house: House) -> None:
    worker = house.serve(fails(Retryable("busy", after_seconds=5, uses_retry=False)))
    house.start()
    for _ in range(5):
        assert worker.run_until_idle() == 1
        house.clock.advance(5)
    assert house.retries() == 3
    assert house.incidents() == []


def test_the_diagram_may_say_how_long_to_wait(house: House) -> None:
    worker = house.serve(fails(Retryable("busy")))
    house.start(header("retryBackoff", "PT2M"))
    worker.run_until_idle()
    house.clock.advance(119)
    assert worker.run_until_idle() == 0
    house.clock.advance(1)
    assert worker.run_until_idle() == 1


def test_what_will_never_work_is_an_incident_at_once(house: House) -> None:
    worker = house.serve(fails(Permanent("no such account")))
    house.start()
    assert worker.run_until_idle() == 1
    assert house.incidents() == ["no such account"]


def test_an_unexpected_error_is_a_failed_try_with_its_class(house: House) -> None:
    worker = house.serve(fails(ZeroDivisionError("division by zero")))
    house.start(inner="", body=service("a", retries="1"))
    worker.run_until_idle()
    assert house.incidents() == ["ZeroDivisionError: division by zero"]


def test_a_business_error_is_caught_by_the_diagram(house: House) -> None:
    worker = house.serve(fails(BpmnError("NO_MONEY", "the account is empty", {"missing": 7})))
    body = (
        service("a")
        + '<bpmn:boundaryEvent id="caught" attachedToRef="a"><bpmn:extensionElements><zeebe:ioMapping>'
        + '<zeebe:output source="=missing" target="missing"/></zeebe:ioMapping></bpmn:extensionElements>'
        + '<bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent><bpmn:endEvent id="poor"/>'
    )
    tasks = f'<bpmn:startEvent id="start"/>{body}<bpmn:endEvent id="end"/>'
    roots = '<bpmn:error id="e" errorCode="NO_MONEY"/>'
    xml = diagram(tasks, [*chain("start", "a", "end"), ("caught", "poor")], roots=roots)
    house.engine.deploy([NamedFile("p.bpmn", xml)], by=ADMIN)
    house.key = house.engine.start(process_id="p", by=ADMIN).key
    worker.run_until_idle()
    assert house.state() == "completed"
    assert house.variables()["missing"] == 7


def test_a_response_that_cannot_be_kept_is_an_incident(house: House) -> None:
    worker = house.serve(answer({"bad": {1, 2}}))
    house.start()
    worker.run_until_idle()
    assert "not JSON" in house.incidents()[0]


def test_a_job_that_was_cancelled_meanwhile_is_dropped_in_silence(house: House) -> None:
    def connector(request: Request) -> Result:
        house.engine.cancel(house.key, by=ADMIN)
        return Result({"late": True})

    worker = house.serve(connector)
    house.start()
    with structlog.testing.capture_logs() as logs:
        worker.run_until_idle()
    assert house.state() == "terminated"
    assert "result" not in house.variables()
    assert any("dropped" in line["event"] for line in logs)


def test_the_log_says_type_and_seconds_of_each_job(house: House) -> None:
    worker = house.serve(answer(1))
    house.start()
    with structlog.testing.capture_logs() as logs:
        worker.run_until_idle()
    [line] = [line for line in logs if line["event"] == "job completed"]
    assert line["type"] == "work"
    assert line["seconds"] >= 0


# Reviews.


def review(**changes: Any) -> Review:
    from decimal import Decimal

    given: dict[str, Any] = {
        "group": "reviewers",
        "proposal": {"total": 12},
        "schema": {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]},
        "faults": ("grounding: total",),
        "confidence": None,
        "cost": Decimal("0.01"),
        "recommendation": "Look at the total.",
        "source": "Total: 12",
        "response": {"model": "m", "attempts": 2},
    }
    return Review(**given | changes)


def test_a_review_becomes_a_task_and_its_verdict_the_result(house: House) -> None:
    worker = house.serve(lambda request: review())
    house.start()
    worker.run_until_idle()
    [task] = house.engine.queries.tasks(TaskFilter()).items
    assert "reviewers" in task.candidate_groups
    anna = Actor("anna", ActorKind.HUMAN, frozenset({"reviewers"}), frozenset({Role.APPROVER}))
    house.engine.decide(task.key, "edit", variables={"output": {"total": 13}}, reason="misread", by=anna)
    assert house.state() == "completed"
    result = house.variables()["result"]
    assert (result["result"], result["model"], result["review"]["by"]) == ({"total": 13}, "m", "anna")


# Secrets.


def test_secrets_are_filled_in_where_the_connector_allows_them_and_never_kept(house: House) -> None:
    seen: list[Request] = []

    def connector(request: Request) -> Result:
        seen.append(request)
        raise Permanent(f"login with {request.variables['key']} refused")

    connector.secret_inputs = frozenset({"key", "nested"})  # type: ignore[attr-defined]
    worker = house.serve(connector)
    inputs = header("token", "{{secrets.CRM}}") + (
        "<zeebe:ioMapping>"
        '<zeebe:input source="Bearer {{ secrets.CRM }}" target="key"/>'
        '<zeebe:input source="secrets.CRM" target="nested.list"/>'
        '<zeebe:input source="{{secrets.CRM}}" target="text"/></zeebe:ioMapping>'
    )
    house.start(inputs, customer="I am {{secrets.CRM}}")
    worker.run_until_idle()
    request = seen[0]
    assert request.variables["key"] == f"Bearer {SECRET}"
    assert request.variables["nested"] == {"list": SECRET}
    assert request.headers["token"] == SECRET
    assert request.variables["text"] == "{{secrets.CRM}}", "not a place that the connector named"
    assert request.variables["customer"] == "I am {{secrets.CRM}}", "an outsider cannot quote a secret"
    assert house.incidents() == ["login with Bearer *** refused"]
    assert SECRET not in house.trail()
    assert SECRET not in json.dumps(house.variables())


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ('="https://crm.example/" + first + second', {"first": "{", "second": "{secrets.CRM}}"}),
        ('="{" + first + "}}"', {"first": "{secrets.CRM"}),
        ("=first + second", {"first": "sec", "second": "rets.CRM"}),
        ("={query: first}", {"first": "Bearer secrets.CRM"}),
        ("=first", {"first": ["{{ secrets.CRM }}"]}),
    ],
)
def test_words_of_outsiders_that_a_diagram_joins_quote_no_secret(
    house: House, source: str, data: dict[str, Any]
) -> None:
    seen: list[Request] = []

    def connector(request: Request) -> Result:
        seen.append(request)
        return Result(None)

    connector.secret_inputs = frozenset({"url", "key"})  # type: ignore[attr-defined]
    worker = house.serve(connector)
    mapped = source.replace("&", "&amp;").replace('"', "&quot;")
    house.start(
        f'<zeebe:ioMapping><zeebe:input source="{mapped}" target="url"/>'
        '<zeebe:input source="{{secrets.CRM}}" target="key"/></zeebe:ioMapping>',
        **data,
    )
    worker.run_until_idle()
    assert not seen, "the diagram quotes this secret, but for another input"
    assert "'url' quotes the secret 'CRM'" in house.incidents()[0]
    assert SECRET not in house.trail()


def test_an_unknown_secret_is_an_incident_that_names_it_and_the_variable_to_set(house: House) -> None:
    worker = house.serve(answer(1))
    house.start(header("token", "{{secrets.crm/key}}"))
    worker.run_until_idle()
    assert "'crm/key'" in house.incidents()[0]
    assert "BATON_SECRET_CRM_KEY" in house.incidents()[0]


# errorExpression.


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ('=if error.code = "404" then ignoreError({found: false}) else null', {"found": False}),
        ("=ignoreError()", {}),
        ('=if error.code = "500" then ignoreError() else null', None),
        ("=null", None),
    ],
)
def test_the_diagram_may_ignore_a_failure(house: House, expression: str, outcome: Any) -> None:
    worker = house.serve(fails(Permanent("not found", code="404")))
    house.start(header("errorExpression", expression))
    worker.run_until_idle()
    if outcome is None:
        assert house.incidents() == ["not found"]
    else:
        assert house.variables() == outcome
        assert house.state() == "completed"


def test_the_diagram_may_turn_an_answer_into_a_failure(house: House) -> None:
    worker = house.serve(answer({"status": "rejected"}))
    house.start(
        header("errorExpression", '=if response.status = "rejected" then jobError("rejected by peer") else null')
    )
    worker.run_until_idle()
    assert house.incidents() == ["rejected by peer"]


def test_the_diagram_may_ask_for_another_try(house: House) -> None:
    worker = house.serve(answer({}))
    house.start(header("errorExpression", '=jobError("later", {}, 2, @"PT7S")'))
    worker.run_until_idle()
    assert house.incidents() == []
    house.clock.advance(7)
    assert worker.run_until_idle() == 1


def test_the_diagram_may_throw_a_business_error(house: House) -> None:
    worker = house.serve(fails(Permanent("not found", code="404")))
    house.start(header("errorExpression", '=bpmnError("GONE", "nothing there")'))
    worker.run_until_idle()
    assert "GONE" in house.incidents()[0]


def test_an_error_expression_that_fails_is_named(house: House) -> None:
    worker = house.serve(answer({}))
    house.start(header("errorExpression", '=assert(response, false, "odd")'))
    worker.run_until_idle()
    assert "errorExpression" in house.incidents()[0]
