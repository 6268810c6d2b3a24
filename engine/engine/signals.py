"""The verbs of what is told or asked from outside: signals, conditions that start, messages to one, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import conditions, correlation, decisions, signals
from engine.actors import Actor
from engine.conditions import Question
from engine.correlation import Correlation, CorrelationResult
from engine.decisions import Decided, WantedDecision
from engine.engine.base import Verbs
from engine.errors import InvalidInput
from engine.moves import Moves
from engine.signals import SignalResult
from engine.store import instances
from engine.store import signals as signal_rows
from engine.store.instances import Instance
from engine.variables import checked, checked_text

Json = Any


class SignalVerbs(Verbs):
    """Who may ask for these is for the API to say."""

    def broadcast_signal(
        self, name: str, *, by: Actor, variables: Mapping[str, Json] | None = None, tenant_id: str = ""
    ) -> SignalResult:
        """Give a signal to every event of a tenant that waits for it, and start every process that it starts.

        It is addressed in one transaction and cannot be lost from then on; each receiver gets it in one of its own: the
        first before this returns, what is left of many by the scheduler. Those of Camunda 7's dialect get it in the
        first transaction. Raises `InvalidInput`, `StepFailed`.
        """
        return self._asked("broadcast_signal", by, lambda moves: signals.broadcast(moves, name, variables, tenant_id))

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
        tenant_id: str = "",
    ) -> list[Instance]:
        """Start an instance for each conditional start event that these variables make true, of the latest versions.

        `definition_key` asks one definition alone. Raises `NotFound` when it has no conditional start event.
        """
        question = Question(variables, definition_key, business_key, tenant_id)

        def act(moves: Moves) -> list[Instance]:
            return [instances.public(row) for row in conditions.evaluate(moves, question)]

        return self._asked("evaluate_conditions", by, act)

    def correlate_message(self, wanted: Correlation, *, by: Actor) -> CorrelationResult:
        """Give a message to exactly one receiver, as Camunda 7 does: who waits, else the process that it starts.

        Raises `NotFound` when there is no receiver, `Conflict` when there are several and not all were asked for.
        """
        return self._asked("correlate_message", by, lambda moves: correlation.correlate(moves, wanted))

    def evaluate_decision(
        self,
        variables: Mapping[str, Json],
        *,
        by: Actor,
        decision_id: str = "",
        decision_key: int = 0,
        tenant_id: str = "",
    ) -> Decided:
        """Evaluate a decision by its key, or the latest version of its id. Raises `NotFound`, `InvalidInput`."""
        given = checked(variables)
        checked_text(decision_id, "decision_id")
        if not decision_id and not decision_key:
            raise InvalidInput("Say which decision.", {"decision_id": "or decision_key is required"})
        asked = WantedDecision(decision_id, decision_key, checked_text(tenant_id, "tenant_id") or "")
        return self._act(
            "evaluate_decision", by, lambda moves: decisions.ask(moves, self.library.decisions, asked, given)
        )
