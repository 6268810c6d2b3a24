"""The system's report: which agents there were, what they did, how right they were, who watched, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any

from engine import events
from engine.audit import Record
from engine.calibration import interval
from engine.oversight.calls import AiCall, Calls
from engine.oversight.duties import DUTIES, Duty
from engine.oversight.facts import Fact, facts

Json = Any
SCHEMA = "baton-ai-act-report/1"


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` (None: the first record) to before `until`."""

    since: datetime | None
    until: datetime

    def holds(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and at < self.until


@dataclass(frozen=True, slots=True)
class Trail:
    """The records that the report was made of. `faults` is what verifying found; `seal` the newest one's number."""

    records: int
    first_at: datetime | None
    last_at: datetime | None
    is_intact: bool
    faults: tuple[str, ...]
    seal: int


@dataclass(frozen=True, slots=True)
class Note:
    """Somebody changed what AI may do, or what runs. `what` is the trail's word."""

    at: datetime
    by: str
    what: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Use:
    """Calls of a model at an element in a month (UTC, YYYY-MM). `cost` in US dollars; `median_seconds` of a call."""

    month: str
    process_id: str
    element_id: str
    agent: str
    agent_version: int
    model: str
    kind: str
    calls: int
    answered: int
    failed: int
    lost: int
    refused: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Reviews:
    """Questions to people at an element in a month. `edited` and `rejected` overrode the model; `people` decided."""

    month: str
    process_id: str
    element_id: str
    asked: int
    approved: int
    edited: int
    rejected: int
    undecided: int
    median_seconds: float | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many proposals people found right, in a month. `low` and `high`: 95 % interval by Clopper and Pearson.

    `had_passed`: those in which no fault was found (samples, suggestions, shadows), which measure what passes alone.
    The others came before people because something spoke against them, and say nothing of the rest.
    """

    month: str
    process_id: str
    element_id: str
    agent: str
    agent_version: int
    model: str
    had_passed: bool
    judged: int
    right: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class IncidentOfAi:
    """An incident in a case that asked a model. `resolved_at` None: open at the report's end."""

    instance_key: int
    element_id: str
    type: str
    message: str
    raised_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class PolicyCount:
    """How often a policy gave a verdict that was not to allow."""

    policy: str
    verdict: str
    count: int


@dataclass(frozen=True, slots=True)
class Deletions:
    """What was erased on purpose: payloads of single records, whole cases."""

    payloads: int
    cases: int


@dataclass(frozen=True, slots=True)
class OversightReport:
    """The report; its JSON schema is published beside the API's reference."""

    schema: str
    period: Span
    trail: Trail
    agents: tuple[Note, ...]
    processes: tuple[Note, ...]
    stops: tuple[Note, ...]
    use: tuple[Use, ...]
    reviews: tuple[Reviews, ...]
    accuracy: tuple[Accuracy, ...]
    policies: tuple[PolicyCount, ...]
    incidents: tuple[IncidentOfAi, ...]
    deletions: Deletions
    duties: tuple[Duty, ...]


def report(records: Iterable[Record], period: Span, trail: Trail) -> OversightReport:
    """Fold a trail, all of it and in the order of its chains, into the report of a period.

    `trail` says what verification found; its records and their times are counted here.
    """
    fold = _Fold(period)
    for fact in facts(fold.counted(records)):
        fold.take(fact)
    fold.end()
    return OversightReport(
        schema=SCHEMA,
        period=period,
        trail=replace(trail, records=fold.records, first_at=fold.first_at, last_at=fold.last_at),
        agents=tuple(sorted(fold.changes.get("agents", ()), key=lambda one: one.at)),
        processes=tuple(sorted(fold.changes.get("processes", ()), key=lambda one: one.at)),
        stops=tuple(sorted(fold.changes.get("stops", ()), key=lambda one: one.at)),
        use=tuple(_use(place, calls) for place, calls in sorted(fold.calls.items())),
        reviews=tuple(_reviews(place, calls) for place, calls in sorted(_by(fold.reviewed, _element).items())),
        accuracy=tuple(_accuracy(place, calls) for place, calls in sorted(_by(fold.reviewed, _judged_place).items())),
        policies=tuple(PolicyCount(*name, count) for name, count in sorted(fold.policies.items())),
        incidents=tuple(sorted(fold.incidents.values(), key=lambda one: one.raised_at)),
        deletions=Deletions(fold.payloads_erased, fold.cases_deleted),
        duties=DUTIES,
    )


@dataclass(slots=True)
class _Tally:
    """Calls of one place, without what they said."""

    states: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)

    def add(self, call: AiCall) -> None:
        self.states[call.state] = self.states.get(call.state, 0) + 1
        self.tokens_in += call.tokens_in
        self.tokens_out += call.tokens_out
        self.cost += call.cost or 0
        if call.seconds is not None and call.state == "answered":
            self.seconds.append(call.seconds)


@dataclass(slots=True)
class _Fold:
    period: Span
    records: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    changes: dict[str, list[Note]] = field(default_factory=dict)
    calls: dict[tuple[Any, ...], _Tally] = field(default_factory=dict)
    reviewed: list[AiCall] = field(default_factory=list)
    policies: dict[tuple[str, str], int] = field(default_factory=dict)
    incidents: dict[str, IncidentOfAi] = field(default_factory=dict)
    payloads_erased: int = 0
    cases_deleted: int = 0
    _folded: Calls = field(default_factory=Calls)
    _asked: set[int] = field(default_factory=set)  # instances that asked a model

    def counted(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            self.records += 1
            self.first_at = record.at if self.first_at is None else min(self.first_at, record.at)
            self.last_at = record.at if self.last_at is None else max(self.last_at, record.at)
            yield record

    def take(self, fact: Fact) -> None:
        for call in self._folded.take(fact):
            self._count(call)
        if fact.type in (events.ATTEMPT_STARTED, events.CALL_REFUSED):
            self._asked.add(fact.instance_key)
        elif note := _NOTES.get(fact.type):
            note(self, fact)
        if (group := _CHANGES.get(fact.type)) and self.period.holds(fact.at):
            change = Note(fact.at, fact.record.actor_id, fact.type, fact.data)
            self.changes.setdefault(group, []).append(change)

    def end(self) -> None:
        for call in self._folded.rest():
            self._count(call)
        self.incidents = {key: one for key, one in self.incidents.items() if one.instance_key in self._asked}

    def _count(self, call: AiCall) -> None:
        if self.period.holds(call.started_at):
            self.calls.setdefault(_place(call), _Tally()).add(call)
        if call.review is not None and self.period.holds(call.review.asked_at):
            self.reviewed.append(replace(call, prompt=None, answer=None))

    def _rule(self, fact: Fact) -> None:
        if self.period.holds(fact.at):
            name = (fact.text("policy"), fact.text("verdict"))
            self.policies[name] = self.policies.get(name, 0) + 1

    def _raise(self, fact: Fact) -> None:
        if self.period.holds(fact.at):
            text = fact.text("message")
            made = IncidentOfAi(fact.instance_key, fact.element_id, fact.text("incident_type"), text, fact.at, None)
            self.incidents[fact.text("incident_key")] = made

    def _resolve(self, fact: Fact) -> None:
        if (known := self.incidents.get(fact.text("incident_key"))) is not None:
            self.incidents[fact.text("incident_key")] = replace(known, resolved_at=fact.at)

    def _erase(self, fact: Fact) -> None:
        self.payloads_erased += self.period.holds(fact.at)

    def _delete(self, fact: Fact) -> None:
        self.cases_deleted += self.period.holds(fact.at)


_NOTES: Mapping[str, Callable[[_Fold, Fact], None]] = {
    events.POLICY_VERDICT: _Fold._rule,
    events.INCIDENT_RAISED: _Fold._raise,
    events.INCIDENT_RESOLVED: _Fold._resolve,
    events.AUDIT_PAYLOAD_ERASED: _Fold._erase,
    events.HISTORY_DELETED: _Fold._delete,
}
_CHANGES: Mapping[str, str] = {
    events.AGENT_REGISTERED: "agents",
    events.AGENT_SUSPENDED: "agents",
    events.AGENT_RESUMED: "agents",
    events.AGENT_RETIRED: "agents",
    events.AUTONOMY_SET: "agents",
    events.BUDGET_SET: "agents",
    events.BUDGET_REMOVED: "agents",
    events.DEPLOYED: "processes",
    events.AI_STOPPED: "stops",
    events.AI_STARTED: "stops",
}


def _month(at: datetime) -> str:
    return f"{at:%Y-%m}"


def _place(call: AiCall) -> tuple[Any, ...]:
    who = (call.agent, call.agent_version, call.model, call.kind)
    return (_month(call.started_at), call.process_id, call.element_id, *who)


def _use(place: tuple[Any, ...], tally: _Tally) -> Use:
    counts = [tally.states.get(state, 0) for state in ("answered", "failed", "lost", "refused")]
    seconds = median(tally.seconds) if tally.seconds else None
    calls = sum(tally.states.values()) - tally.states.get("refused", 0)
    figures = (calls, *counts, tally.tokens_in, tally.tokens_out, tally.cost, seconds)
    return Use(*(*place, *figures))


def _by(calls: Iterable[AiCall], place: Callable[[AiCall], tuple[Any, ...] | None]) -> dict[Any, list[AiCall]]:
    grouped: dict[Any, list[AiCall]] = {}
    for call in calls:
        if (found := place(call)) is not None:
            grouped.setdefault(found, []).append(call)
    return grouped


def _element(call: AiCall) -> tuple[Any, ...]:
    assert call.review is not None
    return (_month(call.review.asked_at), call.process_id, call.element_id)


def _reviews(place: tuple[Any, ...], calls: list[AiCall]) -> Reviews:
    reviews = [call.review for call in calls if call.review is not None]
    decided = [one.seconds for one in reviews if one.seconds is not None]
    counts = [sum(one.decision == word for one in reviews) for word in ("approve", "edit", "reject", "")]
    people = sorted({one.by for one in reviews if one.by})
    return Reviews(*(*place, len(reviews), *counts, median(decided) if decided else None, tuple(people)))


def _judged_place(call: AiCall) -> tuple[Any, ...] | None:
    review = call.review
    if review is None or not review.decision or review.proposal is None:
        return None
    who = (call.agent, call.agent_version, call.model, review.had_passed)
    return (_month(review.asked_at), call.process_id, call.element_id, *who)


def _accuracy(place: tuple[Any, ...], calls: list[AiCall]) -> Accuracy:
    right = sum(call.review is not None and call.review.decision == "approve" for call in calls)
    return Accuracy(*(*place, len(calls), right, *interval(right, len(calls))))
