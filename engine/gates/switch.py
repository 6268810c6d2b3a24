"""The kill switch: whether all AI, the process, the agent or the model is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.gates.base import Call, Pass, Refusal
from engine.moves import Moves
from engine.scopes import Scope, ScopeKind
from engine.store import stops
from engine.store.stops import Stop

NAME = "switch"


def gate(moves: Moves, call: Call, passed: Pass) -> Pass | Refusal:
    """Refuse while anything that the call lies in is stopped: another model may be asked, anything else waits."""
    stop = next((one for one in stops.of(moves.tx, call.scopes) if one.is_on), None)
    if stop is None:
        return passed.by(NAME)
    return _refusal(stop)


def stopped_since(moves: Moves, scopes: Sequence[Scope], started_at: datetime) -> Refusal | None:
    """Why an answer that is under way may not be used: a stop that is on, or that was on for a moment."""
    found = stops.of(moves.tx, scopes)
    stop = next((one for one in found if one.is_on or one.stopped_at >= started_at), None)
    return None if stop is None else _refusal(stop)


def _refusal(stop: Stop) -> Refusal:
    reason = f": {stop.reason}" if stop.reason else ""
    what = stop.scope.said
    said = f"{what[0].upper()}{what[1:]} was stopped by {stop.changed_by}{reason}."
    return Refusal(NAME, said, "next" if stop.scope.kind is ScopeKind.MODEL else "wait")
