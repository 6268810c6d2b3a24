"""The registry: whether whoever asks is a registered agent in service, and asks for what its card allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bpmn.agents import given_to_models
from engine.gates.base import Call, Pass, Refusal
from engine.moves import Moves
from engine.states import AgentState
from engine.store import agents
from engine.store.agents import Agent

NAME = "registry"
#: What the trail says of a call whose agent nobody registered, where that is allowed.
UNDECLARED = "undeclared"


def gate(moves: Moves, call: Call, passed: Pass) -> Pass | Refusal:
    """Refuse who is unknown, retired or out of scope; a suspended agent waits."""
    agent = agents.find(moves.tx, call.agent_id)
    if agent is None:
        if call.must_be_registered:
            return Refusal(NAME, _unknown(call), "fail")
        return passed.by(NAME, UNDECLARED)
    if agent.state is AgentState.SUSPENDED:
        return Refusal(NAME, _withdrawn(agent), "wait")
    if agent.state is AgentState.RETIRED:
        return Refusal(
            NAME, f"Agent '{agent.id}' is retired. Name another agent in the task '{call.element_id}'.", "fail"
        )
    if fault := next(_faults(moves, call, agent), None):
        hint = "Change the call, or register a version of the agent that allows it."
        return Refusal(NAME, f"Agent '{agent.id}' (version {agent.version}) {fault}. {hint}", "fail")
    return passed.by(NAME, agent=agent)


def withdrawn_since(moves: Moves, agent_id: str, started_at: datetime) -> Refusal | None:
    """Why an answer that is under way may not be used: its agent was suspended or retired, be it for a moment."""
    agent = agents.find(moves.tx, agent_id)
    if agent is None or agent.withdrawn_at is None or agent.withdrawn_at < started_at:
        return None
    return Refusal(NAME, _withdrawn(agent), "fail" if agent.state is AgentState.RETIRED else "wait")


def _withdrawn(agent: Agent) -> str:
    if agent.state is AgentState.ACTIVE:
        return f"Agent '{agent.id}' was suspended for a while."
    reason = f": {agent.reason}" if agent.reason else ""
    return f"Agent '{agent.id}' was {agent.state.value} by {agent.changed_by}{reason}."


def _unknown(call: Call) -> str:
    return (
        f"No agent '{call.agent_id}' is registered, so '{call.element_id}' may call no model. Register it: "
        f"`baton agent register FILE.agent.yaml`, or deploy the file beside the diagram."
    )


def _faults(moves: Moves, call: Call, agent: Agent) -> Iterator[str]:
    yield from _out_of_scope(call, agent)
    if agent.card.variables and call.definition_key:
        node = moves.process(call.definition_key).definition.process.by_id.get(call.element_id)
        shown = given_to_models(node) if node is not None else frozenset()
        if extra := sorted(shown - set(agent.card.variables)):
            yield f"may not be shown the variable '{extra[0]}'"


def _out_of_scope(call: Call, agent: Agent) -> Iterator[str]:
    card = agent.card
    if call.process_id not in card.processes:
        yield f"may not work in process '{call.process_id}'"
    if card.elements and call.element_id not in card.elements:
        yield f"may not work at element '{call.element_id}'"
    if call.model not in card.models:
        yield f"may not ask model '{call.model}'"
    if extra := sorted(set(call.tools) - set(card.tools)):
        yield f"may not use the tool '{extra[0]}'"
    if card.residency and call.residency not in card.residency:
        where = (
            f"'{call.residency}'" if call.residency else "at an unknown place (set `residency` in the models' table)"
        )
        yield f"may have its data in {', '.join(card.residency)} only, and those of model '{call.model}' are {where}"
    if call.is_evaluation:
        return  # another wording may be what is tried out
    if card.prompt_fingerprint and call.fingerprint != card.prompt_fingerprint:
        yield f"is bound to the prompt {card.prompt_fingerprint}, and this one is {call.fingerprint or 'not known'}"
