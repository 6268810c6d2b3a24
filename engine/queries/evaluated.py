"""Questions about evaluation cases, and about what evaluations found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import NotFound
from engine.queries.looking import Looking
from engine.store import UnitOfWork, agents, cases, evaluations, samples
from engine.store.cases import Case
from engine.store.evaluations import Evaluation
from engine.store.samples import Sample

Json = Any


class EvaluationQueries(Looking):
    """Of agents, in the sight of whoever asks."""

    def evaluation_cases(self, agent_id: str, most: int = 1000) -> Sequence[Case]:
        """The newest cases that people's verdicts on an agent's answers made. Raises `NotFound`."""

        def ask(tx: UnitOfWork) -> Sequence[Case]:
            found = cases.of_agent(tx, agent_id, most)
            if not found and agents.find(tx, agent_id) is None:
                raise NotFound(f"There is no agent '{agent_id}', and nobody has judged an answer of it.")
            return found

        return self._ask(ask)

    def samples(self, agent_id: str) -> Sequence[Sample]:
        """The accepted answers of an agent that were drawn and that nobody has judged yet, oldest first."""
        return self._ask(lambda tx: samples.open_of(tx, agent_id))

    def example_sets(self, digests: Sequence[str]) -> Mapping[str, Json]:
        """The sets of examples that cases name, by digest."""
        return self._ask(lambda tx: cases.example_sets_of(tx, digests))

    def evaluations_of(self, agent_id: str, most: int = 100) -> Sequence[Evaluation]:
        """The newest evaluations of an agent's cases."""
        return self._ask(lambda tx: evaluations.of_agent(tx, agent_id, most))
