"""What auditors read: made from the audit trail alone, so that an export gives the same as the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import msgspec
import pytest

from api import evidence
from engine import events
from engine.audit import Draft, Head, Record, extend
from engine.calibration import interval
from engine.errors import NotFound
from engine.oversight import OversightReport, Span, Trail, case_report, report

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
ALWAYS = Span(None, NOON + timedelta(days=365))
FOUND = Trail(0, None, None, True, (), 3)


class Book:
    """Writes one chain as the engine does, a second later each time."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.now = NOON

    def tell(self, type: str, *, instance: int = 8, element: str = "classify", actor: str = "w1", **data: Any) -> None:
        self.now += timedelta(seconds=1)
        head = Head(0, self.records[-1].seq, self.records[-1].hash) if self.records else Head(0)
        event = {"type": type, "element_id": element, "data": data}
        draft = Draft(instance, {"events": [event]})
        self.records.append(Record(*extend(head, draft, at=self.now, verb="verb", actor=(actor, "human"))))

    def case(self, instance: int, decision: str = "", faults: tuple[str, ...] = (), **settled: Any) -> None:
        """A case in which a model was asked once, and a person if `decision` says so."""
        job = {"job_key": str(instance + 1)}
        self.tell(events.INSTANCE_STARTED, instance=instance, process_id="triage", version=2, variables={})
        self.tell(events.PATH_TAKEN, instance=instance, flows=[f"to-{instance}"])
        self.tell(
            events.ATTEMPT_STARTED,
            instance=instance,
            number=1,
            model="small",
            ai_kind="llm",
            agent="reader",
            agent_version=1,
            level="auto",
            gates={"registry": "allow"},
            prompt=[{"role": "user", "content": "sort this"}],
            fingerprint="f1",
            **job,
        )
        answered: Mapping[str, Any] = {"state": "answered", "answer": '"bill"', "faults": list(faults), "cost": "0.02"}
        self.tell(events.ATTEMPT_SETTLED, instance=instance, number=1, tokens_in=10, **answered, **settled, **job)
        if decision:
            asked = {"faults": list(faults), "group": "desk", "proposal": "bill", "recommendation": "Look."}
            self.tell(events.REVIEW_ASKED, instance=instance, **asked, **job)
            self.tell(
                events.TASK_DECIDED, instance=instance, by="anna", decision=decision, output="bill", reason="", **job
            )
        else:
            self.tell(events.JOB_COMPLETED, instance=instance, **job)
        self.tell(events.INSTANCE_COMPLETED, instance=instance)


@pytest.fixture
def book() -> Book:
    return Book()


def made(book: Book, period: Span = ALWAYS) -> OversightReport:
    return report(book.records, period, FOUND)


def test_use_is_counted_by_month_element_agent_and_model(book: Book) -> None:
    book.case(8)
    book.case(16)
    book.tell(events.CALL_REFUSED, instance=16, job_key="99", model="small", agent="reader", agent_version=1,
              gate="switch", reason="AI is stopped.")  # fmt: skip
    [refused, used] = sorted(made(book).use, key=lambda row: row.calls)
    assert (used.month, used.process_id, used.element_id, used.agent, used.model) == (
        "2026-03", "triage", "classify", "reader", "small",
    )  # fmt: skip
    assert (used.calls, used.answered, used.tokens_in, used.cost, used.median_seconds) == (
        2,
        2,
        20,
        Decimal("0.04"),
        1.0,
    )
    assert (refused.calls, refused.refused) == (0, 1)


def test_peoples_verdicts_give_accuracy_with_its_interval_and_the_overrides(book: Book) -> None:
    for number, decision in enumerate(["approve"] * 8 + ["edit", "reject"], start=1):
        book.case(8 * number, decision)
    book.case(800, "edit", faults=("schema: no",))
    told = made(book)
    [held_back, passed] = sorted(told.accuracy, key=lambda row: row.had_passed)
    assert (passed.judged, passed.right, held_back.judged, held_back.right) == (10, 8, 1, 0)
    assert (passed.low, passed.high) == pytest.approx((0.4439, 0.9748), abs=1e-4)  # the published interval of 8 in 10
    [reviews] = told.reviews
    assert (reviews.asked, reviews.approved, reviews.edited, reviews.rejected, reviews.undecided) == (11, 8, 2, 1, 0)
    assert (reviews.people, reviews.median_seconds) == (("anna",), 1.0)


@pytest.mark.parametrize(("right", "count", "low", "high"), [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (0, 0, 0, 1)])
def test_intervals_at_their_ends(right: int, count: int, low: float, high: float) -> None:
    assert interval(right, count) == pytest.approx((low, high), abs=1e-4)


def test_only_the_period_counts_and_earlier_starts_are_known_all_the_same(book: Book) -> None:
    book.case(8)
    later = book.now
    book.case(16)
    told = made(book, Span(later + timedelta(seconds=2), ALWAYS.until))
    assert [(row.process_id, row.calls) for row in told.use] == [("triage", 1)]
    assert made(book, Span(ALWAYS.until, ALWAYS.until + timedelta(days=1))).use == ()


def test_stops_deployments_policies_incidents_and_deletions_are_told(book: Book) -> None:
    book.tell(events.DEPLOYED, instance=0, processes={"triage": 2})
    book.tell(events.AGENT_REGISTERED, instance=0, agent="reader", version=1, card={"purpose": "sort"}, digest="d")
    book.case(8)
    book.tell(events.AI_STOPPED, instance=0, actor="olga", kind="model", name="small", reason="odd answers")
    book.tell(events.POLICY_VERDICT, job_key="9", policy="no-payments", verdict="deny", reason="too much")
    book.tell(events.INCIDENT_RAISED, incident_key="1", incident_type="job-failed", message="no answer")
    book.tell(events.INCIDENT_RAISED, instance=80, incident_key="2", incident_type="job-failed", message="not of AI")
    book.tell(events.INCIDENT_RESOLVED, incident_key="1")
    book.tell(events.AUDIT_PAYLOAD_ERASED, chain=0, seq=1, reason="asked for")
    told = made(book)
    assert [(one.what, one.by) for one in (*told.processes, *told.stops)] == [
        ("deployed", "w1"),
        ("ai-stopped", "olga"),
    ]
    assert [(one.what, one.data["card"]["purpose"]) for one in told.agents] == [("agent-registered", "sort")]
    assert [(one.policy, one.verdict, one.count) for one in told.policies] == [("no-payments", "deny", 1)]
    [incident] = told.incidents
    assert (incident.message, incident.resolved_at is not None) == ("no answer", True)
    assert (told.deletions.payloads, told.deletions.cases) == (1, 0)
    assert (told.trail.records, told.trail.first_at) == (len(book.records), NOON + timedelta(seconds=1))


def test_a_case_holds_its_way_and_each_call_with_its_place_in_the_trail(book: Book) -> None:
    book.case(8, "edit", faults=("grounding: not in the source",))
    told = case_report(book.records)
    assert (told.process_id, told.process_version, told.path, told.outcome) == (
        "triage", 2, ("to-8",), "instance-completed",
    )  # fmt: skip
    [call] = told.calls
    assert (call.answer, call.gates, call.faults) == (
        '"bill"',
        {"registry": "allow"},
        ("grounding: not in the source",),
    )
    assert (call.begun.hash, call.begun.prev_hash) == (book.records[2].hash, book.records[1].hash)
    assert len(call.prompt_sha256) == len(call.answer_sha256) == 64
    assert call.review is not None
    assert (call.review.decision, call.review.by, call.review.had_passed) == ("edit", "anna", False)


def test_a_call_that_never_ended_is_in_the_report(book: Book) -> None:
    book.case(8)
    cut = [record for record in book.records if record.seq <= 3]
    [call] = case_report(cut).calls
    assert (call.state, call.seconds, call.cost) == ("started", None, None)


def test_a_case_without_its_start_is_refused() -> None:
    with pytest.raises(NotFound, match="start of a case"):
        case_report([])


def test_both_reports_satisfy_the_published_schema_and_make_a_page(book: Book) -> None:
    book.case(8, "approve")
    book.case(16)
    book.tell(events.AI_STOPPED, instance=0, actor="<b>olga</b>", kind="all", name="", reason="drill")
    validator = jsonschema.Draft202012Validator(evidence.schema())
    case = case_report([record for record in book.records if record.instance_key == 8])
    for told in (made(book), case):
        validator.validate(msgspec.json.decode(evidence.as_json(told)))
        page = evidence.as_html(told)
        assert "<b>olga" not in page
        assert page.rstrip().endswith("</html>")
    assert "intact" in evidence.as_html(made(book))
    broken = report(book.records, ALWAYS, Trail(0, None, None, False, ("chain 1, record 2: missing.",), 0))
    assert "not intact" in evidence.as_html(broken)
