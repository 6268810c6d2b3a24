"""What a person gets to see when no model's answer was good enough: the best one, what is wrong with it, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from connectors.base import Attempt, Review
from connectors.llm.faults import FaultKind, kind_of, kinds
from connectors.llm.inputs import Inputs
from connectors.llm.route import spent
from connectors.llm.usage import show

_MOST_FAULTS = 20
# From good to bad: how much of the hard checks an output passed.
_ORDER = (
    FaultKind.ASKED,
    FaultKind.CONFIDENCE,
    FaultKind.SAMPLE,
    FaultKind.POLICY,
    FaultKind.GROUNDING,
    FaultKind.LENGTH,
    FaultKind.SCHEMA,
)


def review_of(inputs: Inputs, attempts: Sequence[Attempt], reasons: Sequence[str]) -> Review:
    """The review for the books of a task; `reasons` say why models were not asked at all."""
    best = best_of(attempts)
    return _review(inputs, best, attempts, _faults(best, attempts, reasons), recommendation(best, reasons))


def sample_of(inputs: Inputs, passed: Attempt, attempts: Sequence[Attempt], share: float) -> Review:
    """The review of an answer that would have passed: one of those that keep the measure of all others true.

    `share` is how many of them are drawn.
    """
    text = "A sample: this answer passed every check. Decide as if it had not; your verdict measures the others."
    return replace(_review(inputs, passed, attempts, (), text), share=share)


def suggestion_of(inputs: Inputs, passed: Attempt, attempts: Sequence[Attempt]) -> Review:
    """The review of an answer that passed every check and whose agent only suggests here."""
    text = f"{passed.agent} only suggests here, so a person decides. The answer passed every check: compare each value."
    return _review(inputs, passed, attempts, (), text)


def shadow_of(inputs: Inputs, attempts: Sequence[Attempt]) -> Review:
    """The review of a case that an agent did in the shadow: nobody sees what it said before they have decided."""
    text = "Decide as if no model had been asked: an agent works in the shadow, and your verdict measures it."
    return _review(inputs, None, attempts, (), text)


def _review(
    inputs: Inputs, best: Attempt | None, attempts: Sequence[Attempt], faults: tuple[str, ...], advice: str
) -> Review:
    return Review(
        group=inputs.group,
        proposal=best.output if best else None,
        schema=dict(inputs.schema),
        faults=faults,
        confidence=best.confidence if best else None,
        cost=spent(attempts),
        recommendation=advice,
        source=inputs.source,
        response={
            "result": None,
            "confidence": best.confidence if best else None,
            "evidence": best.evidence if best else None,
            "model": best.model if best else "",
            "attempts": len(attempts),
            "cost": show(spent(attempts)),
            "review": None,
        },
    )


def best_of(attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt with the most useful output: passed the most checks, then fewest faults, then the latest model."""
    with_output = [attempt for attempt in attempts if isinstance(attempt.output, dict)]  # one discarded has none
    return min(reversed(with_output), key=_badness, default=None)


def recommendation(best: Attempt | None, reasons: Sequence[str]) -> str:
    """One sentence or two for the reviewer."""
    if best is None:
        return f"{_why_none(reasons)}: take the values from the document."
    found = kinds(best.faults)
    if FaultKind.GROUNDING in found:
        return f"Correct {_fields(best.faults)} first: the document does not hold what {best.model} wrote there."
    if found == {FaultKind.CONFIDENCE}:
        return (
            f"The proposal of {best.model} passed every check, but too little speaks for it: compare each value first."
        )
    if FaultKind.ASKED in found:
        return f"The proposal of {best.model} passed every check, and a policy wants a person to decide on it."
    if FaultKind.POLICY in found:
        return f"A policy does not allow the proposal of {best.model}: decide by the document."
    return f"The proposal of {best.model} does not have the required form: correct it by the document."


def _why_none(reasons: Sequence[str]) -> str:
    if not reasons:
        return "No model gave an answer that can be read"
    is_budget = all("could cost" in reason for reason in reasons)
    return "The budget did not allow a call" if is_budget else "No model may be asked"


def _badness(attempt: Attempt) -> tuple[int, int]:
    worst = max((_ORDER.index(kind) for kind in kinds(attempt.faults) if kind in _ORDER), default=len(_ORDER))
    return worst, len(attempt.faults)


def _fields(faults: Sequence[str]) -> str:
    made_up = [text for text in faults if kind_of(text) is FaultKind.GROUNDING]
    named = [match[1] for text in made_up if (match := re.match(r"grounding: (.+?): ", text))]
    return ", ".join(dict.fromkeys(named)) or "the values"


def _faults(best: Attempt | None, attempts: Sequence[Attempt], reasons: Sequence[str]) -> tuple[str, ...]:
    ordered = ([best] if best else []) + [attempt for attempt in attempts if attempt is not best]
    said = [f"{attempt.model}, attempt {attempt.number}: {text}" for attempt in ordered for text in _texts(attempt)]
    return tuple([*said, *reasons][:_MOST_FAULTS])


def _texts(attempt: Attempt) -> Sequence[str]:
    if attempt.state in ("lost", "started"):
        return ("lost: the worker ended during the call, so its answer is unknown",)
    return attempt.faults
