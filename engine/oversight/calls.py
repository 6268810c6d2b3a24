"""Calls of models as the trail tells them: what was sent and answered, by which rules, and what people said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

import msgspec

from engine import events
from engine.oversight.facts import Fact

Json = Any
_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a fact stands in the trail; enough to find it there and to verify that it is unchanged."""

    chain: int
    seq: int
    hash: str
    prev_hash: str


@dataclass(frozen=True, slots=True)
class ReviewOfCall:
    """A person's look at what a model said. `had_passed`: no fault was found, and a sample, suggestion or shadow asks.

    `decision` is approve, edit or reject; empty while nobody has decided. `seconds` from the question to the decision.
    """

    asked_at: datetime
    group: str
    had_passed: bool
    faults: tuple[str, ...]
    proposal: Json
    recommendation: str
    decision: str = ""
    by: str = ""
    reason: str = ""
    output: Json = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AiCall:
    """One call of a model. `state` is started, answered, failed or lost; `refused` when a gate let nothing out.

    `route` is what a routing table said of the case before (decision, version, matched rules, output).
    `gates` is what each gate answered, `policies` the verdicts on it, `review` what became of it before people.
    `cost` is in US dollars. Hashes are SHA-256, of the prompt's canonical JSON and of the answer's text.
    """

    instance_key: int
    process_id: str
    process_version: int
    element_id: str
    job_key: str
    number: int
    model: str
    kind: str
    agent: str
    agent_version: int
    level: str
    fingerprint: str
    gates: Mapping[str, Json]
    prompt: Json
    prompt_sha256: str
    started_at: datetime
    begun: Mark
    state: str = "started"
    answer: str | None = None
    answer_sha256: str = ""
    faults: tuple[str, ...] = ()
    confidence: float | None = None
    cost: Decimal | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    ended_at: datetime | None = None
    settled: Mark | None = None
    refusal: str = ""
    policies: tuple[Mapping[str, Json], ...] = ()
    review: ReviewOfCall | None = None
    route: Mapping[str, Json] | None = None

    @property
    def seconds(self) -> float | None:
        """How long the call took; None for one that did not end."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


@dataclass(slots=True)
class Calls:
    """Folds facts into calls. A job's calls are given out when nothing more can come for it, or by `rest`."""

    _versions: dict[int, tuple[str, int]] = field(default_factory=dict)
    _open: dict[str, dict[int, AiCall]] = field(default_factory=dict)
    _reviews: dict[str, ReviewOfCall] = field(default_factory=dict)
    _policies: dict[str, list[Mapping[str, Json]]] = field(default_factory=dict)
    _routes: dict[str, Mapping[str, Json]] = field(default_factory=dict)

    def take(self, fact: Fact) -> Iterator[AiCall]:
        """The calls that are complete with this fact."""
        if fact.type == events.INSTANCE_STARTED:
            self._versions[fact.instance_key] = (fact.text("process_id"), fact.number("version"))
        elif fact.type == events.INSTANCE_MIGRATED:
            self._versions[fact.instance_key] = _migrated(self._versions.get(fact.instance_key, ("", 0)), fact)
        elif fact.type in _ENDS and (job_key := fact.text("job_key")) in self._open:
            yield from self._told(job_key)
        elif change := _CHANGES.get(fact.type):
            change(self, fact)
            if fact.type == events.TASK_DECIDED:  # which completes the job
                yield from self._told(fact.text("job_key"))

    def rest(self) -> Iterator[AiCall]:
        """What is open at the end of the trail."""
        for job_key in list(self._open):
            yield from self._told(job_key)

    def process_of(self, instance_key: int) -> tuple[str, int]:
        """Process id and version of an instance that has started."""
        return self._versions.get(instance_key, ("", 0))

    def _told(self, job_key: str) -> Iterator[AiCall]:
        calls = list(self._open.pop(job_key, {}).values())
        policies = tuple(self._policies.pop(job_key, ()))
        review = self._reviews.pop(job_key, None)
        self._routes.pop(job_key, None)
        for call in calls:
            is_last = call is calls[-1]
            own = tuple(one for one in policies if one.get("number") in (None, call.number))
            yield replace(call, policies=own, review=review if is_last else None)

    def _begin(self, fact: Fact) -> None:
        process_id, version = self.process_of(fact.instance_key)
        refused = fact.type == events.CALL_REFUSED
        calls = self._open.setdefault(fact.text("job_key"), {})
        number = fact.number("number") or max(calls, default=0) + 1
        prompt = fact.data.get("prompt")
        calls[number] = AiCall(
            instance_key=fact.instance_key,
            process_id=process_id,
            process_version=version,
            element_id=fact.element_id,
            job_key=fact.text("job_key"),
            number=number,
            model=fact.text("model"),
            kind=fact.text("ai_kind"),
            agent=fact.text("agent"),
            agent_version=fact.number("agent_version"),
            level=fact.text("level"),
            fingerprint=fact.text("fingerprint"),
            gates=fact.data.get("gates") or {},
            prompt=prompt,
            prompt_sha256="" if prompt is None else sha256(_encoder.encode(prompt)).hexdigest(),
            started_at=fact.at,
            begun=_mark(fact),
            state="refused" if refused else "started",
            refusal=f"{fact.text('gate')}: {fact.text('reason')}" if refused else "",
            route=self._routes.get(fact.text("job_key")),
        )

    def _settle(self, fact: Fact) -> None:
        calls = self._open.get(fact.text("job_key"), {})
        if (call := calls.get(fact.number("number"))) is None:
            return
        answer = fact.data.get("answer")
        calls[call.number] = replace(
            call,
            state="lost" if fact.type == events.ATTEMPT_LOST else fact.text("state"),
            answer=answer,
            answer_sha256="" if answer is None else sha256(str(answer).encode()).hexdigest(),
            faults=tuple(fact.data.get("faults") or ()),
            confidence=fact.data.get("confidence"),
            cost=_money(fact.data.get("cost")),
            tokens_in=fact.number("tokens_in"),
            tokens_out=fact.number("tokens_out"),
            ended_at=fact.at,
            settled=_mark(fact),
        )

    def _ask(self, fact: Fact) -> None:
        if fact.text("job_key") not in self._open:
            return  # another connector's question, not a model's
        faults = tuple(fact.data.get("faults") or ())
        self._reviews[fact.text("job_key")] = ReviewOfCall(
            asked_at=fact.at,
            group=fact.text("group"),
            had_passed=not faults,
            faults=faults,
            proposal=fact.data.get("proposal"),
            recommendation=fact.text("recommendation"),
        )

    def _decide(self, fact: Fact) -> None:
        if (review := self._reviews.get(fact.text("job_key"))) is not None:
            self._reviews[fact.text("job_key")] = replace(
                review,
                decision=fact.text("decision"),
                by=fact.text("by"),
                reason=fact.text("reason"),
                output=fact.data.get("output"),
                seconds=(fact.at - review.asked_at).total_seconds(),
            )

    def _take_route(self, fact: Fact) -> None:
        told = ("decision_id", "version", "facts", "output", "matched")
        self._routes[fact.text("job_key")] = {name: fact.data.get(name) for name in told}

    def _rule(self, fact: Fact) -> None:
        self._policies.setdefault(fact.text("job_key"), []).append(dict(fact.data))


# After these a job asks no model any more; a decided review ends its job with it.
_ENDS = frozenset({events.JOB_COMPLETED, events.JOB_ERROR_THROWN})
_CHANGES: Mapping[str, Callable[[Calls, Fact], None]] = {
    events.ATTEMPT_STARTED: Calls._begin,
    events.CALL_REFUSED: Calls._begin,
    events.ATTEMPT_SETTLED: Calls._settle,
    events.ATTEMPT_LOST: Calls._settle,
    events.REVIEW_ASKED: Calls._ask,
    events.TASK_DECIDED: Calls._decide,
    events.POLICY_VERDICT: Calls._rule,
    events.MODEL_ROUTED: Calls._take_route,
}


def _mark(fact: Fact) -> Mark:
    record = fact.record
    return Mark(record.chain, record.seq, record.hash, record.prev_hash)


def _migrated(known: tuple[str, int], fact: Fact) -> tuple[str, int]:
    return fact.text("to_process_id") or known[0], fact.number("to_version") or known[1]


def _money(text: Json) -> Decimal | None:
    try:
        return None if text is None else Decimal(str(text))
    except InvalidOperation:
        return None
