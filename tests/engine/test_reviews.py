"""Reviews: a connector asks a person, whose verdict completes the service task."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.base import Review
from engine.errors import IllegalMove, InvalidInput, LeaseLost, NotAllowed
from engine.store.user_tasks import UserTask
from tests.engine.support import APPROVER, OTHER, World, boundary_timer, end, line, service, start

SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "number", "minimum": 0}},
    "required": ["total"],
    "additionalProperties": False,
}


def review(proposal: object = None, **changed: object) -> Review:
    given: dict[str, object] = {
        "group": "accounting",
        "proposal": proposal,
        "schema": SCHEMA,
        "faults": ("total does not occur in the source",),
        "confidence": 0.4,
        "cost": Decimal("0.0012"),
        "recommendation": "Check the total.",
        "source": {"text": "Invoice 12"},
        "response": {"confidence": 0.4, "model": "small", "attempts": 2, "cost": "0.0012"},
    }
    return Review(**(given | changed))  # type: ignore[arg-type]


@pytest.fixture
def extracting(world: World) -> World:
    headers = {"resultVariable": "extraction", "resultExpression": "={total: response.result.total}"}
    beside = boundary_timer("late", "extract", "P1D")
    world.deploy(line("p", start(), service("extract", headers=headers), end(), beside=beside))
    world.start("p")
    return world


def ask(world: World, proposal: object = None, **changed: object) -> UserTask:
    [job] = world.claim("extract")
    key = world.engine.ask_review(job.key, review(proposal, **changed), worker="w1")
    return world.engine.queries.task(key)


def test_a_review_shows_the_evidence_and_holds_the_job(extracting: World) -> None:
    task = ask(extracting, {"total": 12})
    assert task.is_review
    assert task.candidate_groups == ("accounting",)
    assert task.review is not None
    assert {name: task.review[name] for name in ("proposal", "confidence", "cost", "faults")} == {
        "proposal": {"total": 12},
        "confidence": 0.4,
        "cost": "0.0012",
        "faults": ["total does not occur in the source"],
    }
    extracting.clock.advance(3600)
    assert extracting.claim("extract") == []
    waiting = {one.kind: one for one in extracting.instance(task.instance_key).waiting}["review"]
    assert "total does not occur in the source" in waiting.why
    with pytest.raises(LeaseLost):
        extracting.engine.complete_job(task.job_key or 0, {}, worker="w1")


def test_approving_takes_the_proposal(extracting: World) -> None:
    task = ask(extracting, {"total": 12})
    decided = extracting.engine.decide(task.key, "approve", reason="seen it", by=APPROVER)
    found = extracting.engine.queries.variables(task.instance_key)
    verdict = {"decision": "approve", "by": "anna", "reason": "seen it", "at": "2026-01-05T09:00:00.000000Z"}
    assert found == {
        "total": 12,
        "extraction": {
            "result": {"total": 12},
            "confidence": 0.4,
            "model": "small",
            "attempts": 2,
            "cost": "0.0012",
            "review": verdict,
        },
    }
    assert decided.decision == verdict
    assert extracting.state(task.instance_key) == "completed"
    assert extracting.engine.queries.job(task.job_key or 0).state.value == "completed"


def test_editing_must_satisfy_the_schema(extracting: World) -> None:
    task = ask(extracting, {"total": 12})
    with pytest.raises(InvalidInput) as caught:
        extracting.engine.decide(task.key, "edit", variables={"output": {"total": -1, "x": 1}}, by=APPROVER)
    assert set(caught.value.fields) == {"variables.output.total", "variables.output"}
    with pytest.raises(InvalidInput, match="variables.output"):
        extracting.engine.decide(task.key, "edit", variables={"total": 1}, by=APPROVER)
    extracting.engine.decide(task.key, "edit", variables={"output": {"total": 13.5}}, by=APPROVER)
    assert extracting.engine.queries.variables(task.instance_key)["total"] == 13.5


def test_rejecting_gives_null(extracting: World) -> None:
    task = ask(extracting, {"total": 12})
    extracting.engine.decide(task.key, "reject", reason="not an invoice", by=APPROVER)
    found = extracting.engine.queries.variables(task.instance_key)
    assert found["extraction"]["result"] is None
    assert found["total"] is None


@pytest.mark.parametrize("proposal", [None, {"total": "twelve"}])
def test_what_is_no_valid_output_cannot_be_approved(extracting: World, proposal: object) -> None:
    task = ask(extracting, proposal)
    with pytest.raises(InvalidInput):
        extracting.engine.decide(task.key, "approve", by=APPROVER)
    assert extracting.state(task.instance_key) == "active"


def test_a_review_is_decided_by_its_group_and_not_completed(extracting: World) -> None:
    task = ask(extracting, {"total": 12})
    with pytest.raises(NotAllowed, match="the group accounting"):
        extracting.engine.decide(task.key, "approve", by=OTHER)
    with pytest.raises(IllegalMove, match="is a review"):
        extracting.engine.complete_task(task.key, {}, by=APPROVER)
    extracting.engine.claim_task(task.key, by=APPROVER)
    extracting.engine.decide(task.key, "approve", by=APPROVER)


def test_a_review_ends_when_a_timer_takes_over(extracting: World) -> None:
    task = ask(extracting, {"total": 12})
    extracting.clock.advance(86400)
    extracting.engine.fire_due_timers()
    assert extracting.state(task.instance_key) == "completed"
    with pytest.raises(IllegalMove, match="canceled"):
        extracting.engine.decide(task.key, "approve", by=APPROVER)
    assert extracting.engine.queries.job(task.job_key or 0).state.value == "canceled"


def test_a_schema_that_points_elsewhere_fetches_nothing(extracting: World) -> None:
    task = ask(extracting, {"total": 12}, schema={"$ref": "http://example.org/schema.json"})
    with pytest.raises(InvalidInput, match="schema"):
        extracting.engine.decide(task.key, "approve", by=APPROVER)
