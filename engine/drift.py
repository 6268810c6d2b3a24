"""Whether an agent still does as well as when it was trusted: two tests, each against what was known then. Pure.

* **Verdicts**: that so many of people's verdicts are "wrong", were the error rate still within its target, is as
  improbable as `DOUBT` (exact binomial test, one-sided).
* **Confidences**: those of a window of answers come from another distribution than those of the baseline, by the test
  of Kolmogorov and Smirnov for two samples, with `DOUBT`. Windows do not overlap.

Both are asked again and again, so that now and then an agent is doubted that does well. That costs people's time for a
while, and nothing else.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from engine.calibration import tail

DOUBT = 0.001
WINDOW = 100  # answers whose confidences are held against the baseline at once
LEAST_BASELINE = 50


def too_many_wrong(wrong: int, judged: int, target_error: float) -> bool:
    """Whether verdicts contradict an error rate of at most `target_error`."""
    return wrong > 0 and 1 - tail(wrong - 1, judged, target_error) < DOUBT


def are_different(baseline: Sequence[float], window: Sequence[float]) -> bool:
    """Whether confidences have changed; never with too few of them."""
    if len(baseline) < LEAST_BASELINE or len(window) < LEAST_BASELINE:
        return False
    distance = _distance(sorted(baseline), sorted(window))
    size = math.sqrt(len(baseline) * len(window) / (len(baseline) + len(window)))
    return _kolmogorov((size + 0.12 + 0.11 / size) * distance) < DOUBT


def _distance(one: Sequence[float], other: Sequence[float]) -> float:
    """The largest gap between two empirical distributions; both are sorted."""
    return max(abs(bisect_right(one, at) / len(one) - bisect_right(other, at) / len(other)) for at in (*one, *other))


def _kolmogorov(value: float) -> float:
    """The probability of a greater value (Kolmogorov's limit distribution)."""
    if value < 0.2:
        return 1.0
    terms = (2.0 * (-1) ** (k - 1) * math.exp(-2 * k * k * value * value) for k in range(1, 101))
    return float(min(max(sum(terms), 0.0), 1.0))
