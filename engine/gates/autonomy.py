"""Autonomy: how far an agent's answer may go by itself. What people decided goes before what the diagram says.

| decided for the agent here | the diagram says when an answer passes | level |
|---|---|---|
| shadow or suggest | - | that |
| sampled or auto, with evidence of this model and prompt | - | that; what is less sure is suggested |
| nothing | yes: `minConfidence` or `targetError`, a modelled decision | auto |
| nothing | no | suggest |

Of several, the lowest counts. An agent that nobody registered goes by its diagram alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from engine import drift, events
from engine.gates.base import Call, Pass
from engine.moves import Moves
from engine.store import autonomy
from engine.store.autonomy import Autonomy
from engine.store.jobs import Job

NAME = "autonomy"
LEVELS = ("shadow", "suggest", "sampled", "auto")  # from little to much
PASSING = frozenset({"sampled", "auto"})
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def gate(moves: Moves, call: Call, passed: Pass) -> Pass:
    """Never refuses: says how far the answer may go."""
    decided = [
        one
        for one in autonomy.of(moves.tx, call.agent_id, call.process_id, call.element_id, call.model)
        if one.level not in PASSING or one.fingerprint == call.fingerprint
    ]
    if decided:
        lowest = min(decided, key=lambda one: LEVELS.index(one.level))
        level, least = lowest.level, lowest.least_confidence if lowest.level in PASSING else None
        return passed.by(NAME, level, level=level, least_confidence=least)
    level = call.level if passed.agent is not None else "auto"
    return passed.by(NAME, level, level=level)


def watch_verdicts(moves: Moves, job: Job) -> None:
    """After a person's verdict: lower those that it shows to be wrong more often than they promise."""
    for one in autonomy.trusted(moves.tx):
        if (one.process_id, one.element_id) != (job.process_id, job.element_id) or one.target_error is None:
            continue
        wrong, judged = autonomy.verdicts(moves.tx, one)
        if drift.too_many_wrong(wrong, judged, one.target_error):
            _lower(moves, one, f"{wrong} of {judged} verdicts are wrong, and {one.target_error:.1%} were promised")


def watch_confidences(moves: Moves) -> int:
    """From time to time: lower those whose confidences are no longer those of when they were trusted."""
    lowered = 0
    for one in autonomy.trusted(moves.tx):
        windows = autonomy.answers(moves.tx, one) // drift.WINDOW
        if windows <= one.windows:
            continue
        newest = autonomy.confidences(moves.tx, one, one.set_at, drift.WINDOW)
        if drift.are_different(one.baseline, newest):
            _lower(moves, one, f"the confidences of the last {len(newest)} answers differ from those of before")
            lowered += 1
        else:
            autonomy.count_window(moves.tx, one, windows)
    return lowered


def baseline(moves: Moves, one: Autonomy) -> tuple[float, ...]:
    """The confidences of the agent's answers so far: what later ones are held against."""
    return tuple(autonomy.confidences(moves.tx, one, _LONG_AGO, 5 * drift.WINDOW))


def tell(moves: Moves, new: Autonomy, before: str) -> None:
    """Put a change of level into the trail, with its evidence."""
    moves.tell(
        0,
        events.AUTONOMY_SET,
        agent=new.agent_id,
        process_id=new.process_id,
        element_id=new.element_id,
        model=new.model,
        level=new.level,
        before=before,
        fingerprint=new.fingerprint,
        least_confidence=new.least_confidence,
        target_error=new.target_error,
        reason=new.reason,
    )


def _lower(moves: Moves, one: Autonomy, reason: str) -> None:
    held = autonomy.lock(moves.tx, one.agent_id, one.process_id, one.element_id, one.model)
    if held is None or held.level not in PASSING:
        return
    new = replace(held, level="suggest", reason=f"Drift: {reason}.", set_at=moves.now, set_by="baton", windows=0)
    autonomy.put(moves.tx, new)
    tell(moves, new, held.level)
