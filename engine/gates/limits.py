"""The limits on an agent's card: what one task may use of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bpmn.agents import Limits
from engine.gates.base import Call, Pass, Refusal
from engine.moves import Moves
from engine.states import AttemptState
from engine.store.attempts import Attempt

NAME = "limits"


def gate(moves: Moves, call: Call, passed: Pass) -> Pass | Refusal:
    """Send a task to a person when it has used up what its agent's card allows. A lost call counts as reserved."""
    if passed.agent is None:
        return passed
    fault = next(_reached(passed.agent.card.limits, call), None)
    if fault is None:
        return passed.by(NAME)
    return Refusal(NAME, f"Agent '{call.agent_id}' may use {fault} for one task, and this one has.", "person")


def _reached(limits: Limits, call: Call) -> Iterator[str]:
    earlier = call.earlier
    if limits.calls is not None and len(earlier) >= limits.calls:
        yield f"{limits.calls} calls"
    if limits.tokens is not None and _tokens(earlier) >= limits.tokens:
        yield f"{limits.tokens} tokens"
    if limits.cost is not None and cost(earlier) + (call.reserved or Decimal(0)) > limits.cost:
        yield f"{format(limits.cost, 'f')} US dollars, which the next call could exceed,"
    if limits.seconds is not None and _seconds(earlier) >= limits.seconds:
        yield f"{limits.seconds:g} seconds"


def _tokens(earlier: Sequence[Attempt]) -> int:
    return sum((one.tokens_in or 0) + (one.tokens_out or 0) for one in earlier)


def cost(earlier: Sequence[Attempt]) -> Decimal:
    """What calls cost, or can have cost."""
    known = (one.reserved if one.state in _OPEN else one.cost for one in earlier)
    return sum((value for value in known if value is not None), Decimal(0))


def _seconds(earlier: Sequence[Attempt]) -> float:
    return sum((one.ended_at - one.started_at).total_seconds() for one in earlier if one.ended_at is not None)


_OPEN = (AttemptState.STARTED, AttemptState.LOST)
