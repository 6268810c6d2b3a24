"""How long to wait before a failed job is tried again. Pure, and without chance, so that a test can say the second."""

from __future__ import annotations

from collections.abc import Sequence

FIRST_SECONDS = 5.0
FACTOR = 3.0
LONGEST_SECONDS = 15 * 60.0


def back_off(failures: int, intervals: Sequence[int] = (), *, is_camunda7: bool = False) -> float:
    """Seconds until the next try after the `failures`-th failure (counted from 1).

    Intervals that the diagram names win, the last one repeated (Camunda 7's failedJobRetryTimeCycle); without them
    Camunda 7 tries again at once, and everything else after 5, 15, 45 ... seconds, at most 15 minutes.
    """
    if intervals:
        return float(intervals[min(failures, len(intervals)) - 1])
    if is_camunda7:
        return 0.0
    # The exponent is capped before the power: a job may fail for years.
    return min(FIRST_SECONDS * FACTOR ** min(failures - 1, 16), LONGEST_SECONDS)
