"""People's verdicts as evidence: written down when a review is decided, read when an answer asks to pass alone.

Every answer of the case counts, not only the one that was proposed: what the cheap model had said is right or wrong,
too. A rejected case had no right answer; nobody should have asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from connectors.base import Bar, Worth
from engine import calibration
from engine.calibration import Calibrator, Judgement
from engine.moves import Moves
from engine.store import attempts, judgements
from engine.store.jobs import Job
from engine.store.judgements import Judged, Place
from engine.store.unit_of_work import UnitOfWork

Json = Any

#: Of the cases that nobody should have asked about, so many may pass at most.
SLIPPING = 0.05


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the verdicts on a place say. `bar` is for a target error; `right` of `judged` answers were right."""

    place: Place
    judged: int
    right: int
    bar: Bar
    error: float  # of the stated probability, on average (expected calibration error), by the curve
    curve: Calibrator


@dataclass(frozen=True, slots=True)
class _Stand:
    """What follows from the verdicts on a place as they stand."""

    known: tuple[int, str]
    judged: Sequence[Judgement]
    calibrator: Calibrator | None
    version: str
    bars: dict[float, Bar]


_MOST_STANDS = 1_000


def record(moves: Moves, job: Job, output: Json, share: float = 1.0) -> None:
    """Hold a person's output (None: rejected) against every answer that a model gave for the job.

    `share` is how many of the cases like this one people see.
    """
    given = [one for one in attempts.of_job(moves.tx, job.key) if one.confidence is not None and one.output is not None]
    rows = [
        Judged(
            job_key=job.key,
            number=one.number,
            instance_key=one.instance_key,
            process_id=job.process_id,
            element_id=job.element_id,
            model=one.model,
            fingerprint=one.fingerprint,
            confidence=one.confidence or 0.0,
            is_right=one.output == output,
            is_in_scope=output is not None,
            judged_at=moves.now,
            judged_by=moves.by.id,
            weight=1 / share,
        )
        for one in given
    ]
    judgements.add(moves.tx, rows)


def bar(tx: UnitOfWork, place: Place, target_error: float) -> Bar:
    """How sure an answer must be, so that at most `target_error` of those that pass are wrong."""
    stand = _stand(tx, place)
    if target_error not in stand.bars:
        stand.bars[target_error] = _bar(stand.judged, target_error)
    return stand.bars[target_error]


def worth(tx: UnitOfWork, place: Place, confidence: float | None) -> Worth:
    """What a confidence is worth at a place: the probability of being right, and by which version of the calibrator."""
    stand = _stand(tx, place)
    if stand.calibrator is None or confidence is None:
        return Worth(None, stand.version)
    return Worth(round(stand.calibrator(confidence), 4), stand.version)


def _stand(tx: UnitOfWork, place: Place) -> _Stand:
    """As the verdicts are now; made anew only when there are new ones."""
    known, stands = judgements.stand(tx, place), tx.memory.stands
    found: _Stand | None = stands.get(place)
    if found is not None and found.known == known:
        return found
    judged = judgements.at(tx, place) if known[0] else []
    made = calibration.calibrator(judged) if len(judged) >= calibration.LEAST_STATED else None
    version = "" if made is None else f"{made.method}/{len(judged)}/{_digest(judged)}"
    if len(stands) >= _MOST_STANDS:
        stands.clear()
    stands[place] = found = _Stand(known, judged, made, version, {})
    return found


def _digest(judged: Sequence[Judgement]) -> str:
    said = [(one.confidence, one.is_right, one.weight) for one in judged]
    return sha256(json.dumps(said).encode()).hexdigest()[:8]


def calibrations(tx: UnitOfWork, target_error: float, process_id: str | None = None) -> list[Calibration]:
    """What is known of every place that has verdicts."""
    return [_calibration(place, judgements.at(tx, place), target_error) for place in judgements.places(tx, process_id)]


def _calibration(place: Place, judged: Sequence[Judgement], target_error: float) -> Calibration:
    curve = calibration.calibrator(judged)
    right = sum(one.is_right for one in judged)
    error = calibration.calibration_error(judged, curve)
    return Calibration(place, len(judged), right, _bar(judged, target_error), error, curve)


def _bar(judged: Sequence[Judgement], target_error: float) -> Bar:
    found = calibration.threshold(judged, target_error, slipping=SLIPPING)
    return Bar(found.confidence if found else None, len(judged), calibration.least_judgements(target_error))
