"""The gates that every answer passes, in this order: was it an answer, its shape, its source, how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.base import Attempt, Bar, Json
from connectors.llm import confidence, grounding
from connectors.llm.answer import Answer
from connectors.llm.call import Reply
from connectors.llm.faults import FaultKind, fault, kinds
from connectors.llm.inputs import Inputs

_SHAPE = frozenset({FaultKind.JSON, FaultKind.SCHEMA, FaultKind.LENGTH, FaultKind.TOOL})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates found. The answer is accepted when `faults` is empty, and only then."""

    output: Json
    faults: tuple[str, ...]
    confidence: float | None = None


def judge(
    reply: Reply,
    inputs: Inputs,
    earlier: Sequence[Attempt],
    *,
    is_ai: bool = True,
    bar: Callable[[float], Bar] | None = None,
) -> Verdict:
    """Hold a reply against schema, document and the confidence asked for. `earlier` are the model's attempts so far.

    `bar` tells what people's verdicts say about a target error; without enough of them no answer passes alone.

    Rules (`is_ai` False) have no confidence: what they find stands in the document by construction, so that check says
    nothing about them. Where a confidence is asked for, their answer goes to a person.
    """
    if gone := _no_answer(reply):
        return Verdict(None, (gone,))
    answer = Answer.parse(reply.text, inputs.schema)
    if reply.finish == "length":
        return Verdict(answer.output, (fault(FaultKind.LENGTH, "the answer was cut off; answer more briefly"),))
    if not answer.is_good:
        kind = FaultKind.JSON if answer.output is None else FaultKind.SCHEMA
        return Verdict(answer.output, tuple(fault(kind, text) for text in answer.faults))
    found = grounding.check(answer.output, inputs.schema, inputs.source)
    if found.missing:
        return Verdict(answer.output, tuple(fault(FaultKind.GROUNDING, text) for text in found.faults))
    measured = _measure(reply, found.checked, earlier) if is_ai else confidence.Confidence(None, "rules")
    verdict = _weigh(answer.output, measured, inputs.min_confidence)
    if verdict.faults or bar is None or inputs.target_error is None:
        return verdict
    return _hold_to(bar(inputs.target_error), verdict, measured, inputs.target_error)


def _hold_to(bar: Bar, verdict: Verdict, measured: confidence.Confidence, target: float) -> Verdict:
    """Evidence instead of belief: the confidence must be one at which people found few enough answers wrong."""
    promise = f"at most {target:.1%} wrong"
    if measured.score is None:
        said = f"it cannot be measured, so nothing can be promised ({promise})"
    elif bar.confidence is None:
        said = f"{bar.judged} recorded verdicts do not show yet that {promise}; it takes {bar.needed} or more"
    elif measured.score < bar.confidence:
        said = f"it is {measured.score:.2f}; by {bar.judged} recorded verdicts {bar.confidence:.2f} keeps {promise}"
    else:
        return verdict
    return Verdict(verdict.output, (fault(FaultKind.CONFIDENCE, said),), verdict.confidence)


def _no_answer(reply: Reply) -> str | None:
    if reply.refusal or reply.finish == "content_filter":
        return fault(FaultKind.REFUSAL, f"the model refused: {(reply.refusal or 'content filter')[:200]}")
    if reply.tools:
        return fault(FaultKind.TOOL, f"wanted to call {', '.join(reply.tools)[:200]}; answer with the object instead")
    return None


def _measure(reply: Reply, checked: int, earlier: Sequence[Attempt]) -> confidence.Confidence:
    return confidence.measure(
        reply.text,
        reply.tokens,
        checked=checked,
        shape_faults=sum(1 for attempt in earlier if kinds(attempt.faults) & _SHAPE),
        made_up=sum(1 for attempt in earlier if FaultKind.GROUNDING in kinds(attempt.faults)),
    )


def _weigh(output: Json, measured: confidence.Confidence, wanted: float) -> Verdict:
    score = measured.score
    if wanted <= 0 or (score is not None and score >= wanted):
        return Verdict(output, (), score)
    said = "cannot be measured" if score is None else f"is {score:.2f} ({measured.method})"
    return Verdict(output, (fault(FaultKind.CONFIDENCE, f"it {said}, and {wanted:.2f} is asked for"),), score)
