"""Self-consistency: the same question several times, and how many of the answers are the same.

All answers but the last are held: they stand in the books with the fault `sample`, so that none of them is taken alone.
With the last one the majority counts; of two that are equally frequent, the later.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from connectors.base import Attempt, Json
from connectors.llm.confidence import Polled
from connectors.llm.faults import FaultKind, fault, kinds


def held(earlier: Sequence[Attempt]) -> list[Json]:
    """The answers of a model that wait for the others."""
    return [one.output for one in earlier if kinds(one.faults) == {FaultKind.SAMPLE} and one.output is not None]


def to_hold(so_far: int, samples: int) -> str:
    """The fault of an answer that is held."""
    return fault(FaultKind.SAMPLE, f"answer {so_far + 1} of {samples} to the same question; the last one is judged")


def agreed(output: Json, others: Sequence[Json], own_word: float | None = None) -> tuple[Json, Polled]:
    """What most answers say, and how many do; of one answer alone nothing is said about agreement."""
    if not others:
        return output, Polled(own_word=own_word)
    said = [*others, output]
    texts = [json.dumps(one, sort_keys=True) for one in said]
    counts = Counter(texts)
    at = max(range(len(said)), key=lambda place: (counts[texts[place]], place))
    return said[at], Polled(counts[texts[at]] / len(said), len(said), own_word)
