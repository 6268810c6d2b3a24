"""The AI task: ask, check, correct, go on to the next model, and in the end ask a person. Nothing passes unchecked.

Every call has its row in the books before it is made, and how it ended after. What to do next is decided from the
books alone (`connectors.llm.route`), so a worker that takes over a dead one's job goes on where that one stopped:
answers that were settled are not bought twice, and a call of unknown end counts as made and as paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

from connectors.base import (
    Attempt,
    Bar,
    CallEnd,
    Json,
    ModelCall,
    NewCall,
    Refused,
    Request,
    Result,
    Retryable,
    Review,
    Ruled,
    Worth,
)
from connectors.llm import canary, prompt, review, route, routing
from connectors.llm.answer import MAX_BYTES
from connectors.llm.call import Call, CallFailed, Message, Provider, Reply, Trouble
from connectors.llm.faults import FaultKind, fault
from connectors.llm.inputs import Inputs
from connectors.llm.providers import Providers
from connectors.llm.settings import Models
from connectors.llm.usage import show
from connectors.llm.verdict import Known, Verdict, judge

SAMPLED = 0.1  # of the answers of an agent whose level is "sampled", people see so many
RULES = "rules"  # the kind that is not AI
_SAME_AGAIN = frozenset({RULES, "embedded-classifier"})  # kinds that a correction does not make answer anew


class AiTask:
    """The connector of `baton:ai-task:1`."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    @classmethod
    def of(cls, models: Mapping[str, Mapping[str, Any]] | None = None) -> AiTask:
        """The connector over a table of model settings (None: the one in BATON_MODELS)."""
        return cls(Providers(Models.read(models)))

    def __call__(self, request: Request) -> Result | Review:
        """Work until an answer is accepted or a person has to decide.

        Response: result, confidence, model, attempts, cost (US dollars, as text), review (None here). Raises Permanent
        for inputs or settings that cannot work, Retryable when a call failed on the way and is to be tried again.
        """
        route_of_case = routing.find(request, request.variables.get("input"))
        why = () if route_of_case is None or not route_of_case.reason else (route_of_case.reason,)
        inputs = Inputs.read(routing.applied(request, route_of_case), is_for_nobody=bool(why))
        task = _Task(request, inputs, {name: Asked.of(self._providers, name) for name in inputs.models})
        while True:
            attempts = request.journal.attempts()
            match task.next_step(attempts):
                case route.Accepted(attempt):
                    return task.open_to_words(task.accepted(attempt, attempts))
                case route.AskPerson(reasons, group):
                    return task.open_to_words(task.asked_person((*why, *reasons), attempts, group))
                case route.Ask() as step:
                    if (asked := task.ask(step, attempts)) is not None:
                        return task.open_to_words(asked)


def is_sample(job_key: int, share: float) -> bool:
    """Whether a person sees this one though it passed. By the job's key alone: a second try decides the same."""
    return int.from_bytes(sha256(str(job_key).encode()).digest()[:8]) < share * 2**64


def response_of(accepted: Attempt, attempts: Sequence[Attempt]) -> dict[str, Json]:
    """What the diagram's result variable gets when no person was needed."""
    return {
        "result": accepted.output,
        "confidence": accepted.confidence,
        "evidence": accepted.evidence,
        "model": accepted.model,
        "attempts": len(attempts),
        "cost": show(route.spent(attempts)),
        "review": None,
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """A model of the cascade: what answers for it, and where its data stay."""

    provider: Provider
    residency: str

    @classmethod
    def of(cls, providers: Providers, name: str) -> Asked:
        """What the settings say of a model's name."""
        return cls(providers.of(name), providers.residency(name))


@dataclass(frozen=True, slots=True)
class _Heard:
    """A reply, whether it gives away the mark of its system message, and the document where a policy changed it."""

    reply: Reply
    has_leaked: bool
    seen: Json


class _Task:
    """One job at work."""

    def __init__(self, request: Request, inputs: Inputs, asked: Mapping[str, Asked]) -> None:
        self._request = request
        self._inputs = inputs
        providers = self._providers = {name: one.provider for name, one in asked.items()}
        self._residency = {name: one.residency for name, one in asked.items()}
        self._first = prompt.messages(inputs.prompt, inputs.source, inputs.asked_schema, inputs.examples)
        unteachable = frozenset(name for name, provider in providers.items() if provider.kind in _SAME_AGAIN)
        self._fingerprint = inputs.fingerprint
        self._stopped: Refused | None = None
        self._words = _words_of(request)
        away = {name: why for name, one in asked.items() if (why := routing.elsewhere(one.residency, inputs.residency))}
        self.limits = route.Limits(inputs.models, inputs.max_cost, unteachable, away)

    def next_step(self, attempts: Sequence[Attempt]) -> route.Step:
        """What to do now: as the cascade says, or as the person does who looked at its answers."""
        if self._words is None:
            return route.next_step(attempts, self.limits, self.reserve)
        return route.after_words(attempts, self._words, self.limits, self.reserve)

    def open_to_words(self, ending: Result | Review) -> Result | Review:
        """A review of what a model said may be answered with words, where some model can learn from them."""
        if not isinstance(ending, Review) or ending.proposal is None:
            return ending
        return replace(ending, may_respond=bool(set(self.limits.models) - self.limits.unteachable))

    def reserve(self, model: str, correcting: Attempt | None) -> Decimal:
        """The most that asking a model can cost."""
        return self._providers[model].reserve(self._messages(correcting))

    def accepted(self, attempt: Attempt, attempts: Sequence[Attempt]) -> Result | Review:
        """What becomes of an answer that passed every check: as far as its agent's autonomy goes."""
        inputs = self._inputs
        if attempt.level == "shadow":
            return review.shadow_of(inputs, attempts)
        is_unsure = attempt.least_confidence is not None and (attempt.confidence or 0) < attempt.least_confidence
        if attempt.level == "suggest" or is_unsure:
            return review.suggestion_of(inputs, attempt, attempts)
        share = max(inputs.sample, SAMPLED) if attempt.level == "sampled" else inputs.sample
        if is_sample(self._request.job_key, share):
            return review.sample_of(inputs, attempt, attempts, share)
        return Result(response_of(attempt, attempts))

    def asked_person(self, reasons: Sequence[str], attempts: Sequence[Attempt], group: str) -> Review:
        """A person has to decide. Raises Refused where that is so because a model was stopped, and it may wait."""
        if self._stopped is not None and not group and not self._inputs.is_for_people_when_stopped:
            raise self._stopped
        return self._review(attempts, reasons, group)

    def _review(self, attempts: Sequence[Attempt], reasons: Sequence[str], group: str = "") -> Review:
        # Nobody sees what an agent in the shadow said, whatever sends its work to a person.
        is_hidden = any(one.level == "shadow" for one in attempts)
        given = (self._inputs, attempts)
        made = review.shadow_of(*given) if is_hidden else review.review_of(*given, reasons)
        return replace(made, group=group or made.group)

    def ask(self, step: route.Ask, earlier: Sequence[Attempt]) -> Review | None:
        """Make one call, in the books before and after; a review when a gate sends the task to a person instead.

        Raises Retryable when it failed on the way and may go again, Refused when it may not be made.
        """
        try:
            self._ask(step, earlier)
        except Refused as problem:
            return self._refused(step.model, problem)
        return None

    def _refused(self, model: str, problem: Refused) -> Review | None:
        if problem.then in ("next", "another"):
            self._stopped = problem if problem.then == "next" else self._stopped
            self.limits = replace(self.limits, barred={**self.limits.barred, model: str(problem)})
            return None
        waits_for_nobody = problem.then == "wait" and self._inputs.is_for_people_when_stopped
        if problem.then != "person" and not waits_for_nobody:
            raise problem
        return self._review(self._request.journal.attempts(), (str(problem),), problem.group)

    def _ask(self, step: route.Ask, earlier: Sequence[Attempt]) -> None:
        provider, asked = self._providers[step.model], self._as_asked(step.model, earlier)
        ruled = self._request.gate.input(asked, self._messages(step.correcting))
        messages = ruled.value
        step = replace(step, reserved=provider.reserve(messages)) if ruled.is_changed else step
        number = self._request.journal.begin(
            NewCall(
                model=step.model,
                prompt=list(messages),
                reserved=step.reserved,
                ai_kind=provider.kind,
                fingerprint=self._fingerprint,
                agent=self._inputs.agent,
                residency=self._residency[step.model],
                level="auto" if self._inputs.has_rule else "suggest",
                ruled=ruled,
            )
        )
        try:
            reply = provider.ask(self._call(messages))
        except CallFailed as problem:
            self._settle_failure(number, step, problem)
        except Exception as problem:
            self._settle_failure(number, step, CallFailed(Trouble.MODEL, type(problem).__name__))
            raise
        else:
            self._settle_answer(number, step, self._heard(reply, ruled), earlier)

    def _heard(self, reply: Reply, ruled: Ruled) -> _Heard:
        said = [reply.text, reply.refusal, *([one.name, one.arguments] for one in reply.wishes)]
        seen = prompt.parts(ruled.value) if ruled.is_changed else None
        return _Heard(reply, canary.has_leaked(ruled.value, said), seen[1] if seen else None)

    def _settle_answer(self, number: int, step: route.Ask, heard: _Heard, earlier: Sequence[Attempt]) -> None:
        reply = heard.reply
        own = [attempt for attempt in earlier if attempt.model == step.model]
        kind = self._providers[step.model].kind
        verdict = judge(
            reply,
            self._inputs,
            own,
            is_ai=kind != RULES,
            known=Known(lambda target: self._bar(step.model, target), lambda score: self._worth(step.model, score)),
            samples=1 if kind in _SAME_AGAIN or step.correcting else self._inputs.samples,
            seen=heard.seen,
        )
        checks = verdict.checks
        if heard.has_leaked:
            verdict = Verdict(None, (fault(FaultKind.CANARY, canary.LEAKED),))
            checks = {"canary": "deny"}
        if not verdict.faults:
            asked = self._as_asked(step.model, earlier)
            ruled = self._request.gate.output(asked, verdict.output, verdict.confidence)
            verdict = verdict.under(ruled, self._inputs.schema)
        self._request.journal.settle(
            number,
            # One sign more than is taken: whoever judges it again finds that it is too long.
            CallEnd(
                answer=reply.text[: MAX_BYTES + 1],
                output=verdict.output,
                faults=verdict.faults,
                confidence=verdict.confidence,
                evidence=verdict.evidence,
                cost=step.reserved if reply.cost is None else reply.cost,
                tokens_in=reply.tokens_in,
                tokens_out=reply.tokens_out,
                origin=reply.origin,
                checks=checks,
                ruled=verdict.ruled,
            ),
        )

    def _as_asked(self, model: str, earlier: Sequence[Attempt]) -> ModelCall:
        return ModelCall(model, self._inputs.agent, self._residency[model], route.spent(earlier))

    def _settle_failure(self, number: int, step: route.Ask, problem: CallFailed) -> None:
        on_the_way = problem.trouble is Trouble.TRANSPORT
        kind = FaultKind.UNREACHABLE if on_the_way else FaultKind.REJECTED
        journal = self._request.journal
        cost = step.reserved if problem.may_be_billed else Decimal(0)
        journal.settle(number, CallEnd(answer=None, faults=[fault(kind, str(problem))], cost=cost, failed=True))
        if not on_the_way:
            return
        attempts = journal.attempts()
        following = self.next_step(attempts)
        if isinstance(following, route.Ask) and following.model == step.model:
            raise Retryable(
                f"Model '{step.model}' could not be reached: {problem}. It is tried again.",
                after_seconds=route.pause_seconds(attempts, step.model, problem.after_seconds),
                uses_retry=False,
            )

    def _bar(self, model: str, target_error: float) -> Bar:
        return self._request.journal.bar(model=model, fingerprint=self._fingerprint, target_error=target_error)

    def _worth(self, model: str, confidence: float | None) -> Worth:
        return self._request.journal.worth(model=model, fingerprint=self._fingerprint, confidence=confidence)

    def _messages(self, correcting: Attempt | None) -> Sequence[Message]:
        if self._words is not None:
            answer = "" if correcting is None else correcting.answer or ""
            return prompt.told(self._first, answer, self._words.text)
        if correcting is None:
            return canary.planted(self._first)
        return prompt.again(canary.planted(self._first), correcting.answer or "", correcting.faults)

    def _call(self, messages: Sequence[Message]) -> Call:
        request, inputs = self._request, self._inputs
        return Call(
            messages,
            inputs.asked_schema,
            inputs.source,
            request.timeout_seconds,
            request.secret,
            examples=inputs.examples,
        )


def _words_of(request: Request) -> route.PersonsWords | None:
    """What a person last said to the answers of this job; None when nobody has."""
    said = [one for one in request.journal.approvals() if one.decision == "respond"]
    return route.PersonsWords(said[-1].reason, int(said[-1].output["attempts"])) if said else None
