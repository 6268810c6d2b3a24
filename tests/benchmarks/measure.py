"""CPU time of a call, as a median with its spread, and a table of such figures beside the floor of the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """CPU milliseconds of one call: median, least and most over the repeats."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.3f} ms (min {self.least:.3f}, max {self.most:.3f})"


def cpu(call: Callable[[], object], *, calls: int = 1, repeats: int = 7) -> Figure:
    """Measure `call`, `calls` times in a row per repeat, after one warm-up."""
    call()
    taken = []
    for _ in range(repeats):
        before = time.process_time()
        for _ in range(calls):
            call()
        taken.append((time.process_time() - before) * 1000 / calls)
    return Figure(statistics.median(taken), min(taken), max(taken))


def say(what: str, figure: Figure, *, beside: Figure | None = None, floor: str = "") -> None:
    """Print one line; `beside` is the floor or peer measured in the same run."""
    ratio = f"   {figure.median / beside.median:.2f}x of {floor}" if beside else ""
    print(f"{what:<58} {figure}{ratio}")
