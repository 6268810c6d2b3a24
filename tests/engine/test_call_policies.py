"""Policies around each call of a model: what is sent, what may come back, who decides, and what the trail keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bpmn.agents import AgentCard, RiskClass
from connectors.base import LeaseLost
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import AutonomyWish
from engine.policies import Allow, Ask, Change, Deny, Facts, digest
from engine.scopes import ScopeKind
from tests.engine.agent_desk import Desk, agent, call, desks
from tests.engine.ai_office import ADMIN, ANNA, RIGHT, Office

LEGAL = Actor("lea", ActorKind.HUMAN, frozenset({"legal"}), frozenset({Role.APPROVER}))
TYPES = ("attempt-started", "policy-verdict", "attempt-settled")
FIELD = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}


@pytest.fixture
def office(upgraded_database_url: str, clock: FakeClock) -> Any:
    made: list[Office] = []

    def make(scripts: dict[str, list[Any]], *policies: Any) -> Office:
        made.append(Office(upgraded_database_url, clock, scripts, policies=policies))
        made[-1].worker.run_until_idle()
        return made[-1]

    yield make
    for one in made:
        one.store.close()


@pytest.fixture
def desk(upgraded_database_url: str) -> Iterator[Callable[..., Desk]]:
    with desks(upgraded_database_url) as make:
        yield make


class Input:
    """A policy on inputs."""

    name, version = "input-rule", "2"

    def __init__(self, judge: Callable[[Facts, Any], Any]) -> None:
        self._judge = judge

    def input(self, facts: Facts, messages: Any) -> Any:
        return self._judge(facts, messages)


class Output:
    """A policy on outputs."""

    name, version = "output-rule", "7"

    def __init__(self, judge: Callable[[Facts, Any], Any]) -> None:
        self._judge = judge

    def output(self, facts: Facts, output: Any) -> Any:
        return self._judge(facts, output)


def without(word: str) -> Input:
    """Takes a word out of every message."""

    def judge(facts: Facts, messages: Any) -> Any:
        # A message that calls tools may have no content.
        new = [{**one, "content": one["content"] and one["content"].replace(word, "***")} for one in messages]
        return Change(new, "redacted", "words") if new != messages else Allow()

    return Input(judge)


def at_most(limit: float) -> Output:
    return Output(lambda facts, output: Deny(f"at most {limit:g}", "row-1") if output["total"] > limit else Allow())


# The AI task.


def test_the_model_gets_and_the_books_keep_the_changed_messages(office: Any) -> None:
    plain = office({"a": [RIGHT]})
    one = office({"a": [RIGHT]}, without("EUR"))
    [attempt] = one.attempts()
    assert "EUR" not in json.dumps(attempt.prompt)
    assert "***" in json.dumps(attempt.prompt)
    # What was learned about a prompt holds for it still: the fingerprint is the template's.
    assert attempt.fingerprint == plain.attempts()[0].fingerprint
    [told] = one.facts("policy-verdict")
    assert (told["policy"], told["version"], told["rule"], told["verdict"]) == ("input-rule", "2", "words", "change")
    assert (told["number"], told["after"]) == (1, digest(attempt.prompt))
    assert attempt.rulings[0]["reason"] == "redacted"


def test_a_model_that_must_not_be_asked_is_passed_over_for_one_that_may(office: Any) -> None:
    only_b = Input(lambda facts, messages: Allow() if facts.model == "scripted/b" else Deny("stays in the EU"))
    one = office({"a": [RIGHT], "b": [RIGHT]}, only_b)
    assert one.answer()["model"] == "scripted/b"
    assert [attempt.model for attempt in one.attempts()] == ["scripted/b"]
    [refused] = one.facts("call-refused")
    assert (refused["gate"], refused["model"]) == ("policies", "scripted/a")
    assert refused["order"] == ["registry", "switch", "autonomy"]


def test_what_no_model_may_be_told_goes_to_a_person(office: Any) -> None:
    one = office({"a": [RIGHT]}, Input(lambda facts, messages: Deny("a secret")))
    assert one.attempts() == []
    [task] = one.tasks()
    assert "a secret" in str(task.review["faults"])


def test_a_question_about_an_input_goes_to_the_group_that_the_policy_names(office: Any) -> None:
    one = office({"a": [RIGHT]}, Input(lambda facts, messages: Ask("delicate", "legal")))
    [task] = one.tasks()
    assert (one.attempts(), task.candidate_groups) == ([], ("legal",))
    one.engine.decide(task.key, "edit", variables={"output": {"total": 1}}, by=LEGAL)
    assert one.answer()["result"] == {"total": 1}


def test_ai_that_is_stopped_is_not_even_judged_by_policies(office: Any) -> None:
    one = office({"a": [503, RIGHT]}, Input(lambda facts, messages: Ask("delicate")))
    for task in one.tasks():
        one.engine.decide(task.key, "edit", variables={"output": {"total": 1}}, by=ANNA)
    before = len(one.facts("policy-verdict"))
    one.engine.stop_ai(ScopeKind.ALL, by=ADMIN)
    one.engine.start(process_id="p", variables={"document": "Total: 1"}, by=ADMIN)
    one.worker.run_until_idle()
    assert len(one.facts("policy-verdict")) == before
    assert {fact["gate"] for fact in one.facts("call-refused")} == {"policies", "switch"}


def test_a_denied_answer_is_told_to_the_model_and_then_escalated(office: Any) -> None:
    one = office({"a": [RIGHT, '{"total": 12.50}'], "b": [RIGHT]}, at_most(10))
    assert len(one.attempts()) == 4
    assert "policy: at most 10" in json.dumps(one.attempts()[1].prompt)
    [task] = one.tasks()
    assert "A policy does not allow" in task.review["recommendation"]
    assert one.answer() is None


def test_a_denied_answer_may_be_mended(office: Any) -> None:
    other = Output(lambda facts, output: Deny("again") if facts.cost == 0 and not output.get("note") else Allow())
    one = office({"a": [RIGHT, '{"total": 12.5, "note": "Total"}']}, other)
    assert one.answer()["result"] == {"total": 12.5, "note": "Total"}


def test_a_changed_answer_is_what_the_process_gets(office: Any) -> None:
    one = office({"a": [RIGHT]}, Output(lambda facts, output: Change({"total": 12}, "rounded down")))
    assert one.answer()["result"] == {"total": 12}
    assert one.attempts()[0].answer == RIGHT


def test_a_change_that_breaks_the_schema_goes_to_a_person(office: Any) -> None:
    one = office({"a": [RIGHT, RIGHT]}, Output(lambda facts, output: Change({"sum": 12}, "renamed")))
    assert len(one.attempts()) == 1
    assert "another shape" in str(one.tasks()[0].review["faults"])


def test_an_answer_that_a_policy_asks_about_goes_to_its_group_with_the_proposal(office: Any) -> None:
    one = office({"a": [RIGHT], "b": [RIGHT]}, Output(lambda facts, output: Ask("over 10", "legal")))
    [task] = one.tasks()
    assert (len(one.attempts()), task.candidate_groups, task.review["proposal"]) == (1, ("legal",), {"total": 12.5})
    assert "asked: over 10" in str(task.review["faults"])


def test_every_verdict_of_a_call_is_in_the_trail_in_the_order_of_the_chain(office: Any) -> None:
    one = office({"a": [RIGHT]}, without("EUR"), at_most(20))
    found = one.facts("attempt-started", "attempt-settled", "policy-verdict")
    assert [fact["type"] for fact in found] == [
        "attempt-started",
        "policy-verdict",
        "attempt-settled",
        "policy-verdict",
    ]
    started, said_in, settled, said_out = found
    assert (started["order"], started["gates"]["policies"]) == (
        ["registry", "switch", "autonomy", "policies"],
        "change",
    )
    assert settled["checks"] == [["schema", "allow"], ["grounding", "allow"], ["confidence", "allow"]]
    assert (said_in["at"], said_in["policy"], said_out["at"], said_out["policy"]) == (
        "input",
        "input-rule",
        "output",
        "output-rule",
    )


def test_a_policy_shows_nobody_what_an_agent_in_the_shadow_said(office: Any) -> None:
    one = office({"a": [RIGHT, RIGHT]}, Output(lambda facts, output: Ask("over 10", "legal")))
    one.engine.register_agent(READER, by=ADMIN)
    one.engine.set_autonomy(AutonomyWish("p", "p", "read", "shadow"), by=ADMIN)
    one.key = one.engine.start(process_id="p", variables={"document": "Total: 12,50 EUR"}, by=ADMIN).key
    one.worker.run_until_idle()
    [task] = one.tasks()
    assert (task.candidate_groups, task.review["proposal"], task.review["faults"]) == (("legal",), None, [])


CHAIN = ["registry", "switch", "autonomy", "limits", "budget", "policies"]
READER = AgentCard("p", "ada", "Reads.", RiskClass.MINIMAL, ("p",), ("scripted/a",))


def test_the_whole_chain_of_an_ai_task_stands_in_the_trail_in_its_order(office: Any) -> None:
    one = office({"a": [RIGHT, RIGHT]}, without("EUR"), at_most(20))
    one.engine.register_agent(READER, by=ADMIN)
    one.engine.set_budget(ScopeKind.ALL, amount=10, by=ADMIN)
    before = len(one.facts("attempt-started"))
    one.engine.start(process_id="p", variables={"document": "Total: 12,50 EUR"}, by=ADMIN)
    one.worker.run_until_idle()
    started = one.facts("attempt-started")
    [new] = [fact for fact in started if fact["order"] == CHAIN]
    assert len(started) == before + 1
    assert new["gates"]["budget"] == "allow"
    told = [fact for fact in one.facts(*TYPES) if fact["job_key"] == new["job_key"]]
    assert [(fact["type"], fact.get("at")) for fact in told] == [
        ("attempt-started", None),
        ("policy-verdict", "input"),
        ("attempt-settled", None),
        ("policy-verdict", "output"),
    ]


class Tools:
    """A policy on tools."""

    name, version = "tool-rule", "1"

    def tool(self, facts: Facts, use: Any) -> Any:
        return Allow("open")


def test_the_whole_chain_of_an_agent_stands_in_the_trail_in_its_order(desk: Any) -> None:
    one = desk(
        [call("Weather", city="Rome"), "Sunny."], policies=[without("secret"), Tools(), Output(lambda *_: Allow())]
    )
    told = one.facts(*TYPES, "tool-called")
    assert [(fact["type"], fact.get("at", "")) for fact in told] == [
        ("attempt-started", ""),
        ("policy-verdict", "input"),
        ("attempt-settled", ""),
        ("policy-verdict", "tool"),
        ("tool-called", ""),
        ("attempt-started", ""),
        ("policy-verdict", "input"),
        ("attempt-settled", ""),
        ("policy-verdict", "output"),
    ]


def test_policies_hear_of_the_case_and_of_what_it_has_cost(office: Any) -> None:
    heard: list[Facts] = []
    office({"a": ["nonsense", RIGHT]}, Input(lambda facts, messages: heard.append(facts) or Allow()))
    assert [(one.process_id, one.element_id, one.model, one.agent_id) for one in heard] == [
        ("p", "read", "scripted/a", "p")
    ] * 2
    assert heard[0].variables["input"] == "Total: 12,50 EUR"


def test_an_answer_found_again_after_a_crash_was_judged_and_is_told_once(office: Any, monkeypatch: Any) -> None:
    def die(*_: Any, **__: Any) -> Any:
        raise LeaseLost("killed")

    asked: list[Any] = []
    policy = Output(lambda facts, output: asked.append(output) or Change({"total": 12}, "rounded"))
    with monkeypatch.context() as patch:
        patch.setattr("engine.worker.call.JobCall._settle", die)
        one = office({"a": [RIGHT]}, policy)
        assert one.answer() is None
    one.clock.advance(120)
    one.worker.run_until_idle()
    assert one.answer()["result"] == {"total": 12}
    assert (len(asked), len(one.facts("policy-verdict"))) == (1, 1)


# Agents.


def test_an_agents_messages_and_last_words_pass_the_policies(desk: Any) -> None:
    loud = Output(lambda facts, output: Change(output.upper(), "loud"))
    one = desk(["Sunny in Rome."], policies=[without("Rome"), loud])
    assert one.answer() == {"responseText": "SUNNY IN ROME."}
    [attempt] = one.attempts()
    assert "Rome" not in json.dumps(attempt.prompt)
    assert [(fact["at"], fact["verdict"]) for fact in one.facts("policy-verdict")] == [
        ("input", "change"),
        ("output", "change"),
    ]


def test_an_agent_is_told_what_a_policy_denies_and_gives_up_in_the_end(desk: Any) -> None:
    polite = Output(lambda facts, output: Deny("say please") if "please" not in output else Allow())
    assert desk(["No.", "Yes, please."], policies=[polite]).answer() == {"responseText": "Yes, please."}
    one = desk(["No.", "No.", "No.", "No."], policies=[polite])
    assert len(one.attempts()) == 3
    assert "say please" in one.incidents()[0]


def test_an_agents_words_wait_for_the_person_whom_a_policy_names(desk: Any) -> None:
    one = desk(["Buy."], policies=[Output(lambda facts, output: Ask("advice", "legal"))])
    [task] = one.tasks()
    assert (task.candidate_groups, task.review["proposal"]) == (("legal",), {"responseText": "Buy."})
    one.engine.decide(task.key, "approve", by=LEGAL)
    one.run()
    assert one.answer() == {"responseText": "Buy."}
    assert len([fact for fact in one.facts("policy-verdict") if fact["at"] == "output"]) == 1


def test_an_agent_whose_question_may_not_leave_asks_nobody(desk: Any) -> None:
    deny = Input(lambda facts, messages: Deny("confidential"))
    one = desk(["Hello."], policies=[deny])
    assert one.attempts() == []
    assert "confidential" in one.incidents()[0]
    instead = desk(["Hello."], policies=[deny], body=agent(headers={"baton:onExhausted": "person"}))
    assert [task.candidate_groups for task in instead.tasks()] == [("reviewers",)]


def test_an_agents_json_is_judged_as_json_and_read_again_after_a_change(desk: Any) -> None:
    shape = {"data.response.format.type": "json", "data.response.format.schema": f"={json.dumps(FIELD)}"}
    doubled = Output(lambda facts, output: Change({"total": output["total"] * 2}, "doubled"))
    one = desk(['{"total": 4}'], policies=[doubled], body=agent(shape))
    assert one.answer() == {"responseJson": {"total": 8}}
