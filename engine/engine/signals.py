"""The verbs of what is told from outside: signals to everybody, conditions that start, messages to exactly one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import conditions, correlation, signals
from engine.actors import Actor
from engine.conditions import Question
from engine.correlation import Correlation, CorrelationResult
from engine.engine.base import Verbs
from engine.moves import Moves
from engine.signals import SignalResult
from engine.store import instances
from engine.store import signals as signal_rows
from engine.store.instances import Instance

Json = Any


class SignalVerbs(Verbs):
    """Who may ask for these is for the API to say."""

    def broadcast_signal(self, name: str, *, by: Actor, variables: Mapping[str, Json] | None = None) -> SignalResult:
        """Give a signal to every event that waits for it, and start every process that it starts.

        It is addressed in one transaction and cannot be lost from then on; each receiver gets it in one of its own: the
        first before this returns, what is left of many by the scheduler. Raises `InvalidInput`.
        """
        return self._act("broadcast_signal", by, lambda moves: signals.broadcast(moves, name, variables))

    def deliver_signals(self, *, limit: int = 100) -> int:
        """Give signals that are under way to up to `limit` of their receivers; returns how many were tried."""
        due = self.store.look(lambda tx: signal_rows.due(tx, self.clock.now(), limit))
        for delivery in due:
            self._spread(self._deliver(delivery))
        return len(due)

    def evaluate_conditions(
        self,
        variables: Mapping[str, Json],
        *,
        by: Actor,
        definition_key: int = 0,
        business_key: str | None = None,
    ) -> list[Instance]:
        """Start an instance for each conditional start event that these variables make true, of the latest versions.

        `definition_key` asks one definition alone. Raises `NotFound` when it has no conditional start event.
        """
        question = Question(variables, definition_key, business_key)

        def act(moves: Moves) -> list[Instance]:
            return [instances.public(row) for row in conditions.evaluate(moves, question)]

        return self._act("evaluate_conditions", by, act)

    def correlate_message(self, wanted: Correlation, *, by: Actor) -> CorrelationResult:
        """Give a message to exactly one receiver, as Camunda 7 does: who waits, else the process that it starts.

        Raises `NotFound` when there is no receiver, `Conflict` when there are several and not all were asked for.
        """
        return self._act("correlate_message", by, lambda moves: correlation.correlate(moves, wanted))
