"""A person's verdict as an evaluation case: what was asked and said, and what would have been right.

Other models and other words can be held against it later (`engine.evaluations`), without doing anything in the world.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from engine.moves import Moves
from engine.states import AttemptState
from engine.store import attempts, cases, variables
from engine.store.attempts import Attempt
from engine.store.cases import NewCase
from engine.store.jobs import Job
from engine.store.user_tasks import UserTask

Json = Any


def record(moves: Moves, job: Job, task: UserTask, decision: str, output: Json) -> None:
    """Keep the case that this verdict makes; where no model was asked at all, there is none."""
    review = task.review or {}
    made = attempts.of_job(moves.tx, job.key)
    shown = _shown(made, review.get("proposal"))
    if shown is None:
        return
    examples = _examples(moves, job)
    new = NewCase(
        job_key=job.key,
        number=shown.number,
        instance_key=job.instance_key,
        process_id=job.process_id,
        agent_id=shown.agent_id,
        decision=decision,
        expected=output,
        schema=review.get("schema"),
        examples=_digest(examples),
        weight=1 / (review.get("share") or 1.0),
        seconds=(moves.now - task.created_at).total_seconds(),
        decided_at=moves.now,
        decided_by=moves.by.id,
    )
    cases.add(moves.tx, new, examples)


def _shown(made: Sequence[Attempt], proposal: Json) -> Attempt | None:
    """The attempt whose answer was proposed; else the last one that passed, that answered, that was made at all."""
    asked = [one for one in made if one.prompt]
    wishes = (
        lambda one: one.output is not None and one.output == proposal,
        lambda one: one.state is AttemptState.ANSWERED and not one.faults,
        lambda one: one.output is not None,
        lambda one: True,
    )
    found = (one for wish in wishes for one in reversed(asked) if wish(one))
    return next(found, None)


def _examples(moves: Moves, job: Job) -> Sequence[Json]:
    """What the diagram gave as examples, for models that learn from them."""
    given = variables.seen_by(moves.tx, [job.element_key])[job.element_key].get("examples")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return ()
    return given if isinstance(given, list) else ()


def _digest(examples: Sequence[Json]) -> str:
    if not examples:
        return ""
    return sha256(json.dumps(examples, sort_keys=True, default=str).encode()).hexdigest()
