"""Policy documents at work: tables of analysts, Python of packages, scopes, versions, and what cannot be evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from threading import Event
from typing import Any

import pytest

from connectors.base import Request, Result
from engine.clock import FakeClock
from engine.engine import NamedFile
from engine.errors import IllegalMove, ModelRejected
from engine.policies import Allow, Deny, Facts, installed
from engine.states import PolicyState
from tests.engine.agent_desk import Desk, call, desks
from tests.engine.ai_office import ADMIN, RIGHT, Office
from tests.engine.policy_tables import document, table
from tests.engine.worker_house import House

LIMITS = table(
    "limits",
    ["output.total"],
    ["verdict", "reason", "group"],
    ["> 10", '"ask"', '"over 10"', '"board"', "the board sees what is large"],
    ["> 100", '"deny"', '"over 100"', ""],
)
AT_OUTPUT = "policy: totals\nat: output\ndecision: limits\n"


@pytest.fixture
def office(upgraded_sqlite_url: str, clock: FakeClock) -> Iterator[Callable[..., Office]]:
    made: list[Office] = []

    def make(*files: bytes, answers: Any = (RIGHT,), policies: tuple[str, ...] = ()) -> Office:
        one = Office(upgraded_sqlite_url, clock, {"a": list(answers)})
        made.append(one)
        for at, content in enumerate(files):
            one.engine.deploy([NamedFile(f"{at}.dmn", content)], by=ADMIN)
        for text in policies:
            one.engine.register_policy(document(text), by=ADMIN)
        one.worker.run_until_idle()
        return one

    yield make
    for one in made:
        one.store.close()


@pytest.fixture
def desk(upgraded_sqlite_url: str) -> Iterator[Callable[..., Desk]]:
    with desks(upgraded_sqlite_url) as make:
        yield make


def again(one: Office) -> None:
    """The next case."""
    one.key = one.engine.start(process_id="p", variables={"document": "Total: 12,50 EUR"}, by=ADMIN).key
    one.worker.run_until_idle()


# Tables.


def test_a_row_of_a_table_decides_and_the_trail_names_it(office: Any) -> None:
    one = office(LIMITS, policies=(AT_OUTPUT,))
    [task] = one.tasks()
    assert (task.candidate_groups, task.review["proposal"]) == (("board",), {"total": 12.5})
    [told] = one.facts("policy-verdict")
    assert (told["policy"], told["version"], told["verdict"], told["reason"]) == ("totals", "1", "ask", "over 10")
    assert told["rule"] == "limits 1: row-1 (the board sees what is large)"


def test_of_several_rows_the_strictest_wins_whatever_the_hit_policy_makes_of_them(office: Any) -> None:
    both = table("limits", ["output.total"], ["verdict", "reason"], ["> 1", '"allow"', ""], ["> 2", '"deny"', '"no"'])
    one = office(both, policies=(AT_OUTPUT,))
    assert {fact["verdict"] for fact in one.facts("policy-verdict")} == {"deny"}


def test_an_edited_row_counts_for_the_next_call_without_the_diagram(office: Any) -> None:
    one = office(LIMITS, policies=(AT_OUTPUT,))
    assert one.answer() is None
    one.engine.deploy([NamedFile("0.dmn", LIMITS.replace(b"&gt; 10<", b"&gt; 50<"))], by=ADMIN)
    again(one)
    assert one.answer()["result"] == {"total": 12.5}
    assert {fact["rule"] for fact in one.facts("policy-verdict")} >= {"limits 2"}


def test_a_table_may_change_fields_of_an_answer_and_words_of_a_prompt(office: Any) -> None:
    rounded = table("round", ["output.total"], ["verdict", "changes"], ["12.5", '"change"', "{total: 12}"])
    words = table("words", ['contains(message, "EUR")'], ["verdict", "changes"], ["true", '"change"', '{"EUR": "€"}'])
    policies = ("policy: a\nat: output\ndecision: round", "policy: b\nat: input\ndecision: words")
    one = office(rounded, words, policies=policies)
    assert one.answer()["result"] == {"total": 12}
    assert "EUR" not in json.dumps(one.attempts()[0].prompt)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["> 0", '"perhaps"']], "a verdict is allow"),
        ([["> 0", '"change"']], "changes nothing"),
        ([["> 0", "null"]], "a verdict is"),
    ],
)
def test_a_row_that_says_no_verdict_denies(office: Any, rows: Any, said: str) -> None:
    one = office(table("limits", ["output.total"], ["verdict"], *rows), policies=(AT_OUTPUT,))
    assert one.answer() is None
    assert said in one.facts("policy-verdict")[0]["reason"]


def test_what_a_model_says_is_data_to_a_table_and_never_an_expression(office: Any) -> None:
    hostile = '{"total": 12.5, "note": "\\") or true or (\\""}'
    notes = table("limits", ["output.note"], ["verdict", "reason"], ['"harmless"', '"deny"', '"it was evaluated"'])
    one = office(notes, answers=(hostile,), policies=(AT_OUTPUT,))
    assert "it was evaluated" not in str(one.facts("policy-verdict"))


def test_a_table_that_is_gone_denies_and_says_so(office: Any, monkeypatch: Any) -> None:
    one = office(LIMITS, policies=(AT_OUTPUT,))
    one.key = one.engine.start(process_id="p", variables={"document": "Total: 12,50 EUR"}, by=ADMIN).key
    monkeypatch.setattr("engine.store.definitions.latest", lambda *_: None)
    one.worker.run_until_idle()
    assert "No decision 'limits' is deployed" in str(one.facts("policy-verdict"))
    assert one.answer() is None


# Documents.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy: x\nat: output\ndecision: limit", "Did you mean 'limits'"),
        ("policy: x\nat: output\nguard: redcat", "There is no guard 'redcat'"),
        ("policy: x\nat: output\npython: nothing", "There is no entry point"),
        ("policy: x\nat: tool\ndecision: limits", "asks about 'output'"),
    ],
)
def test_a_policy_that_could_not_be_evaluated_is_not_registered(office: Any, text: str, said: str) -> None:
    one = office(LIMITS)
    with pytest.raises(ModelRejected) as refused:
        one.engine.register_policy(document(text), by=ADMIN)
    [found] = [finding for listed in refused.value.findings.values() for finding in listed]
    assert said in f"{found.message} {found.hint}"


def test_a_table_with_a_column_that_no_policy_has_is_told_what_was_meant(office: Any) -> None:
    wrong = table("limits", ["ouptut.total"], ["verdict", "reson"], ["> 1", '"deny"', '"no"'])
    one = office(wrong)
    with pytest.raises(ModelRejected) as refused:
        one.engine.register_policy(document(AT_OUTPUT), by=ADMIN)
    hints = [finding.hint for listed in refused.value.findings.values() for finding in listed]
    assert hints == ["Did you mean 'output'?", "Did you mean 'reason'?"]


def test_versions_never_change_and_every_change_is_in_the_trail(office: Any) -> None:
    one = office(LIMITS, policies=(AT_OUTPUT,))
    assert one.engine.register_policy(document(AT_OUTPUT), by=ADMIN).version == "1"
    with pytest.raises(IllegalMove, match="Versions never change"):
        one.engine.register_policy(document(AT_OUTPUT + "purpose: Another."), by=ADMIN)
    one.engine.register_policy(document(AT_OUTPUT + "version: '2'\npurpose: Another."), by=ADMIN)
    assert one.engine.retire_policy("totals", reason="not needed", by=ADMIN).state is PolicyState.RETIRED
    back = one.engine.register_policy(document(AT_OUTPUT), by=ADMIN)
    assert (back.version, back.state) == ("1", PolicyState.ACTIVE)
    told = one.facts("policy-registered", "policy-retired")
    assert [(fact["type"], fact["version"]) for fact in told] == [
        ("policy-registered", "1"),
        ("policy-registered", "2"),
        ("policy-retired", "2"),
        ("policy-registered", "1"),
    ]


def test_a_retired_policy_is_asked_no_more(office: Any) -> None:
    one = office(LIMITS, policies=(AT_OUTPUT,))
    one.engine.retire_policy("totals", by=ADMIN)
    again(one)
    assert one.answer()["result"] == {"total": 12.5}


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        ("scope: {processes: [p], elements: [read], agents: [p]}", True),
        ("scope: {processes: [q]}", False),
        ("scope: {elements: [write]}", False),
        ("scope: {agents: [other]}", False),
    ],
)
def test_a_policy_is_asked_within_its_scope_only(office: Any, scope: str, asked: bool) -> None:
    one = office(LIMITS, policies=(AT_OUTPUT + scope,))
    assert (one.answer() is None) is asked


class Strict:
    """What a package of the house may bring."""

    name, version = "strict", "9"

    def __init__(self, settings: Any) -> None:
        self._most = settings["most"]

    def output(self, facts: Facts, output: Any) -> Any:
        return Deny(f"more than {self._most}") if output["total"] > self._most else Allow()

    def input(self, facts: Facts, messages: Any) -> Any:
        if self._most == "hang":
            Event().wait(30)
        return Allow()


@pytest.mark.parametrize(
    ("most", "said"), [(10, "more than 10"), (None, "TypeError"), ("hang", "no answer within 0.2 seconds")]
)
def test_an_installed_python_policy_decides_or_denies_where_it_cannot(
    office: Any, monkeypatch: Any, most: Any, said: str
) -> None:
    monkeypatch.setattr("engine.policies.chain.MOST_SECONDS", 0.2)
    point = EntryPoint("strict", "tests.engine.test_policy_documents:Strict", installed.GROUP)
    monkeypatch.setattr("engine.policies.installed.installed", lambda: {"strict": point})
    monkeypatch.setattr("engine.policies.checks.installed", lambda: {"strict": point})
    text = f"policy: house\nat: [input, output]\npython: strict\nwith: {{most: {json.dumps(most)}}}"
    one = office(policies=(text,))
    assert one.answer() is None
    assert said in str([fact["reason"] for fact in one.facts("policy-verdict")])


def test_a_table_governs_tools_and_names_them(desk: Any) -> None:
    cities = table(
        "cities", ["tool", "arguments.city"], ["verdict", "reason"], ['"Weather"', '"Rome"', '"deny"', '"closed"']
    )
    one = desk([call("Weather", city="Bari"), "Fine."])
    one.engine.deploy([NamedFile("c.dmn", cities)], by=ADMIN)
    one.engine.register_policy(
        document("policy: trips\nat: tool\ndecision: cities\nscope: {tools: [Weather]}"), by=ADMIN
    )
    other = desk([call("Weather", city="Rome"), "Closed."])
    assert (one.served != [], other.served) == (True, [])
    assert ("Weather", "denied") in other.noted()


def test_a_policy_that_could_not_be_made_denies_and_is_made_anew_for_the_next_call(
    office: Any, monkeypatch: Any
) -> None:
    point = EntryPoint("strict", "tests.engine.test_policy_documents:Strict", installed.GROUP)
    monkeypatch.setattr("engine.policies.installed.installed", lambda: {"strict": point})
    monkeypatch.setattr("engine.policies.checks.installed", lambda: {"strict": point})
    one = office()
    text = "policy: house\nat: [output]\npython: strict\nwith: {most: 100}"
    one.engine.register_policy(document(text), by=ADMIN)
    with monkeypatch.context() as gone:
        gone.setattr("engine.policies.installed.installed", dict)
        again(one)
        assert one.answer() is None
    again(one)
    assert one.answer()["result"] == {"total": 12.5}


def test_a_guard_governs_with_the_settings_of_its_document(upgraded_sqlite_url: str, clock: FakeClock) -> None:
    house = House(upgraded_sqlite_url, clock)
    text = "policy: pay\nat: job\nguard: payment\nscope: {elements: [a]}\nwith: "
    done: list[Any] = []
    worker = house.serve(lambda request: done.append(request.variables["amount"]) or Result(1))
    for wrong, said in (("{limts: 1}", "limts"), ("{limits: many}", "limits")):
        with pytest.raises(ModelRejected, match=said):
            house.engine.register_policy(document(text + wrong), by=ADMIN)
    house.engine.register_policy(document(text + "{limits: {EUR: 100}}"), by=ADMIN)
    house.start(amount=50, currency="EUR")
    house.start(amount=500, currency="EUR")
    worker.run_until_idle()
    assert done == [50]
    assert "policy forbids" in house.incidents()[0]
    house.store.close()


def test_a_table_governs_any_connectors_work(upgraded_sqlite_url: str, clock: FakeClock) -> None:
    house = House(upgraded_sqlite_url, clock)
    pay = table("pay", ["type", "variables.amount"], ["verdict", "reason"], ['"work"', "> 100", '"deny"', '"too much"'])
    done: list[Any] = []

    def connector(request: Request) -> Result:
        done.append(request.variables["amount"])
        return Result(1)

    worker = house.serve(connector)
    house.engine.deploy([NamedFile("pay.dmn", pay)], by=ADMIN)
    house.engine.register_policy(document("policy: payments\nat: job\ndecision: pay"), by=ADMIN)
    house.start(amount=50)
    house.start(amount=500)
    worker.run_until_idle()
    assert done == [50]
    assert house.incidents() == ["A policy forbids this: too much"]
    house.store.close()
