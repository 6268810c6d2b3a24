"""The gates that every answer passes, in this order: its shape, its source, how sure it is, what policies say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.base import Attempt, Bar, Json, Ruled, Worth
from connectors.llm import agreement, confidence, grounding
from connectors.llm.answer import Answer, faults_of
from connectors.llm.call import Reply
from connectors.llm.faults import FaultKind, fault, kind_of, kinds
from connectors.llm.inputs import Inputs

#: The checks of an answer, in their order.
CHECKS = ("schema", "grounding", "confidence")
_CHECK_OF = {
    **dict.fromkeys((FaultKind.JSON, FaultKind.SCHEMA, FaultKind.LENGTH, FaultKind.TOOL, FaultKind.REFUSAL), "schema"),
    FaultKind.GROUNDING: "grounding",
    FaultKind.CONFIDENCE: "confidence",
}
_NOTHING = 1e-6  # a classifier's word for what it does not know, which no threshold lets pass
_SHAPE = frozenset({FaultKind.JSON, FaultKind.SCHEMA, FaultKind.LENGTH, FaultKind.TOOL})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates found. The answer is accepted when `faults` is empty, and only then."""

    output: Json
    faults: tuple[str, ...]
    confidence: float | None = None
    evidence: Mapping[str, Json] | None = None
    ruled: Ruled | None = None  # what the policies on outputs said; they are asked about what passed all else

    @property
    def checks(self) -> dict[str, str]:
        """Every check in its order, with what it said; those behind the first that found a fault were not made."""
        failed = _CHECK_OF.get(kind_of(self.faults[0])) if self.faults else None
        if failed is None:
            return dict.fromkeys(CHECKS, "allow")
        passed = CHECKS[: CHECKS.index(failed)]
        return {**dict.fromkeys(passed, "allow"), failed: "deny"}

    def under(self, ruled: Ruled, schema: Mapping[str, Json]) -> Verdict:
        """The same after the policies: a denial is a fault that the model may mend, a question one for a person.

        What a policy made of the output must satisfy the schema like any other.
        """
        if ruled.verdict == "deny":
            return replace(self, faults=(fault(FaultKind.POLICY, ruled.reason),), ruled=ruled)
        if ruled.is_changed and (wrong := faults_of(ruled.value, schema)):
            said = f"a policy changed the answer to something of another shape: {wrong[0]}"
            return replace(self, faults=(fault(FaultKind.ASKED, said),), ruled=ruled)
        faults = (fault(FaultKind.ASKED, ruled.reason),) if ruled.verdict == "ask" else ()
        return replace(self, output=ruled.value, faults=faults, ruled=ruled)


@dataclass(frozen=True, slots=True)
class Known:
    """What people's verdicts say: how sure an answer must be for an error rate, and what a confidence is worth."""

    bar: Callable[[float], Bar]
    worth: Callable[[float | None], Worth]


def judge(  # noqa: PLR0913 - what an answer is held against
    reply: Reply,
    inputs: Inputs,
    earlier: Sequence[Attempt],
    *,
    is_ai: bool = True,
    known: Known | None = None,
    samples: int = 1,
    seen: Json = None,
) -> Verdict:
    """Hold a reply against schema, document and the confidence asked for. `earlier` are the model's attempts so far.

    `known` is what people's verdicts say; without enough of them no answer passes alone where a rate is promised. Of
    `samples` answers to a question all but the last are held.

    `seen` is the document as the model got it, where a policy changed that: what stands in it (a placeholder) is not
    made up either.

    Rules (`is_ai` False) have no confidence: what they find stands in the document by construction, so that check says
    nothing about them. Where a confidence is asked for, their answer goes to a person.
    """
    if gone := _no_answer(reply):
        return Verdict(None, (gone,))
    answer = Answer.parse(reply.text, inputs.asked_schema)
    if reply.finish == "length":
        return Verdict(answer.output, (fault(FaultKind.LENGTH, "the answer was cut off; answer more briefly"),))
    if not answer.is_good:
        kind = FaultKind.JSON if answer.output is None else FaultKind.SCHEMA
        return Verdict(answer.output, tuple(fault(kind, text) for text in answer.faults))
    output, own_word = _without_own_word(answer.output)
    found = grounding.check(output, inputs.schema, inputs.source)
    if found.missing and seen is not None:
        found = _missing_in_both(found, grounding.check(output, inputs.schema, seen))
    if found.missing:
        return Verdict(output, tuple(fault(FaultKind.GROUNDING, text) for text in found.faults))
    if is_ai and len(others := agreement.held(earlier)) < samples - 1:
        return Verdict(output, (agreement.to_hold(len(others), samples),))
    output, asked = agreement.agreed(output, agreement.held(earlier), own_word)
    measured = _measure(reply, found.checked, earlier, asked) if is_ai else confidence.Confidence(None, "rules")
    verdict, least = _weigh(output, measured, inputs), inputs.min_confidence or None
    if not verdict.faults and known is not None and inputs.target_error is not None:
        bar = known.bar(inputs.target_error)
        verdict, least = _hold_to(bar, verdict, measured, inputs.target_error), bar.confidence
    return replace(verdict, evidence=_evidence(measured, known, least))


def _without_own_word(output: Json) -> tuple[Json, float | None]:
    """The answer, and how sure the model said to be, where it was asked."""
    if not isinstance(output, dict) or confidence.OWN_WORD not in output:
        return output, None
    said = output[confidence.OWN_WORD]
    kept = {name: value for name, value in output.items() if name != confidence.OWN_WORD}
    return kept, float(said) if isinstance(said, int | float) else None


def _evidence(measured: confidence.Confidence, known: Known | None, least: float | None) -> dict[str, Json]:
    """What the confidence is made of, what it is worth, and what was asked for."""
    worth = known.worth(measured.score) if known else Worth(None)
    return {
        "method": measured.method,
        "features": dict(measured.features),
        "probability": worth.probability,
        "calibrator": worth.calibrator,
        "threshold": least,
    }


def _missing_in_both(one: grounding.Grounding, other: grounding.Grounding) -> grounding.Grounding:
    return grounding.Grounding(one.checked, tuple(claim for claim in one.missing if claim in other.missing))


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


def _measure(reply: Reply, checked: int, earlier: Sequence[Attempt], asked: confidence.Polled) -> confidence.Confidence:
    return confidence.measure(
        reply.text,
        reply.tokens,
        checked=checked,
        shape_faults=sum(1 for attempt in earlier if kinds(attempt.faults) & _SHAPE),
        made_up=sum(1 for attempt in earlier if FaultKind.GROUNDING in kinds(attempt.faults)),
        asked=asked,
    )


def _weigh(output: Json, measured: confidence.Confidence, inputs: Inputs) -> Verdict:
    score, wanted = measured.score, inputs.min_confidence
    if inputs.has_rule and score is not None and score < _NOTHING:
        said = "the document is like nothing that the model was taught"
        return Verdict(output, (fault(FaultKind.CONFIDENCE, said),), score)
    if wanted <= 0 or (score is not None and score >= wanted):
        return Verdict(output, (), score)
    said = "cannot be measured" if score is None else f"is {score:.2f} ({measured.method})"
    return Verdict(output, (fault(FaultKind.CONFIDENCE, f"it {said}, and {wanted:.2f} is asked for"),), score)
