"""The cascade as a pure decision: what was tried so far and what is allowed, in; the next step, out.

Models are asked in the order given, cheapest first. Each gets one question and, when its answer had faults that it can
mend, one more with the faults shown. A call that failed on the way is tried again after a pause and is no wrong
answer. A refusal, or an answer that is right in shape and not sure enough, goes to the next model at once. A call that
could exceed the budget is not made. When nothing is left, or a policy asks for one, a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.base import Attempt
from connectors.llm.faults import TO_BE_SHOWN, FaultKind, kinds
from connectors.llm.usage import ZERO, show

ASKS_PER_MODEL = 2
CALLS_ON_THE_WAY = 3  # calls of one model that may fail in transport before it is passed over
_LONGEST_PAUSE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a diagram allows. `max_cost` in US dollars for the whole task; None is without limit.

    `unteachable` are the models that a correction cannot help: rules give the same answer again. A call of theirs that
    was lost gave none, and is made once more. `barred` are those that may not be asked now, and why.
    """

    models: tuple[str, ...]
    max_cost: Decimal | None = None
    unteachable: frozenset[str] = frozenset()
    barred: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this model; `correcting` is its attempt whose faults it is to be shown."""

    model: str
    correcting: Attempt | None = None
    reserved: Decimal = ZERO
    words: str = ""  # of the person who looked at that attempt's answer


@dataclass(frozen=True, slots=True)
class Accepted:
    """This attempt's answer passed everything."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class AskPerson:
    """No model is left; `reasons` say why models were passed over without being asked.

    `group` are the people whom a policy names, "" where none does.
    """

    reasons: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class PersonsWords:
    """What a person said to the answers of a job, after so many attempts of it were made."""

    text: str
    made: int


Step = Ask | Accepted | AskPerson
Reserve = Callable[[str, Attempt | None], Decimal]


def next_step(attempts: Sequence[Attempt], limits: Limits, reserve: Reserve) -> Step:
    """What to do now. `attempts` are those of this job, oldest first; a lost one counts as asked and as paid.

    `reserve` tells the most that asking a model (correcting an attempt, or None) can cost.
    """
    if good := next(filter(is_good, attempts), None):
        return Accepted(good)
    if asked := next((one for one in reversed(attempts) if FaultKind.ASKED in kinds(one.faults)), None):
        return AskPerson((), _group(asked))
    reasons = []
    for model in limits.models:
        own = [attempt for attempt in attempts if attempt.model == model]
        if not _may_be_asked(own, is_teachable=model not in limits.unteachable):
            continue
        if model in limits.barred:
            reasons.append(f"{model} was not asked: {limits.barred[model]}")
            continue
        correcting = _to_correct(own)
        reserved = reserve(model, correcting)
        if refusal := _over_budget(model, reserved, spent(attempts), limits.max_cost):
            reasons.append(refusal)
            continue
        return Ask(model, correcting, reserved)
    return AskPerson(tuple(reasons))


def after_words(
    attempts: Sequence[Attempt], words: PersonsWords, limits: Limits, reserve: Callable[[str, Attempt | None], Decimal]
) -> Step:
    """The same after a person has told the models something: one more answer, and then the person again."""
    since = attempts[words.made :]
    if good := next(filter(is_good, since), None):
        return Accepted(good)
    is_over = len(since) >= CALLS_ON_THE_WAY
    if is_over or any(not _failed_on_the_way(one) and not _was_stopped(one) for one in since):
        return AskPerson(())
    shown = next((one for one in reversed(attempts[: words.made]) if one.answer), None)
    able = [model for model in limits.models if model not in limits.unteachable and model not in limits.barred]
    if not able:
        return AskPerson((*limits.barred.values(), "no model here can be told anything"))
    model = shown.model if shown is not None and shown.model in able else able[-1]
    reserved = reserve(model, shown)
    if refusal := _over_budget(model, reserved, spent(attempts), limits.max_cost):
        return AskPerson((refusal,))
    return Ask(model, shown, reserved, words.text)


def is_good(attempt: Attempt) -> bool:
    """Whether an attempt's answer passed every check. Faults are what an attempt is accepted without, never with."""
    return attempt.state == "answered" and not attempt.faults


def spent(attempts: Sequence[Attempt]) -> Decimal:
    """What the attempts cost so far; of a lost one, what was reserved for it."""
    return sum((attempt.cost or ZERO for attempt in attempts), ZERO)


def pause_seconds(attempts: Sequence[Attempt], model: str, wished: float | None) -> float:
    """How long to wait before a call that failed on the way is tried again: the vendor's wish, else 2, 4, 8 seconds."""
    failures = sum(1 for attempt in attempts if attempt.model == model and _failed_on_the_way(attempt))
    return min(max(wished or 0.0, 2.0**failures), _LONGEST_PAUSE_SECONDS)


def _group(asked: Attempt) -> str:
    groups = (str(one.get("group") or "") for one in asked.rulings if one.get("verdict") == "ask")
    return next(filter(None, groups), "")


def _may_be_asked(own: Sequence[Attempt], *, is_teachable: bool) -> bool:
    on_the_way = sum(1 for attempt in own if _failed_on_the_way(attempt))
    passed_over = (_failed_on_the_way, _was_stopped, _was_held)
    asked = [attempt for attempt in own if not any(is_none(attempt) for is_none in passed_over)]
    if on_the_way >= CALLS_ON_THE_WAY or len(asked) >= ASKS_PER_MODEL:
        return False
    # A lost call is made again; an answer only where showing its faults may help.
    if not is_teachable:
        return all(attempt.state == "lost" for attempt in asked)
    return all(not attempt.faults or bool(kinds(attempt.faults) & TO_BE_SHOWN) for attempt in asked)


def _to_correct(own: Sequence[Attempt]) -> Attempt | None:
    shown = (attempt for attempt in reversed(own) if not _was_stopped(attempt))
    return next((attempt for attempt in shown if kinds(attempt.faults) & TO_BE_SHOWN), None)


def _failed_on_the_way(attempt: Attempt) -> bool:
    return attempt.state == "failed" and FaultKind.UNREACHABLE in kinds(attempt.faults)


def _was_stopped(attempt: Attempt) -> bool:
    return FaultKind.STOPPED in kinds(attempt.faults)


def _was_held(attempt: Attempt) -> bool:
    return kinds(attempt.faults) == {FaultKind.SAMPLE}


def _over_budget(model: str, reserved: Decimal, paid: Decimal, max_cost: Decimal | None) -> str | None:
    if max_cost is None or paid + reserved <= max_cost:
        return None
    left = f"{show(max(max_cost - paid, ZERO))} of {show(max_cost)} USD is left"
    return f"{model} was not asked: the call could cost {show(reserved)} USD, and {left}"
