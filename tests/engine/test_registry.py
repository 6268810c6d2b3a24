"""The registry: no agent calls a model unless it is registered, in service and in scope; versions never change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bpmn.agents import AgentCard, Limits, RiskClass
from connectors.base import CallEnd, NewCall, Refused
from engine.deployments import NamedFile
from engine.errors import IllegalMove, ModelRejected, NotFound
from engine.states import AgentState
from tests.engine.support import ADMIN, ANALYST, OPERATOR, World, end, line, service, start

CARD = AgentCard(
    id="reader",
    owner="ada",
    purpose="Reads.",
    risk=RiskClass.MINIMAL,
    processes=("p",),
    models=("small",),
    elements=("extract",),
    tools=("look-up",),
    residency=("eu",),
    prompt_fingerprint="f1",
)
FILE = "agent: p\nowner: ada\npurpose: Reads.\nrisk: high\nprocesses: [p]\nmodels: [small, large]\n"


@pytest.fixture
def claimed(quick: World) -> World:
    quick.deploy(line("p", start(), service("extract"), end()))
    quick.start("p")
    quick.claim("extract")
    return quick


def begin(world: World, **changed: Any) -> int:
    journal = world.engine.journal(world.engine.queries.jobs().items[0].key, worker="w1")
    call: dict[str, Any] = {"model": "small", "prompt": None, "reserved": None, "ai_kind": "llm", "agent": "reader"}
    return journal.begin(NewCall(**{**call, "fingerprint": "f1", "residency": "eu", **changed}))


def refusal(world: World, **changed: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        begin(world, **changed)
    assert refused.value.gate == "registry"
    return refused.value


def test_an_agent_that_nobody_registered_calls_nothing(claimed: World) -> None:
    assert refusal(claimed).then == "fail"
    claimed.engine.must_agents_be_registered = True
    assert "No agent 'p' is registered" in str(refusal(claimed, agent=""))
    assert list(claimed.engine.queries.attempts(claimed.engine.queries.instances().items[0].key)) == []
    assert claimed.events(claimed.engine.queries.instances().items[0]).count("call-refused") == 2


def test_where_the_house_allows_it_a_task_without_an_agent_is_called_undeclared(claimed: World) -> None:
    assert begin(claimed, agent="") == 1
    [attempt] = claimed.engine.queries.attempts(claimed.engine.queries.instances().items[0].key)
    assert (attempt.agent_id, attempt.agent_version) == ("p", 0)


def test_rules_are_no_ai_and_need_no_agent(claimed: World) -> None:
    claimed.engine.must_agents_be_registered = True
    assert begin(claimed, ai_kind="rules") == 1


def test_a_registered_agent_calls_what_its_card_allows_and_the_books_name_it(claimed: World) -> None:
    claimed.engine.register_agent(CARD, by=ANALYST)
    assert begin(claimed, tools=("look-up",)) == 1
    [attempt] = claimed.engine.queries.attempts(claimed.engine.queries.instances().items[0].key)
    assert (attempt.agent_id, attempt.agent_version) == ("reader", 1)


@pytest.mark.parametrize(
    ("card", "call", "said"),
    [
        ({"processes": ("q",)}, {}, "may not work in process 'p'"),
        ({"elements": ("other",)}, {}, "may not work at element 'extract'"),
        ({}, {"model": "large"}, "may not ask model 'large'"),
        ({}, {"tools": ("look-up", "pay")}, "may not use the tool 'pay'"),
        ({}, {"residency": "us"}, "in eu only, and those of model 'small' are 'us'"),
        ({}, {"residency": ""}, "at an unknown place"),
        ({}, {"fingerprint": "f2"}, "is bound to the prompt f1, and this one is f2"),
    ],
)
def test_what_the_card_does_not_allow_is_not_sent(claimed: World, card: Any, call: Any, said: str) -> None:
    claimed.engine.register_agent(replace(CARD, **card), by=ANALYST)
    found = refusal(claimed, **call)
    assert said in str(found)
    assert found.then == "fail"


def test_a_suspended_agent_waits_a_retired_one_never_comes_back(claimed: World) -> None:
    claimed.engine.register_agent(CARD, by=ANALYST)
    claimed.engine.change_agent("reader", AgentState.SUSPENDED, reason="wrong totals", by=OPERATOR)
    found = refusal(claimed)
    assert (found.then, str(found)) == ("wait", "Agent 'reader' was suspended by olga: wrong totals.")
    claimed.engine.change_agent("reader", AgentState.ACTIVE, by=OPERATOR)
    assert begin(claimed) == 1
    claimed.engine.change_agent("reader", AgentState.RETIRED, by=ADMIN)
    assert refusal(claimed).then == "fail"
    with pytest.raises(IllegalMove, match="retired"):
        claimed.engine.register_agent(CARD, by=ANALYST)
    with pytest.raises(IllegalMove):
        claimed.engine.change_agent("reader", AgentState.ACTIVE, by=OPERATOR)
    with pytest.raises(NotFound):
        claimed.engine.change_agent("nobody", AgentState.ACTIVE, by=OPERATOR)


def test_a_new_card_is_a_new_version_the_same_card_none(world: World) -> None:
    first = world.engine.register_agent(CARD, by=ANALYST)
    again = world.engine.register_agent(CARD, by=OPERATOR)
    second = world.engine.register_agent(replace(CARD, models=("small", "large")), by=OPERATOR)
    assert (first.version, again.version, second.version) == (1, 1, 2)
    found = world.engine.queries.agent_versions("reader")
    assert [(one.version, one.registered_by, one.card.models) for one in found] == [
        (1, "ada", ("small",)),
        (2, "olga", ("small", "large")),
    ]
    assert [one.version for one in world.engine.queries.agents()] == [2]
    assert world.events(0).count("agent-registered") == 2


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(calls=1), "1 calls"),
        (Limits(tokens=30), "30 tokens"),
        (Limits(cost=Decimal("0.50")), "0.50 US dollars"),
        (Limits(seconds=2), "2 seconds"),
    ],
)
def test_what_a_task_may_use_of_an_agent_is_bounded(claimed: World, limits: Limits, said: str) -> None:
    claimed.engine.register_agent(replace(CARD, limits=limits), by=ANALYST)
    number = begin(claimed, reserved=Decimal("0.30"))
    claimed.clock.advance(2)
    journal = claimed.engine.journal(claimed.engine.queries.jobs().items[0].key, worker="w1")
    journal.settle(number, CallEnd(answer="x", cost=Decimal("0.25"), tokens_in=20, tokens_out=10))
    with pytest.raises(Refused) as refused:
        begin(claimed, reserved=Decimal("0.30"))
    assert (refused.value.gate, refused.value.then) == ("limits", "person")
    assert said in str(refused.value)


def ai_task(models: str = "small, rules/extract", agent: str = "", **more: str) -> str:
    inputs = {
        "prompt": "Read.",
        **more,
        "schema": "{}",
        "models": models,
        "onExhausted": "g",
        **({"agent": agent} if agent else {}),
    }
    mapped = "".join(f'<zeebe:input source="{source}" target="{name}"/>' for name, source in inputs.items())
    inner = f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>"
    return line("p", start(), service("read", "baton:ai-task:1", inner=inner), end())


def files(diagram: str, *cards: str) -> list[NamedFile]:
    named = [NamedFile(f"{number}.agent.yaml", card.encode()) for number, card in enumerate(cards)]
    return [NamedFile("p.bpmn", diagram.encode()), *named]


def rules_of(world: World, given: list[NamedFile]) -> list[tuple[str, str]]:
    with pytest.raises(ModelRejected) as rejected:
        world.engine.deploy(given, by=ANALYST)
    found = [finding for findings in rejected.value.findings.values() for finding in findings]
    assert all(finding.line for finding in found if finding.severity == "error")
    return [(finding.rule, finding.element) for finding in found if finding.severity == "error"]


def test_an_agent_comes_with_its_diagram(quick: World) -> None:
    quick.engine.must_agents_be_registered = True
    assert rules_of(quick, files(ai_task())) == [("agent-unregistered", "read")]
    made = quick.engine.deploy(files(ai_task(), FILE), by=ANALYST)
    assert [(agent.id, agent.version) for agent in made.agents] == [("p", 1)]
    again = quick.engine.deploy(files(ai_task(), FILE), by=ANALYST)
    assert again.duplicate
    assert [agent.version for agent in again.agents] == [1]
    quick.engine.deploy(files(ai_task()), by=ANALYST)


def test_a_dry_run_registers_nothing(quick: World) -> None:
    planned = quick.engine.deploy(files(ai_task(), FILE), by=ANALYST, dry_run=True)
    assert [agent.version for agent in planned.agents] == [1]
    assert list(quick.engine.queries.agents()) == []


@pytest.mark.parametrize(
    ("diagram", "rule"),
    [
        (ai_task(agent="nobody"), "agent-unregistered"),
        (ai_task(models="huge"), "agent-out-of-scope"),
        (ai_task().replace('id="p"', 'id="q"'), "agent-unregistered"),
    ],
)
def test_a_diagram_that_its_agent_may_not_serve_is_refused(quick: World, diagram: str, rule: str) -> None:
    quick.engine.must_agents_be_registered = True
    assert rules_of(quick, files(diagram, FILE)) == [(rule, "read")]


def test_an_agent_sees_the_variables_on_its_card_and_no_others(quick: World) -> None:
    card = f"{FILE}variables: [letter, topic]\n"
    shown = ai_task(input="=letter", prompt="=topic")
    quick.engine.deploy(files(shown, card), by=ANALYST)
    assert rules_of(quick, files(ai_task(input="={a: letter, b: salary}"), card)) == [("agent-out-of-scope", "read")]
    assert rules_of(quick, files(ai_task(), card)) == [("agent-out-of-scope", "read")], "an unmapped input is shown too"


def test_a_card_that_was_narrowed_later_keeps_a_variable_from_the_model(quick: World) -> None:
    quick.engine.deploy(files(ai_task(input="=letter"), f"{FILE}variables: [letter]\n"), by=ANALYST)
    quick.start("p", letter="Dear all")
    [job] = quick.engine.claim_jobs(worker="w1", types=["baton:ai-task:1"])
    books = quick.engine.journal(job.key, worker="w1")
    call: dict[str, Any] = {"model": "small", "prompt": None, "reserved": None, "ai_kind": "llm"}
    assert books.begin(NewCall(**call)) == 1
    narrow = AgentCard("p", "ada", "Reads.", RiskClass.HIGH, ("p",), ("small",), variables=("subject",))
    quick.engine.register_agent(narrow, by=ANALYST)
    with pytest.raises(Refused, match="may not be shown the variable 'letter'"):
        books.begin(NewCall(**call))


def test_what_is_not_required_is_not_asked_for_and_what_an_expression_decides_is_not_known(quick: World) -> None:
    quick.engine.deploy(files(ai_task()), by=ANALYST)
    quick.engine.must_agents_be_registered = True
    quick.engine.deploy(files(ai_task(models="rules/extract")), by=ANALYST)
    quick.engine.deploy(files(ai_task(agent="=who")), by=ANALYST)


def test_whoever_deploys_may_vouch_for_what_the_diagram_says(quick: World) -> None:
    quick.engine.must_agents_be_registered = True
    made = quick.engine.deploy(files(ai_task()), by=ANALYST, registers_agents=True)
    [agent] = made.agents
    card = agent.card
    assert (card.id, card.owner, card.models, card.processes, card.elements) == (
        "p",
        "ada",
        ("small",),
        ("p",),
        ("read",),
    )
    other = ai_task(models="=who", agent="late")
    assert rules_of(quick, files(other)) == [("agent-unregistered", "read")]


def test_a_card_with_faults_and_one_that_comes_twice_are_refused(quick: World) -> None:
    assert rules_of(quick, files(ai_task(), FILE.replace("risk: high", "risk: none"))) == [("agent-card", "")]
    assert ("duplicate-id", "p") in [*rules_of_any(quick, files(ai_task(), FILE, FILE))]


def rules_of_any(world: World, given: list[NamedFile]) -> list[tuple[str, str]]:
    with pytest.raises(ModelRejected) as rejected:
        world.engine.deploy(given, by=ANALYST)
    return [(finding.rule, finding.element) for found in rejected.value.findings.values() for finding in found]
