"""Agents whose tools are activities of the diagram: what runs, what is remembered, what a crash leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from bpmn.agents import AgentCard, RiskClass
from connectors.base import LeaseLost, ToolUse
from connectors.scripted import ScriptedModel
from engine.agents import JobJournal
from engine.engine import Engine
from engine.errors import InvalidInput, StoreUnavailable
from engine.policies import Ask, Change, Deny, Facts, Verdict
from engine.scopes import ScopeKind
from tests.engine.agent_desk import ADMIN, ANNA, Desk, agent, call, calls, desks
from tests.support.diagrams import chain


@pytest.fixture
def desk(upgraded_database_url: str) -> Iterator[Callable[..., Desk]]:
    with desks(upgraded_database_url) as make:
        yield make


def test_an_agent_uses_a_tool_and_answers(desk: Any) -> None:
    one = desk([call("Weather", city="Rome"), "Sunny in Rome."])
    assert one.state() == "completed"
    assert one.answer() == {"responseText": "Sunny in Rome."}
    assert [request.variables["city"] for request in one.served] == ["Rome"]
    first, second = one.attempts()
    assert [message["role"] for message in first.prompt] == ["system", "user"]
    assert second.prompt[2]["tool_calls"][0]["function"] == {"name": "Weather", "arguments": '{"city": "Rome"}'}
    assert second.prompt[3] == {"role": "tool", "tool_call_id": "call_1", "content": "weather for Rome"}
    assert one.noted() == [("Weather", "allowed")]
    assert "sk-1234567890" not in one.trail()


def test_a_tool_may_be_a_person(desk: Any) -> None:
    one = desk([calls(call("Ask", question="Who?"), call("Weather", city="Bari")), "Fine."])
    [task] = one.tasks()
    assert (one.state(), task.element_id, len(one.attempts())) == ("active", "Ask", 1)
    one.engine.complete_task(task.key, {"toolCallResult": "Maria"}, by=ADMIN)
    one.run()
    assert one.answer() == {"responseText": "Fine."}
    told = [message["content"] for message in one.attempts()[1].prompt if message["role"] == "tool"]
    assert told == ["Maria", "weather for Bari"]


def test_a_diagram_may_say_that_its_agent_only_suggests(desk: Any) -> None:
    body = agent(headers={"baton:autonomy": "suggest"})
    one = desk([call("Weather", city="Rome"), "Sunny in Rome."], body=body, stopped=True)
    card = AgentCard(
        "p", "ada", "Helps.", RiskClass.MINIMAL, ("p",), ("openai/gpt-4o",), tools=("Weather", "Ask", "Pay")
    )
    one.engine.register_agent(card, by=ADMIN)
    one.engine.start_ai(ScopeKind.ALL, by=ADMIN)
    one.clock.advance(10)
    one.run()
    assert (one.served, [task.review["subject"] for task in one.tasks()]) == ([], ["call_1"])
    assert [(attempt.level, len(attempt.fingerprint)) for attempt in one.attempts()] == [("suggest", 16)]


def test_one_tool_may_be_called_twice_at_once(desk: Any) -> None:
    one = desk([calls(call("Weather", city="Rome"), call("Weather", city="Bari")), "Both fine."])
    assert {request.variables["city"] for request in one.served} == {"Rome", "Bari"}
    assert one.answer() == {"responseText": "Both fine."}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (call("Launch", code=1), "There is no tool 'Launch'"),
        (call("end"), "There is no tool 'end'"),
        (call("Weather"), "city"),
        (call("Weather", city=12), "city"),
        ({"calls": [{"name": "Weather", "arguments": "{city: Rome"}]}, "not JSON"),
        ({"calls": [{"name": "Weather", "arguments": "[1]"}]}, "object"),
        ({"calls": [{"name": "Weather", "arguments": '{"city": "Rome", "_meta": {"id": "x"}}'}]}, "_meta"),
        ({"calls": [{"name": "Weather", "arguments": "[" * 90_000}]}, "nested"),
        ({"calls": [{"name": "Weather", "arguments": '{"city": "' + "x" * 2_000_000 + '"}'}]}, "characters"),
        (call("Pay", amount=1001, to="Bob"), "amount"),
    ],
)
def test_a_wrong_call_is_shown_to_the_model_and_never_runs(desk: Any, wrong: Any, fault: str) -> None:
    one = desk([wrong, "I give up."])
    assert one.answer() == {"responseText": "I give up."}
    assert not one.served
    [(_, verdict)] = one.noted()
    assert verdict == "refused"
    assert fault in one.attempts()[1].prompt[3]["content"]


def test_what_was_right_in_an_answer_runs_and_what_was_wrong_is_told(desk: Any) -> None:
    one = desk([calls(call("Weather", city="Rome"), call("Launch")), "Done."])
    assert one.noted() == [("Weather", "allowed"), ("Launch", "refused")]
    told = {
        message["tool_call_id"]: message["content"] for message in one.attempts()[1].prompt if message["role"] == "tool"
    }
    assert told["call_1"] == "weather for Rome"
    assert "no tool" in told["call_2"]


def test_a_model_that_never_gives_a_usable_answer_is_an_incident_after_three(desk: Any) -> None:
    one = desk([call("Launch")])
    assert len(one.attempts()) == 3
    assert "gave no answer that can be used" in one.incidents()[0]


def test_a_forged_id_brings_no_result_to_another_call(desk: Any) -> None:
    forged = calls(
        call("Weather", "same", city="Rome"), call("Weather", "same", city="Bari"), call("Weather", "a b", city="Pisa")
    )
    one = desk([forged, "Done."])
    told = {
        message["tool_call_id"]: message["content"] for message in one.attempts()[1].prompt if message["role"] == "tool"
    }
    assert sorted(told.values()) == ["weather for Bari", "weather for Pisa", "weather for Rome"]
    assert told["same"] == "weather for Rome"


def test_a_loop_of_the_same_call_ends(desk: Any) -> None:
    one = desk([call("Weather", f"c{at}", city="Rome") for at in range(9)])
    assert len(one.served) == 3
    assert "gave no answer that can be used" in one.incidents()[0]
    assert [verdict for _, verdict in one.noted()] == ["allowed"] * 3 + ["refused"] * 3


@pytest.mark.parametrize(
    ("limit", "code", "calls_made"),
    [
        ({"data.limits.maxModelCalls": "3"}, "calls of models", 3),
        ({"data.limits.maxTokens": "240"}, "tokens", 2),
        ({"data.limits.maxCost": "0.0000001"}, "USD", 0),
        ({"data.limits.maxModelCalls": "=6"}, "calls of models", 6),
    ],
)
def test_every_limit_ends_an_agent(desk: Any, limit: Any, code: str, calls_made: int) -> None:
    script = [call("Weather", f"c{at}", city=f"City {at}") for at in range(20)]
    one = desk(script, body=agent(limit), row={"input_per_million": 1, "output_per_million": 1})
    assert len(one.attempts()) == calls_made
    assert code in one.incidents()[0]


def test_the_limit_of_tool_calls_leaves_the_model_its_last_word(desk: Any) -> None:
    script = [call("Weather", "a", city="A"), call("Weather", "b", city="B"), call("Weather", "c", city="C"), "Enough."]
    one = desk(script, body=agent({"data.limits.maxToolCalls": "2"}))
    assert len(one.served) == 2
    assert one.answer() == {"responseText": "Enough."}


def test_a_diagram_catches_a_limit_by_its_code(desk: Any) -> None:
    is_reached = "error.code = &quot;MAXIMUM_NUMBER_OF_MODEL_CALLS_REACHED&quot;"
    expression = f"=if {is_reached} then bpmnError(&quot;LIMIT&quot;, &quot;tired&quot;) else null"
    caught = (
        '<boundaryEvent id="Limit" attachedToRef="Agent"><errorEventDefinition/></boundaryEvent><endEvent id="sorry"/>'
    )
    body = agent({"data.limits.maxModelCalls": "1"}, headers={"errorExpression": expression}) + caught
    one = desk([call("Weather", city="Rome")], body=body, flows=[*chain("start", "Agent", "end"), ("Limit", "sorry")])
    assert one.state() == "completed"
    assert not one.incidents()


# People before what cannot be taken back.


def test_a_tool_that_cannot_be_taken_back_waits_for_a_person(desk: Any) -> None:
    one = desk([call("Pay", amount=900, to="Bob"), "Paid."])
    [task] = one.tasks()
    assert not one.served
    assert (task.review["group"], task.review["proposal"]) == (
        "treasury",
        {"tool": "Pay", "arguments": {"amount": 900, "to": "Bob"}},
    )
    one.decide("approve", reason="in the budget")
    assert [request.variables["amount"] for request in one.served] == [900]
    assert one.answer() == {"responseText": "Paid."}
    assert len(one.attempts()) == 2
    assert one.noted() == [("Pay", "asked"), ("Pay", "allowed")]
    assert one.facts("tool-called")[1]["approval"] == str(task.key)


def test_a_refused_tool_never_runs_and_the_model_is_told_why(desk: Any) -> None:
    one = desk([call("Pay", amount=900, to="Bob"), "Not paid."])
    one.decide("reject", reason="Bob is unknown")
    assert not one.served
    assert "Bob is unknown" in one.attempts()[1].prompt[3]["content"]
    assert one.answer() == {"responseText": "Not paid."}


def test_a_person_may_change_the_arguments_within_the_schema(desk: Any) -> None:
    one = desk([call("Pay", amount=900, to="Bob"), "Paid less."])
    [task] = one.tasks()
    too_much = {"output": {"tool": "Pay", "arguments": {"amount": 5000, "to": "Bob"}}}
    with pytest.raises(InvalidInput):
        one.engine.decide(task.key, "edit", variables=too_much, by=ANNA)
    one.decide("edit", variables={"output": {"tool": "Pay", "arguments": {"amount": 10, "to": "Bob"}}})
    assert [request.variables["amount"] for request in one.served] == [10]


def test_each_of_two_payments_has_an_approval_of_its_own(desk: Any) -> None:
    one = desk([calls(call("Pay", amount=1, to="Ann"), call("Pay", amount=2, to="Bob")), "Paid."])
    one.decide("approve")
    assert not one.served
    one.decide("reject")
    assert [request.variables["to"] for request in one.served] == ["Ann"]
    assert len(one.attempts()) == 2


def test_a_policy_may_deny_change_or_ask(desk: Any) -> None:
    script = [
        call("Weather", "a", city="Rome"),
        call("Weather", "b", city="Bari"),
        call("Weather", "c", city="Pisa"),
        "Done.",
    ]
    one = desk(script, policies=[Cities()])
    assert one.noted() == [("Weather", "denied"), ("Weather", "allowed"), ("Weather", "asked")]
    one.decide("approve")
    assert [request.variables["city"] for request in one.served] == ["Lecce", "Pisa"]
    verdicts = [(fact["verdict"], fact["call_id"]) for fact in one.facts("policy-verdict")]
    assert verdicts == [("deny", "a"), ("change", "b"), ("ask", "c"), ("ask", "c")]


class Cities:
    """A policy with a word on each city."""

    name, version = "cities", "1"

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        assert (facts.model, facts.agent_id) == ("openai/gpt-4o", "p")
        match use.arguments["city"]:
            case "Rome":
                return Deny("Rome is closed")
            case "Bari":
                return Change(replace(use, arguments={"city": "Lecce"}), "next door")
        return Ask("never heard of it", "treasury")


# What a crash leaves behind.


def test_an_answer_is_not_bought_twice_when_the_worker_dies_before_it_tells(desk: Any, monkeypatch: Any) -> None:
    def die(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr("engine.worker.patience.PATIENCE_SECONDS", 0)
        patch.setattr("engine.worker.patience.FIRST_PAUSE_SECONDS", 0)
        patch.setattr(Engine, "complete_jobs", die)
        one = desk([call("Weather", city="Rome"), "Sunny."])
        assert (len(one.attempts()), one.served) == (1, [])
    one.clock.advance(120)
    one.run()
    assert one.answer() == {"responseText": "Sunny."}
    assert len(one.attempts()) == 2


def test_a_call_of_unknown_end_counts_as_made(desk: Any, monkeypatch: Any) -> None:
    def die(*_: Any) -> Any:
        raise LeaseLost("killed")

    with monkeypatch.context() as patch:
        patch.setattr(ScriptedModel, "ask", die)
        patch.setattr(JobJournal, "settle", die)
        one = desk(["Sunny."], body=agent({"data.limits.maxModelCalls": "1"}))
    one.clock.advance(120)
    one.run()
    assert [attempt.state.value for attempt in one.attempts()] == ["lost"]
    assert "1 calls of models" in one.incidents()[0]


def test_a_call_that_fails_on_the_way_is_made_again_and_then_given_up(desk: Any) -> None:
    one = desk([503], body=agent(headers={"baton:onExhausted": "incident"}))
    for _ in range(5):
        one.clock.advance(600)
        one.run()
    assert len(one.attempts()) == 3
    assert "No model of the agent can be asked" in one.incidents()[0]


# The shape of the answer.


@pytest.mark.parametrize(
    ("text", "inputs", "expected"),
    [
        ('```json\n{"a": 1}\n```', {"data.response.format.type": "json"}, {"responseJson": {"a": 1}}),
        (
            '{"a": 1}',
            {"data.response.format.parseJson": "true"},
            {"responseText": '{"a": 1}', "responseJson": {"a": 1}},
        ),
        ("no", {"data.response.format.parseJson": "true"}, {"responseText": "no"}),
        (
            "yes",
            {"data.response.includeAssistantMessage": "=true"},
            {
                "responseText": "yes",
                "responseMessage": {"role": "assistant", "content": [{"type": "text", "text": "yes"}]},
            },
        ),
    ],
)
def test_the_answer_has_the_shape_that_was_asked_for(desk: Any, text: str, inputs: Any, expected: Any) -> None:
    assert desk([text], body=agent(inputs)).answer() == expected


def test_json_that_breaks_its_schema_is_mended_once_told(desk: Any) -> None:
    schema = '={"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}'
    inputs = {"data.response.format.type": "json", "data.response.format.schema": schema}
    one = desk(["{}", '{"a": 2}'], body=agent(inputs))
    assert one.answer() == {"responseJson": {"a": 2}}
    assert "'a'" in one.attempts()[1].prompt[-1]["content"]


def test_an_agent_goes_on_from_an_earlier_conversation(desk: Any) -> None:
    inputs = {"data.response.includeAgentContext": "=true"}
    first = desk(["Hello."], body=agent(inputs)).answer()["context"]
    assert first["metrics"]["modelCalls"] == 1
    one = desk(["Again."], body=agent({**inputs, "agentContext": "=earlier"}), earlier=first)
    assert [message["role"] for message in one.attempts()[0].prompt] == ["system", "user", "assistant", "user"]
    assert one.answer()["context"]["metrics"]["modelCalls"] == 2


@pytest.mark.parametrize(
    "broken", [[1], "text", {"conversation": {"messages": [{"role": "root"}]}}, {"conversation": 7}]
)
def test_a_broken_context_is_an_incident_that_says_so(desk: Any, broken: Any) -> None:
    one = desk(["Hello."], body=agent({"agentContext": "=earlier"}), earlier=broken)
    assert "is no conversation" in one.incidents()[0]


@pytest.mark.parametrize(
    "hostile", [{"text": "x" * 10_000_000}, {"text": "x" * 500, "finish": "length"}, {"text": ""}, {"text": " \n"}]
)
def test_an_answer_without_end_or_content_is_asked_for_once_more(desk: Any, hostile: Any) -> None:
    one = desk([hostile, "Short."])
    assert one.answer() == {"responseText": "Short."}
    assert len(one.trail()) < 1_000_000


def test_a_thousand_calls_in_one_answer_are_not_looked_at(desk: Any) -> None:
    one = desk([calls(*(call("Weather", city=f"City {at}") for at in range(1000))), "Done."])
    assert len(one.served) == 20


def test_a_refusal_is_an_incident_with_the_models_words(desk: Any) -> None:
    assert "I will not" in desk([{"refusal": "I will not"}]).incidents()[0]


# Where no model may be asked.


def test_a_stopped_agent_waits_and_goes_on_when_ai_may(desk: Any) -> None:
    one = desk(["Hello."], body=agent({"provider.openai.model.model": "gpt-4o"}), stopped=True)
    assert (one.state(), one.attempts(), one.incidents()) == ("active", [], [])
    one.engine.start_ai(ScopeKind.ALL, by=ADMIN)
    one.clock.advance(600)
    one.run()
    assert one.answer() == {"responseText": "Hello."}


def test_a_person_answers_for_a_stopped_agent_where_the_diagram_says_so(desk: Any) -> None:
    headers = {"baton:onStopped": "person", "baton:approvers": "treasury"}
    one = desk(["Hello."], body=agent(headers=headers), stopped=True)
    one.decide("edit", variables={"output": {"responseText": "Hello from Anna."}})
    assert one.answer() == {"responseText": "Hello from Anna."}
    assert not one.attempts()


def test_a_person_answers_for_an_exhausted_agent_where_the_diagram_says_so(desk: Any) -> None:
    headers = {"baton:onExhausted": "person", "baton:approvers": "treasury"}
    one = desk([call("Launch")], body=agent(headers=headers))
    assert len(one.attempts()) == 3
    one.decide("edit", variables={"output": {"responseText": "Anna knows."}})
    assert one.answer() == {"responseText": "Anna knows."}
    assert len(one.attempts()) == 3


def test_a_person_who_gives_no_answer_either_leaves_an_incident(desk: Any) -> None:
    headers = {"baton:onExhausted": "person", "baton:approvers": "treasury"}
    one = desk([401], body=agent(headers=headers))
    one.decide("reject", reason="ask somebody else")
    assert "ask somebody else" in one.incidents()[0]


def test_what_a_person_denies_is_no_fault_and_nothing_is_noted_twice(desk: Any) -> None:
    script = [call("Launch"), call("Pay", "a", amount=1, to="A"), call("Pay", "b", amount=2, to="B"), "I give up."]
    one = desk([call("Launch"), *script])
    one.decide("reject")
    one.decide("reject")
    assert one.answer() == {"responseText": "I give up."}
    refused, asked, denied = ("Launch", "refused"), ("Pay", "asked"), ("Pay", "denied")
    assert one.noted() == [refused, refused, asked, denied, asked, denied]
