"""The kill switch: stopped on one node, nothing is sent on any, answers under way are discarded, jobs say why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bpmn.agents import AgentCard, RiskClass
from connectors.base import CallEnd, NewCall, Refused
from engine.engine import Engine
from engine.errors import InvalidInput, NotFound
from engine.queries import Queries
from engine.scopes import Scope, ScopeKind
from engine.states import AgentState
from engine.store import open_store
from tests.engine.support import ANALYST, OPERATOR, World, call, end, line, service, start

READER = AgentCard("reader", "ada", "Reads.", RiskClass.MINIMAL, ("p",), ("small",))
ALL, AGENT, MODEL, PROCESS = ScopeKind.ALL, ScopeKind.AGENT, ScopeKind.MODEL, ScopeKind.PROCESS


@pytest.fixture
def claimed(world: World) -> World:
    world.deploy(line("p", start(), service("extract"), end()))
    world.start("p")
    world.engine.register_agent(READER, by=ANALYST)
    return world


def begin(world: World, engine: Engine | None = None, **changed: Any) -> tuple[Any, int]:
    """Claim the job again when it is free, and begin a call of it."""
    found = world.engine.queries.jobs().items[0]
    if found.worker != "w1":
        world.claim("extract", worker="w1")
    journal = (engine or world.engine).journal(found.key, worker="w1")
    call: dict[str, Any] = {"model": "small", "prompt": None, "reserved": Decimal("0.5"), "ai_kind": "llm"}
    return journal, journal.begin(NewCall(**{**call, "agent": "reader", **changed}))


@pytest.mark.parametrize(
    ("kind", "name", "then"),
    [(ALL, "", "wait"), (AGENT, "reader", "wait"), (PROCESS, "p", "wait"), (MODEL, "small", "next")],
)
def test_what_is_stopped_on_one_node_is_not_sent_on_another(
    claimed: World, upgraded_database_url: str, kind: ScopeKind, name: str, then: str
) -> None:
    other_store = open_store(upgraded_database_url)
    try:
        Engine(other_store, claimed.clock).stop_ai(kind, name, reason="wrong since noon", by=OPERATOR)
    finally:
        other_store.close()
    with pytest.raises(Refused, match=r"stopped by olga: wrong since noon") as refused:
        begin(claimed)
    assert (refused.value.gate, refused.value.then) == ("switch", then)
    [why] = claimed.engine.queries.attempts(claimed.engine.queries.instances().items[0].key) or [None]
    assert why is None, "nothing may be in the books: nothing was sent"


def test_another_agent_model_or_process_goes_on(claimed: World) -> None:
    for kind, name in ((AGENT, "writer"), (MODEL, "large"), (PROCESS, "q")):
        claimed.engine.stop_ai(kind, name, by=OPERATOR)
    assert begin(claimed)[1] == 1


def test_what_is_no_ai_goes_on(claimed: World) -> None:
    claimed.engine.stop_ai(ALL, by=OPERATOR)
    assert begin(claimed, ai_kind="rules")[1] == 1


def test_an_answer_under_way_is_paid_kept_and_not_used(claimed: World) -> None:
    journal, number = begin(claimed)
    claimed.clock.advance(1)
    claimed.engine.stop_ai(AGENT, "reader", reason="wrong", by=OPERATOR)
    with pytest.raises(Refused, match="discarded"):
        journal.settle(number, CallEnd(answer="{}", output={"a": 1}, confidence=0.9, cost=Decimal("0.25")))
    [attempt] = journal.attempts()
    assert (attempt.state, attempt.output, attempt.confidence) == ("failed", None, None)
    assert (attempt.answer, attempt.cost) == ("{}", Decimal("0.25"))
    assert attempt.faults[0].startswith("stopped: ")


def test_a_stop_that_was_lifted_meanwhile_discards_all_the_same(claimed: World) -> None:
    journal, number = begin(claimed)
    claimed.clock.advance(1)
    claimed.engine.stop_ai(ALL, by=OPERATOR)
    claimed.engine.start_ai(ALL, by=OPERATOR)
    with pytest.raises(Refused, match="discarded"):
        journal.settle(number, CallEnd(answer="{}", output={}))
    assert journal.begin(NewCall(model="small", prompt=None, reserved=None, ai_kind="llm")) == 2


@pytest.mark.parametrize(("state", "then"), [(AgentState.SUSPENDED, "wait"), (AgentState.RETIRED, "fail")])
def test_an_answer_under_way_is_discarded_when_its_agent_goes_out_of_service(
    claimed: World, state: AgentState, then: str
) -> None:
    journal, number = begin(claimed)
    claimed.clock.advance(1)
    claimed.engine.change_agent("reader", state, reason="odd answers", by=OPERATOR)
    with pytest.raises(Refused, match=f"discarded: Agent 'reader' was {state.value} by olga: odd answers") as refused:
        journal.settle(number, CallEnd(answer="{}", output={"a": 1}, cost=Decimal("0.25")))
    assert (refused.value.gate, refused.value.then) == ("registry", then)
    [attempt] = journal.attempts()
    assert (attempt.state, attempt.output, attempt.cost) == ("failed", None, Decimal("0.25"))


def test_an_agent_that_is_back_starts_anew_and_what_it_had_begun_before_is_discarded(claimed: World) -> None:
    journal, number = begin(claimed)
    claimed.clock.advance(1)
    claimed.engine.change_agent("reader", AgentState.SUSPENDED, by=OPERATOR)
    claimed.engine.change_agent("reader", AgentState.ACTIVE, by=OPERATOR)
    claimed.clock.advance(1)
    later = journal.begin(NewCall(model="small", prompt=None, reserved=None, ai_kind="llm", agent="reader"))
    with pytest.raises(Refused, match="was suspended for a while"):
        journal.settle(number, CallEnd(answer="{}", output={}))
    journal.settle(later, CallEnd(answer="{}", output={"b": 2}))
    assert [one.output for one in journal.attempts()] == [None, {"b": 2}]


def test_a_stop_on_a_process_holds_what_it_calls(world: World) -> None:
    world.deploy(line("top", start(), call("sub", "p"), end()), line("p", start(), service("extract"), end()))
    world.engine.register_agent(READER, by=ANALYST)
    world.start("top")
    world.engine.stop_ai(PROCESS, "top", by=OPERATOR)
    with pytest.raises(Refused, match="Process 'top' was stopped"):
        begin(world)


def test_the_job_says_why_it_waits_and_the_trail_says_it_once(claimed: World) -> None:
    claimed.engine.stop_ai(ALL, reason="audit", by=OPERATOR)
    key = claimed.engine.queries.instances().items[0].key
    for _ in range(3):
        with pytest.raises(Refused):
            begin(claimed)
        [job] = claimed.engine.queries.jobs().items
        claimed.engine.release_jobs([job.key], worker="w1")
    [why] = waits(claimed.engine.queries, key)
    assert why == "Held back: All AI was stopped by olga: audit."
    assert claimed.events(key).count("call-refused") == 1
    claimed.engine.start_ai(ALL, by=OPERATOR)
    begin(claimed)
    assert claimed.engine.queries.jobs().items[0].error_message == ""


def test_a_stop_is_in_the_trail_and_only_one_that_is_on_can_be_lifted(world: World) -> None:
    world.engine.stop_ai(MODEL, "small", reason="slow", by=OPERATOR)
    [stop] = world.engine.queries.stops()
    assert (stop.scope, stop.reason, stop.changed_by) == (Scope(MODEL, "small"), "slow", "olga")
    world.engine.start_ai(MODEL, "small", reason="fast", by=OPERATOR)
    assert list(world.engine.queries.stops()) == []
    with pytest.raises(NotFound):
        world.engine.start_ai(MODEL, "small", by=OPERATOR)
    assert world.events(0)[-2:] == ["ai-stopped", "ai-started"]


@pytest.mark.parametrize(("kind", "name"), [(ALL, "x"), (MODEL, ""), (ScopeKind.INSTANCE, "p"), (AGENT, "\0")])
def test_what_cannot_be_stopped_is_refused(world: World, kind: ScopeKind, name: str) -> None:
    with pytest.raises(InvalidInput):
        world.engine.stop_ai(kind, name, by=OPERATOR)


def waits(queries: Queries, key: int) -> list[str]:
    """Why an instance does not go on."""
    return [one.why for one in queries.instance(key).waiting]
