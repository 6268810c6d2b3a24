"""How well answers do against what people decided, and against the answers that are on record. Pure.

| figure | how it is bounded |
|---|---|
| accuracy, agreement, share that passed | Wilson's interval, 95 % |
| difference of two accuracies on the same cases | Agresti and Min's interval for pairs, McNemar's exact test |
| wrong answers among those that passed every check | Clopper and Pearson's upper bound, 95 % |

A case counts with its weight: one that was drawn from ten like it stands for ten. Bounds then take the number of cases
that equal weights would need for the same certainty (Kish's effective size).

People mostly saw the recorded answer before they decided, and may have taken it over. So agreement with them favours
the model that is on record, and a candidate that does as well is at least as good.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.calibration import tail, upper_bound

Json = Any
_Z = 1.959964  # of the normal distribution, for 95 %


@dataclass(frozen=True, slots=True)
class Answered:
    """A case and the answer that was given to it now. `expected` None: no answer would have been right.

    `has_passed`: every check let the answer go. `seconds` and `cost` (US dollars) are of the whole case, all attempts.
    """

    job_key: int
    expected: Json
    weight: float
    recorded: Json
    recorded_cost: Decimal
    recorded_seconds: float
    output: Json
    has_passed: bool
    faults: tuple[str, ...]
    confidence: float | None
    cost: Decimal
    seconds: float

    @property
    def is_in_scope(self) -> bool:
        """Whether there is a right answer."""
        return self.expected is not None

    @property
    def is_right(self) -> bool:
        """Whether it is what a person decided."""
        return self.is_in_scope and self.output == self.expected

    @property
    def was_right(self) -> bool:
        """Whether the recorded answer was."""
        return self.is_in_scope and self.recorded == self.expected


@dataclass(frozen=True, slots=True)
class Rate:
    """A share between 0 and 1 with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two models on the same cases: by how much the new one is right more often, and how sure that is.

    `gained` cases only the new one has right, `lost` only the recorded one. `p_value` is the probability of such a
    difference or a larger one, were there none.
    """

    difference: Rate
    gained: int
    lost: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Scores:
    """What an evaluation found. Of `cases`, `judged` have a right answer; the others nobody should have asked about."""

    cases: int
    judged: int
    accuracy: Rate | None
    recorded_accuracy: Rate | None
    pairs: Pairs | None
    agreement: Rate | None
    passed: Rate | None
    wrong_of_passed: int
    wrong_bound: float | None
    strays_passed: int
    fields: Mapping[str, float]
    cost: Decimal
    recorded_cost: Decimal
    mean_seconds: float | None
    recorded_mean_seconds: float | None
    slowest_seconds: float | None

    @property
    def is_worse(self) -> bool:
        """Whether it is certain (95 %, one-sided test of the pairs) that the recorded model is right more often."""
        pairs = self.pairs
        return pairs is not None and pairs.lost > pairs.gained and pairs.p_value / 2 < 0.05


def score(answered: Sequence[Answered]) -> Scores:
    """Every figure."""
    judged = [one for one in answered if one.is_in_scope]
    passed = [one for one in judged if one.has_passed]
    wrong = sum(not one.is_right for one in passed)
    seconds = [one.seconds for one in answered]
    return Scores(
        cases=len(answered),
        judged=len(judged),
        accuracy=rate((one.is_right, one.weight) for one in judged),
        recorded_accuracy=rate((one.was_right, one.weight) for one in judged),
        pairs=pairs(judged),
        agreement=rate((one.output == one.recorded, one.weight) for one in judged),
        passed=rate((one.has_passed, one.weight) for one in judged),
        wrong_of_passed=wrong,
        wrong_bound=upper_bound(wrong, len(passed)) if passed else None,
        strays_passed=sum(one.has_passed for one in answered if not one.is_in_scope),
        fields=_fields(judged),
        cost=sum((one.cost for one in answered), Decimal(0)),
        recorded_cost=sum((one.recorded_cost for one in answered), Decimal(0)),
        mean_seconds=_mean(seconds),
        recorded_mean_seconds=_mean([one.recorded_seconds for one in answered]),
        slowest_seconds=max(seconds, default=None),
    )


def rate(seen: Iterable[tuple[bool, float]]) -> Rate | None:
    """The share of those that hold, by weight, with Wilson's interval; None of nothing."""
    listed = list(seen)
    whole = sum(weight for _, weight in listed)
    if not whole:
        return None
    share = sum(weight for holds, weight in listed if holds) / whole
    count = whole * whole / sum(weight * weight for _, weight in listed)
    middle = (share + _Z * _Z / (2 * count)) / (1 + _Z * _Z / count)
    reach = _Z / (1 + _Z * _Z / count) * math.sqrt(share * (1 - share) / count + _Z * _Z / (4 * count * count))
    return Rate(share, max(0.0, middle - reach), min(1.0, middle + reach))


def pairs(judged: Sequence[Answered]) -> Pairs | None:
    """The two on the same cases, each counted once; None of nothing."""
    if not judged:
        return None
    gained = sum(one.is_right and not one.was_right for one in judged)
    lost = sum(one.was_right and not one.is_right for one in judged)
    count = len(judged)
    # Agresti and Min (2005): half a case more in each of the four fields, then Wald's interval.
    more, less, size = gained + 0.5, lost + 0.5, count + 2
    middle = (more - less) / size
    reach = _Z * math.sqrt(more + less - (more - less) ** 2 / size) / size
    difference = Rate((gained - lost) / count, max(-1.0, middle - reach), min(1.0, middle + reach))
    return Pairs(difference, gained, lost, mcnemar(gained, lost))


def mcnemar(gained: int, lost: int) -> float:
    """McNemar's exact test, two-sided: whether the pairs that differ fall to either side like a coin."""
    return min(1.0, 2 * tail(min(gained, lost), gained + lost, 0.5))


def _fields(judged: Sequence[Answered]) -> dict[str, float]:
    """Field by field, the share of cases in which it is what a person decided."""
    wanted = [(one.expected, one.output) for one in judged if isinstance(one.expected, dict)]
    names = sorted({name for expected, _ in wanted for name in expected})
    return {name: _share(name, [pair for pair in wanted if name in pair[0]]) for name in names}


def _share(name: str, wanted: Sequence[tuple[dict[str, Json], Json]]) -> float:
    right: list[bool] = [isinstance(output, dict) and output.get(name) == expected[name] for expected, output in wanted]
    return sum(right) / len(right)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
