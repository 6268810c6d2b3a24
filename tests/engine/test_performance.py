"""How an agent does: calls, cost and time by version and model from the books, right and wrong by people's verdicts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bpmn.agents import AgentCard, RiskClass
from connectors.base import CallEnd, NewCall
from engine.errors import NotFound
from engine.store import judgements
from engine.store.judgements import Judged
from tests.engine.support import ANALYST, World, end, line, service, start

CARD = AgentCard("reader", "ada", "Reads.", RiskClass.MINIMAL, ("p",), ("small", "large"))


def test_calls_cost_time_and_verdicts_are_told_by_version_and_model(world: World) -> None:
    world.deploy(line("p", start(), service("extract"), end()))
    world.start("p")
    [job] = world.claim("extract", lease_seconds=3600)
    world.engine.register_agent(CARD, by=ANALYST)
    call(world, job.key, "small", 1)
    world.engine.register_agent(replace(CARD, purpose="Reads better."), by=ANALYST)
    for seconds in (1, 3):
        call(world, job.key, "small", seconds)
    call(world, job.key, "large", 2, failed=True)
    rows = [
        Judged(job.key, number, 0, "p", "extract", "small", "", 0.9, number == 2, True, world.clock.now(), "anna")
        for number in (2, 3)
    ]
    world.engine.store.run(lambda tx: judgements.add(tx, rows))
    first, large, small = world.engine.queries.agent_performance("reader")
    assert (first.version, first.model, first.calls, first.judged) == (1, "small", 1, 0)
    assert (large.version, large.model, large.calls, large.answered, large.failed) == (2, "large", 1, 0, 1)
    assert (small.calls, small.tokens_in, small.tokens_out) == (2, 20, 10)
    assert (small.cost, small.mean_seconds, small.slowest_seconds) == (Decimal("0.5"), 2.0, 3.0)
    assert (small.judged, small.right) == (2, 1)
    world.clock.advance(3600 * 24 * 31)
    assert list(world.engine.queries.agent_performance("reader")) == []


def call(world: World, key: int, model: str, seconds: float, *, failed: bool = False) -> None:
    books = world.engine.journal(key, worker="w1")
    number = books.begin(NewCall(model=model, prompt=None, reserved=Decimal(1), ai_kind="llm", agent="reader"))
    world.clock.advance(seconds)
    books.settle(
        number, CallEnd(answer="x", output={}, cost=Decimal("0.25"), tokens_in=10, tokens_out=5, failed=failed)
    )


def test_of_an_agent_that_nobody_registered_nothing_is_told(quick: World) -> None:
    with pytest.raises(NotFound):
        quick.engine.queries.agent_performance("nobody")
