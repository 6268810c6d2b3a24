"""What an agent may use up: calls of models and tools, tokens, money, time. Every limit has a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.base import Attempt, Json, Permanent
from connectors.llm.usage import ZERO, show

FAILED_MODEL_CALL = "FAILED_MODEL_CALL"  # Camunda's word: no model can be asked
MODEL_CALLS_REACHED = "MAXIMUM_NUMBER_OF_MODEL_CALLS_REACHED"  # Camunda's word


class Exhausted(Permanent):
    """No call of a model helps any more: a limit is reached, no model can be asked, or none gives a usable answer."""


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """For one conversation. `cost` in US dollars; `seconds` are those in which models thought, not people or tools.

    `same_calls` is how often a tool may be called with the same arguments.
    """

    model_calls: int = 10
    tool_calls: int = 50
    same_calls: int = 3
    tokens: int = 1_000_000
    cost: Decimal = Decimal(5)
    seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class Used:
    """What a conversation has used up so far."""

    model_calls: int = 0
    tool_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = ZERO
    seconds: float = 0.0

    def plus(self, attempts: Sequence[Attempt]) -> Used:
        """With the calls of a job. One whose end nobody knows counts as made, and as paid."""
        made = [one for one in attempts if one.state in ("answered", "lost")]
        return replace(
            self,
            model_calls=self.model_calls + len(made),
            tokens_in=self.tokens_in + sum(one.tokens_in or 0 for one in attempts),
            tokens_out=self.tokens_out + sum(one.tokens_out or 0 for one in attempts),
            cost=self.cost + sum((one.cost or ZERO for one in attempts), ZERO),
            seconds=self.seconds + sum(map(_seconds, attempts)),
        )

    def with_tools(self, number: int) -> Used:
        """With so many calls of tools more."""
        return replace(self, tool_calls=self.tool_calls + number)

    def as_json(self) -> dict[str, Json]:
        """As Camunda's agent context has its metrics, with the cost and the time beside them."""
        return {
            "modelCalls": self.model_calls,
            "tokenUsage": {"inputTokenCount": self.tokens_in, "outputTokenCount": self.tokens_out},
            "toolCalls": self.tool_calls,
            "cost": show(self.cost),
            "seconds": round(self.seconds, 3),
        }


NOTHING = Used()


def check(used: Used, limits: AgentLimits, reserved: Decimal) -> None:
    """May a model be asked once more, which could cost `reserved`? Raises Exhausted with the limit that forbids it."""
    if used.model_calls >= limits.model_calls:
        raise _reached(MODEL_CALLS_REACHED, "maxModelCalls", f"{limits.model_calls} calls of models")
    if used.tokens_in + used.tokens_out >= limits.tokens:
        raise _reached("MAXIMUM_NUMBER_OF_TOKENS_REACHED", "maxTokens", f"{limits.tokens} tokens")
    if used.seconds >= limits.seconds:
        raise _reached("MAXIMUM_TIME_REACHED", "maxSeconds", f"{limits.seconds:g} seconds of thinking")
    if used.cost + reserved > limits.cost:
        left = show(max(limits.cost - used.cost, ZERO))
        said = f"{show(limits.cost)} USD: {left} are left, and a call could cost {show(reserved)}"
        raise _reached("MAXIMUM_COST_REACHED", "maxCost", said)


def _reached(code: str, name: str, what: str) -> Exhausted:
    text = f"The agent has used up its limit of {what}. Raise data.limits.{name} in the diagram, or end it otherwise."
    return Exhausted(text, code=code)


def _seconds(attempt: Attempt) -> float:
    return (attempt.ended_at - attempt.started_at).total_seconds() if attempt.ended_at else 0.0
