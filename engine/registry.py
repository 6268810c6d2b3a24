"""Parts of the verbs of agents: a version is registered, an agent goes out of service and comes back."""

from __future__ import annotations

from dataclasses import replace

from bpmn.agents import AgentCard
from engine import events
from engine.errors import IllegalMove, NotFound
from engine.moves import Moves
from engine.states import AgentState, move
from engine.store import agents
from engine.store.agents import Agent

_TOLD = {
    AgentState.ACTIVE: events.AGENT_RESUMED,
    AgentState.SUSPENDED: events.AGENT_SUSPENDED,
    AgentState.RETIRED: events.AGENT_RETIRED,
}


def register(moves: Moves, card: AgentCard) -> Agent:
    """Store a card as the agent's next version; the same card again changes nothing. Raises `IllegalMove`."""
    made, is_new = planned(moves, card)
    if is_new:
        store(moves, made)
    return made


def planned(moves: Moves, card: AgentCard) -> tuple[Agent, bool]:
    """What registering a card would make, and whether that is new. Raises `IllegalMove`."""
    known = agents.lock(moves.tx, card.id)
    if known is not None and known.state is AgentState.RETIRED:
        raise IllegalMove(f"Agent '{card.id}' is retired and cannot come back. Register it under another id.")
    if known is not None and known.digest == card.digest:
        return known, False
    made = Agent(
        id=card.id,
        version=known.version + 1 if known else 1,
        state=known.state if known else AgentState.ACTIVE,
        reason=known.reason if known else "",
        changed_at=moves.now,
        changed_by=moves.by.id,
        card=card,
        digest=card.digest,
        registered_at=moves.now,
        registered_by=moves.by.id,
        withdrawn_at=known.withdrawn_at if known else None,
    )
    return made, True


def store(moves: Moves, made: Agent) -> None:
    """Put a planned version into service."""
    agents.add_version(moves.tx, made)
    card = made.card.as_json()
    moves.tell(0, events.AGENT_REGISTERED, agent=made.id, version=made.version, card=card, digest=made.digest)


def change(moves: Moves, id: str, state: AgentState, reason: str) -> Agent:
    """Take an agent out of service, or back into it. Raises `NotFound`, `IllegalMove`."""
    known = agents.lock(moves.tx, id)
    if known is None:
        raise NotFound(f"There is no agent '{id}'. Register it first.")
    move("Agent", f"'{id}'", known.state, state)
    withdrawn_at = known.withdrawn_at if state is AgentState.ACTIVE else moves.now
    made = replace(known, state=state, reason=reason, withdrawn_at=withdrawn_at)
    made = replace(made, changed_at=moves.now, changed_by=moves.by.id)
    agents.change(moves.tx, made)
    moves.tell(0, _TOLD[state], agent=id, version=known.version, reason=reason)
    return made
