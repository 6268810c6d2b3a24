"""The verbs of evaluations: recorded cases are asked of a model again, and what comes of it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import evaluations, samples
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import InvalidInput, NotFound
from engine.evaluations import EvaluationJournal, Numbers
from engine.moves import Moves
from engine.store import agents
from engine.store.cases import Case
from engine.store.evaluations import Evaluation
from engine.variables import checked_text

Json = Any


class EvaluationVerbs(Verbs):
    """Who may ask for these is for the caller to say: they spend money, and do nothing else."""

    def draw_samples(self, agent_id: str, *, count: int = samples.COUNT, by: Actor) -> int:
        """Draw so many answers by lot that passed alone, for people to judge; returns how many there were to draw.

        Of what was accepted in the last `samples.PERIOD`, and what nobody has judged or drawn yet. Raises `NotFound`,
        `InvalidInput`.
        """
        if not 1 <= count <= samples.MOST:
            raise InvalidInput(f"Draw from 1 to {samples.MOST} answers.", {"count": f"1 to {samples.MOST}"})

        def act(moves: Moves) -> int:
            if agents.find(moves.tx, agent_id) is None:
                raise NotFound(f"There is no agent '{agent_id}'. Register it first.")
            return samples.draw(moves, agent_id, count)

        return self._act("draw_samples", by, act)

    def judge_sample(
        self,
        job_key: int,
        decision: str,
        *,
        output: Json = None,
        schema: Json = None,
        reason: str = "",
        by: Actor,
    ) -> None:
        """A person's verdict on an answer that was drawn: approve, edit (then `output` is the right one), reject.

        It changes nothing that was done; it feeds the calibration, the agent's figures, drift and the evaluation cases.
        Raises `NotFound`, `IllegalMove` for one that was judged, `InvalidInput`, `NotAllowed` for a program.
        """
        checked_text(reason, "reason", most=2000)
        verdict = samples.SampleVerdict(decision, output, schema, reason)
        self._act("judge_sample", by, lambda moves: samples.judge(moves, job_key, verdict))

    def begin_evaluation(self, agent_id: str, model: str, *, cases: int, said: str = "", by: Actor) -> Evaluation:
        """So many recorded cases of an agent are about to be asked of a model; `said` tells what else is changed.

        Raises `NotFound` for an agent that is not registered where agents must be, `InvalidInput`.
        """
        for name, text in (("agent", agent_id), ("model", model)):
            checked_text(text, name, is_required=True)
        checked_text(said, "said", most=2000)

        def act(moves: Moves) -> Evaluation:
            if self.must_agents_be_registered and agents.find(moves.tx, agent_id) is None:
                raise NotFound(f"There is no agent '{agent_id}'. Register it first.")
            new = Evaluation(moves.tx.next_key(), agent_id, model, said, cases, moves.now, moves.by.id)
            evaluations.begin(moves, new)
            return new

        return self._act("begin_evaluation", by, act)

    def evaluation_journal(
        self, evaluation: Evaluation, case: Case, numbers: Numbers, *, by: Actor
    ) -> EvaluationJournal:
        """The books of one case; `numbers` counts the calls of the whole evaluation."""
        return EvaluationJournal(
            self._act,
            self.store,
            evaluation.key,
            case,
            by,
            numbers,
            is_registry_required=self.must_agents_be_registered,
        )

    def end_evaluation(self, key: int, report: Mapping[str, Json], *, by: Actor) -> Evaluation:
        """Keep what an evaluation found. Raises `NotFound`, `IllegalMove`."""
        return self._act("end_evaluation", by, lambda moves: evaluations.end(moves, key, dict(report)))
