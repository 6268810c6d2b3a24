"""Accuracy on a schedule: of the answers that passed alone some are drawn by lot, and people judge them afterwards.

Nothing that was done is undone by it. What they say feeds the calibration, the agent's figures, its drift and the
evaluation cases, with the weight of all the answers that were not drawn: otherwise nobody would ever learn of the
errors that no check has found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Any

from engine import events, judgements
from engine.actors import ActorKind
from engine.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from engine.gates import autonomy
from engine.moves import Moves
from engine.reviews import DECISIONS, schema_faults
from engine.store import autonomy as levels
from engine.store import cases, jobs, samples
from engine.store.cases import NewCase
from engine.store.samples import Sample

Json = Any
#: How often lots are drawn for agents whose answers pass alone, how many, and among those of which time.
PERIOD = timedelta(days=7)
COUNT = 20
MOST = 500
_lots = SystemRandom()


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """What a person says: approve, edit (`output` is the right one) or reject; `schema` is what it must satisfy."""

    decision: str
    output: Json
    schema: Json
    reason: str = ""


def draw(moves: Moves, agent_id: str, count: int) -> int:
    """Draw so many for an agent; returns how many there were to draw from."""
    found = samples.accepted(moves.tx, agent_id, moves.now - PERIOD)
    drawn = _lots.sample(found, min(count, len(found)))
    if drawn:
        samples.add(moves.tx, drawn, agent_id, len(drawn) / len(found), moves.now)
        moves.tell(0, events.SAMPLES_DRAWN, agent=agent_id, drawn=len(drawn), of=len(found))
    return len(found)


def draw_due(moves: Moves) -> None:
    """Draw for every agent whose answers pass by a person's decision, and for which the last time is long ago."""
    for agent_id in sorted({one.agent_id for one in levels.trusted(moves.tx)}):
        last = samples.last_drawn(moves.tx, agent_id)
        if last is None or last <= moves.now - PERIOD:
            draw(moves, agent_id, COUNT)


def judge(moves: Moves, job_key: int, verdict: SampleVerdict) -> None:
    """Write a person's verdict down. Raises `NotFound`, `IllegalMove`, `InvalidInput`, `NotAllowed`."""
    if moves.by.kind is not ActorKind.HUMAN:
        raise NotAllowed(f"A person must judge; {moves.by.id} is none.")
    known = samples.lock(moves.tx, job_key)
    if known is None:
        raise NotFound(f"The answer of job {job_key} was not drawn. `baton agent samples AGENT` lists those that were.")
    if known.judged_at is not None:
        raise IllegalMove(f"The answer of job {job_key} has been judged already.")
    output = _output(known, verdict)
    job = jobs.find(moves.tx, job_key)
    judgements.record(moves, job, output, known.share)
    new = NewCase(
        job_key=job_key,
        number=known.number,
        instance_key=known.instance_key,
        process_id=job.process_id,
        agent_id=known.agent_id,
        decision=verdict.decision,
        expected=output,
        schema=verdict.schema,
        examples="",
        weight=1 / known.share,
        seconds=(moves.now - known.drawn_at).total_seconds(),
        decided_at=moves.now,
        decided_by=moves.by.id,
    )
    cases.add(moves.tx, new, ())
    samples.judged(moves.tx, job_key, moves.now)
    autonomy.watch_verdicts(moves, job)
    moves.tell(
        known.instance_key,
        events.SAMPLE_JUDGED,
        element=(known.element_id, job.element_key),
        agent=known.agent_id,
        job_key=str(job_key),
        number=known.number,
        decision=verdict.decision,
        output=output,
        reason=verdict.reason,
    )


def _output(known: Sample, verdict: SampleVerdict) -> Json:
    if verdict.decision not in DECISIONS:
        raise InvalidInput(f"Say one of: {', '.join(DECISIONS)}.", {"decision": ", ".join(DECISIONS)})
    if verdict.decision == "reject":
        return None
    if verdict.decision == "approve":
        return known.output
    if verdict.output is None:
        raise InvalidInput("Send the right output.", {"output": "is missing"})
    if faults := schema_faults(verdict.output, verdict.schema, "output"):
        where, fault = next(iter(faults.items()))
        raise InvalidInput(f"The output does not satisfy the schema: {where}: {fault}.", faults)
    return verdict.output
