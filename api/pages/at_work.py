"""Agents as the page of AI shows them: how each did lately, how far it may go, and whether drift has lowered it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.actors import SYSTEM
from engine.calibration import upper_bound
from engine.engine import Engine
from engine.store.agents import Agent
from engine.store.autonomy import Autonomy
from engine.store.performance import Performance

DAYS = 30.0
_BY_DRIFT = ("baton", SYSTEM.id)


@dataclass(frozen=True, slots=True)
class AgentAtWork:
    """An agent with the figures of its calls of the last `DAYS`, over all its versions and models.

    Rates are shares between 0 and 1, None while nobody has judged an answer; `cost` in US dollars. `levels` says how
    far it may go where somebody, or drift, has decided that; `doubts` why drift has lowered it.
    """

    agent: Agent
    calls: int
    cost: Decimal
    mean_seconds: float | None
    judged: int
    accuracy: float | None
    override_rate: float | None
    error_bound: float | None
    levels: tuple[str, ...]
    doubts: tuple[str, ...]


def at_work(engine: Engine) -> list[AgentAtWork]:
    """Every registered agent, by id."""
    decided = engine.queries.autonomy()
    found = []
    for agent in engine.queries.agents():
        own = [one for one in decided if one.agent_id == agent.id]
        found.append(_of(agent, engine.queries.agent_performance(agent.id, DAYS), own))
    return found


def _of(agent: Agent, done: Sequence[Performance], decided: Sequence[Autonomy]) -> AgentAtWork:
    judged, right = sum(one.judged for one in done), sum(one.right for one in done)
    timed = [(one.mean_seconds, one.calls) for one in done if one.mean_seconds is not None]
    calls = sum(count for _, count in timed)
    return AgentAtWork(
        agent=agent,
        calls=sum(one.calls for one in done),
        cost=sum((one.cost for one in done), Decimal(0)),
        mean_seconds=sum(mean * count for mean, count in timed) / calls if calls else None,
        judged=judged,
        accuracy=right / judged if judged else None,
        override_rate=1 - right / judged if judged else None,
        error_bound=upper_bound(judged - right, judged) if judged else None,
        levels=tuple(_level(one) for one in decided),
        doubts=tuple(one.reason for one in decided if one.set_by in _BY_DRIFT and one.reason.startswith("Drift")),
    )


def _level(one: Autonomy) -> str:
    model = f" with {one.model}" if one.model else ""
    return f"{one.level} at {one.element_id}{model}"
