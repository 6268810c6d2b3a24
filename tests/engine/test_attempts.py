"""The books of model calls: written before, settled after, lost when the worker dies."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from connectors.base import CallEnd, NewCall, Origin
from engine.errors import IllegalMove, LeaseLost, NotFound
from engine.queries import AuditFilter, Page
from tests.engine.support import World, end, line, service, start


@pytest.fixture
def claimed(world: World) -> World:
    world.deploy(line("p", start(), service("extract"), end()))
    world.start("p")
    return world


def test_an_attempt_is_written_before_the_call_and_settled_once(claimed: World) -> None:
    [job] = claimed.claim("extract")
    journal = claimed.engine.journal(job.key, worker="w1")
    number = journal.begin(
        NewCall(model="small", prompt=[{"role": "user"}], reserved=Decimal("0.01"), ai_kind="scripted")
    )
    [open_one] = journal.attempts()
    assert (number, open_one.state, open_one.model, open_one.prompt) == (1, "started", "small", [{"role": "user"}])
    claimed.clock.advance(2)
    settled = {
        "answer": '{"a": 1}',
        "output": {"a": 1},
        "faults": ("b is missing",),
        "confidence": 0.7,
        "cost": Decimal("0.0012"),
        "tokens_in": 10,
        "tokens_out": 5,
    }
    journal.settle(number, CallEnd(**settled, origin=Origin("small-2026-01-05", "c-1", "stop")))  # type: ignore[arg-type]
    [attempt] = journal.attempts()
    assert attempt.state == "answered"
    assert {name: getattr(attempt, name) for name in settled} == settled
    assert attempt.ended_at is not None
    assert (attempt.ended_at - attempt.started_at).total_seconds() == 2
    with pytest.raises(IllegalMove, match="answered"):
        journal.settle(number, CallEnd(answer=None, failed=True))
    assert claimed.events(job.instance_key)[-2:] == ["attempt-started", "attempt-settled"]
    [record] = claimed.engine.queries.audit(AuditFilter(instance_key=job.instance_key), Page(1)).items
    [fact] = json.loads(record.payload or "")["events"]
    assert [fact["data"][name] for name in ("answered_by", "response_id", "finish")] == [
        "small-2026-01-05",
        "c-1",
        "stop",
    ]


def test_the_calls_of_a_dead_worker_are_lost_and_counted_at_what_was_reserved(claimed: World) -> None:
    [job] = claimed.claim("extract", worker="dead")
    dead = claimed.engine.journal(job.key, worker="dead")
    dead.begin(NewCall(model="small", prompt=None, reserved=Decimal("0.50"), ai_kind="llm"))
    claimed.clock.advance(61)
    [again] = claimed.claim("extract", worker="heir")
    heir = claimed.engine.journal(again.key, worker="heir")
    [lost] = heir.attempts()
    assert (lost.state, lost.cost) == ("lost", Decimal("0.50"))
    assert claimed.engine.queries.cost(job.key) == Decimal("0.50")
    assert claimed.events(job.instance_key)[-1] == "attempt-lost"
    assert heir.begin(NewCall(model="large", prompt=None, reserved=None, ai_kind="llm")) == 2
    for late in (
        lambda: dead.begin(NewCall(model="small", prompt=None, reserved=None, ai_kind="llm")),
        lambda: dead.settle(1, CallEnd(answer="late")),
    ):
        with pytest.raises(LeaseLost):
            late()


def test_costs_add_up_exactly(claimed: World) -> None:
    [job] = claimed.claim("extract")
    journal = claimed.engine.journal(job.key, worker="w1")
    for _ in range(3):
        number = journal.begin(NewCall(model="small", prompt=None, reserved=Decimal(1), ai_kind="llm"))
        journal.settle(number, CallEnd(answer=None, cost=Decimal("0.1"), failed=True))
    assert claimed.engine.queries.cost(job.key) == Decimal("0.3")
    assert [one.state.value for one in claimed.engine.queries.attempts(job.instance_key)] == ["failed"] * 3


def test_an_attempt_that_never_began_cannot_be_settled(claimed: World) -> None:
    [job] = claimed.claim("extract")
    with pytest.raises(NotFound):
        claimed.engine.journal(job.key, worker="w1").settle(3, CallEnd(answer=None))
