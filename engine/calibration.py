"""What a confidence is worth, told by people's recorded verdicts: thresholds that keep an error target.

A model's confidence ranks its answers; it says nothing about how often it errs. Judgements do: each is the confidence
of an answer and whether a person found it right. From them come

* a threshold (`threshold`): answers above it may go without a person, because an upper bound of their error, by
  Clopper and Pearson, is within the target;
* a probability (`calibrator`): what a screen may show as "right in 9 of 10". Platt's logistic (`Curve`) through few
  judgements, steps that only rise (`Steps`) through `MANY`.

A judgement counts with its weight: one that was drawn from ten like it stands for ten. A bound then takes as many
judgements as equal weights would need for the same certainty (Kish's effective size); equal weights change nothing.

A naive threshold, the lowest above which the recorded errors are within the target, breaks its promise in about half of
the cases, because it is chosen by the same judgements. So thresholds are tried from strict to loose, at fixed places,
and the first one that fails ends the trial (fixed-sequence testing, "learn then test"): the promise holds with
`CERTAINTY` for the one that is chosen, whatever the number tried.

Pure: no clock, no store. Where judgements come from, and for whom a threshold counts, is not decided here.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

CERTAINTY = 0.95
MANY = 1_000  # judgements through which steps follow the truth better than one curve
LEAST_STATED = 30  # judgements before a probability is stated at all
_STEPS = 20  # places at which a threshold is tried
_SOONEST = 3  # times the judgements that could certify the target at all: where the trials begin
_LEAST = 1e-6
_ROUNDS = 50
_RIDGE = 1e-6
_LONGEST_STEP = 2.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A confidence between 0 and 1, and whether the answer was right.

    `is_in_scope` False: the case had no right answer (nobody should have asked); such a judgement is never right.
    `weight` is 1 over the share of such cases that people see.
    """

    confidence: float
    is_right: bool
    is_in_scope: bool = True
    weight: float = 1.0


class Calibrator(Protocol):
    """From a confidence to the probability of being right."""

    @property
    def method(self) -> str:
        """What it is called."""

    def __call__(self, confidence: float) -> float:
        """The probability, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Answers with `confidence` or more may pass. `errors` of `accepted` recorded ones were wrong.

    `bound` is the upper bound of the error rate with `CERTAINTY`.
    """

    confidence: float
    accepted: int
    errors: int
    bound: float


def threshold(judgements: Sequence[Judgement], target_error: float, *, slipping: float = 1.0) -> Threshold | None:
    """The loosest threshold whose errors are certified to be within `target_error` (a rate, above 0); None without one.

    `slipping` is the rate of the cases out of scope that may pass; it is held when such judgements are recorded, and
    certified like the error when they are enough for that.
    """
    ranked = sorted(judgements, key=lambda judgement: -judgement.confidence)
    sizes = _effective(ranked)
    strays = list(accumulate(not judgement.is_in_scope for judgement in ranked))
    found = None
    for place in _places(len(ranked), target_error):
        count = _past_equals(ranked, place)
        errors, size = sizes[count - 1]
        is_certain = tail(errors, size, target_error) <= 1 - CERTAINTY
        if not is_certain or not _keeps_out(strays[count - 1], strays[-1], slipping):
            break
        wrong = sum(not judgement.is_right for judgement in ranked[:count])
        found = Threshold(ranked[count - 1].confidence, count, wrong, upper_bound(errors, size))
    return found


def least_judgements(target_error: float) -> int:
    """How many flawless judgements it takes to certify an error rate: 59 for 5 %, 299 for 1 %."""
    return math.ceil(math.log(1 - CERTAINTY) / math.log1p(-target_error))


def upper_bound(errors: int, count: int, certainty: float = CERTAINTY) -> float:
    """Clopper and Pearson's one-sided upper bound of an error rate, when `errors` of `count` were wrong."""
    if errors >= count:
        return 1.0
    return _bisect(lambda rate: tail(errors, count, rate) > 1 - certainty, errors / count, 1.0)


def interval(right: int, count: int, certainty: float = CERTAINTY) -> tuple[float, float]:
    """Clopper and Pearson's two-sided interval of a rate, when `right` of `count` were right; (0, 1) of none."""
    if count == 0:
        return 0.0, 1.0
    one_sided = (1 + certainty) / 2
    return 1 - upper_bound(count - right, count, one_sided), upper_bound(right, count, one_sided)


def tail(errors: int, count: int, rate: float) -> float:
    """The probability of at most `errors` errors in `count` answers, when the error rate is `rate`."""
    if rate <= 0 or errors >= count:
        return 1.0
    if rate >= 1:
        return 0.0
    right, wrong = math.log1p(-rate), math.log(rate)
    whole = math.lgamma(count + 1)
    return min(
        1.0,
        sum(
            math.exp(whole - math.lgamma(k + 1) - math.lgamma(count - k + 1) + k * wrong + (count - k) * right)
            for k in range(errors + 1)
        ),
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """Platt's curve: from a confidence to the probability of being right."""

    slope: float
    offset: float

    @property
    def method(self) -> str:
        """Platt's scaling."""
        return "platt"

    def __call__(self, confidence: float) -> float:
        return _logistic(self.slope * _logit(confidence) + self.offset)

    @classmethod
    def through(cls, judgements: Sequence[Judgement]) -> Curve:
        """The most likely curve, found by Newton's method; a little is added to both sides, so that it stays finite."""
        right = sum(judgement.weight for judgement in judgements if judgement.is_right)
        wrong = sum(judgement.weight for judgement in judgements) - right
        aims = {True: (right + 1) / (right + 2), False: 1 / (wrong + 2)}  # Platt's own targets
        points = [(_logit(one.confidence), aims[one.is_right], one.weight) for one in judgements]
        slope, offset = 1.0, 0.0
        for _ in range(_ROUNDS):
            step = _newton(points, slope, offset)
            slope, offset = slope - step[0], offset - step[1]
            if max(map(abs, step)) < _LEAST:
                break
        return cls(slope, offset)


@dataclass(frozen=True, slots=True)
class Steps:
    """Isotonic regression: from each of `starts` on the probability of the same place in `levels`; both only rise."""

    starts: tuple[float, ...]
    levels: tuple[float, ...]

    @property
    def method(self) -> str:
        """Isotonic regression."""
        return "isotonic"

    def __call__(self, confidence: float) -> float:
        return self.levels[max(0, bisect_right(self.starts, confidence) - 1)]

    @classmethod
    def through(cls, judgements: Sequence[Judgement]) -> Steps:
        """The rising steps that are nearest to the judgements: neighbours that fall are pooled until none does."""
        pools: list[list[float]] = []  # start, weight, weight of right ones
        for one in sorted(judgements, key=lambda judgement: judgement.confidence):
            if pools and pools[-1][0] == one.confidence:
                pools[-1][1] += one.weight
                pools[-1][2] += one.weight * one.is_right
            else:
                pools.append([one.confidence, one.weight, one.weight * one.is_right])
            while len(pools) > 1 and pools[-2][2] * pools[-1][1] >= pools[-1][2] * pools[-2][1]:
                _, weight, right = pools.pop()
                pools[-1][1] += weight
                pools[-1][2] += right
        # One case of each kind more, so that nothing is called certain.
        levels = [(right + 0.5) / (weight + 1) for _, weight, right in pools]
        return cls(tuple(start for start, _, _ in pools), tuple(accumulate(levels, max)))


def calibrator(judgements: Sequence[Judgement]) -> Calibrator:
    """What suits so many judgements."""
    return Steps.through(judgements) if len(judgements) >= MANY else Curve.through(judgements)


def calibration_error(judgements: Sequence[Judgement], curve: Callable[[float], float], bins: int = 10) -> float:
    """The expected calibration error: by how much, on average, the stated probability and the share of right differ."""
    boxes: dict[int, list[tuple[float, bool]]] = {}
    for judgement in judgements:
        stated = curve(judgement.confidence)
        boxes.setdefault(min(int(stated * bins), bins - 1), []).append((stated, judgement.is_right))
    gaps = (abs(sum(stated for stated, _ in box) - sum(right for _, right in box)) for box in boxes.values())
    return sum(gaps) / len(judgements) if judgements else 0.0


def _places(count: int, target_error: float) -> range:
    """After how many of the ranked judgements a threshold is tried: fixed beforehand, from strict to loose."""
    first = min(_SOONEST * least_judgements(target_error), count)
    if count < least_judgements(target_error):
        return range(0)
    return range(first, count + 1, max(1, count // _STEPS))


def _effective(ranked: Sequence[Judgement]) -> list[tuple[int, int]]:
    """After each judgement: errors of how many, as equal weights would have it; in doubt more errors of fewer."""
    found = []
    whole = squares = wrong = 0.0
    for one in ranked:
        whole, squares = whole + one.weight, squares + one.weight * one.weight
        wrong += one.weight * (not one.is_right)
        size = whole * whole / squares
        found.append((math.ceil(size * wrong / whole - _LEAST), math.floor(size + _LEAST)))
    return found


def _past_equals(ranked: Sequence[Judgement], place: int) -> int:
    """No threshold lies between equals."""
    while place < len(ranked) and ranked[place].confidence == ranked[place - 1].confidence:
        place += 1
    return place


def _keeps_out(passed: int, known: int, slipping: float) -> bool:
    if not known or slipping >= 1:
        return True
    if known >= least_judgements(slipping):
        return tail(passed, known, slipping) <= 1 - CERTAINTY
    return passed <= known * slipping


def _newton(points: Sequence[tuple[float, float, float]], slope: float, offset: float) -> tuple[float, float]:
    """One step, no longer than is good for it: far out the curve is flat and Newton would leap."""
    down_slope = down_offset = 0.0
    a = d = _RIDGE
    b = 0.0
    for at, aim, times in points:
        chance = _logistic(slope * at + offset)
        weight = times * chance * (1 - chance)
        down_slope += times * (chance - aim) * at
        down_offset += times * (chance - aim)
        a, b, d = a + weight * at * at, b + weight * at, d + weight
    whole = a * d - b * b
    step = ((d * down_slope - b * down_offset) / whole, (a * down_offset - b * down_slope) / whole)
    longest = max(1.0, max(map(abs, step)) / _LONGEST_STEP)
    return step[0] / longest, step[1] / longest


def _bisect(is_below: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return high


def _logit(confidence: float) -> float:
    bounded = min(max(confidence, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))
