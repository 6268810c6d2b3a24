"""Agents: who may call models, in versions that never change; the newest is in service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bpmn.agents import AgentCard
from engine.states import AgentState
from engine.store.ai_tables import agent_versions as versions
from engine.store.ai_tables import agents as table
from engine.store.prepared import Prepared
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Agent:
    """A version of an agent, with the state of the agent. `state` is what it is now, whichever version this is.

    `withdrawn_at` is when it was last suspended or retired; it stays when the agent comes back.
    """

    id: str
    version: int
    state: AgentState
    reason: str
    changed_at: datetime
    changed_by: str
    card: AgentCard
    digest: str
    registered_at: datetime
    registered_by: str
    withdrawn_at: datetime | None = None


_OF_AGENT = (table.c.id, versions.c.version, table.c.state, table.c.reason, table.c.changed_at, table.c.changed_by)
_OF_VERSION = (versions.c.card, versions.c.digest, versions.c.registered_at, versions.c.registered_by)
_ALL = select(*_OF_AGENT, *_OF_VERSION, table.c.withdrawn_at).select_from(
    table.join(versions, versions.c.agent_id == table.c.id)
)
_NEWEST = _ALL.where(versions.c.version == table.c.version)
_FIND = Prepared(_NEWEST.where(table.c.id == bindparam("id")))
_LOCK = Prepared(_NEWEST.where(table.c.id == bindparam("id")).with_for_update(of=[table]))
_LISTED = _NEWEST.order_by(table.c.id)
_VERSIONS = Prepared(_ALL.where(table.c.id == bindparam("id")).order_by(versions.c.version))
_INSERT = Prepared(insert(table))
_INSERT_VERSION = Prepared(insert(versions))
_CHANGED = ("version", "state", "reason", "changed_at", "changed_by", "withdrawn_at")
_UPDATE = Prepared(
    update(table).where(table.c.id == bindparam("of_id")).values({name: bindparam(f"new_{name}") for name in _CHANGED})
)


def find(tx: UnitOfWork, id: str) -> Agent | None:
    """The version of an agent that is in service."""
    row = tx.execute(_FIND, {"id": id}).first()
    return None if row is None else _make(*row)


def lock(tx: UnitOfWork, id: str) -> Agent | None:
    """As `find`, held until the end of the transaction."""
    row = tx.execute(_LOCK, {"id": id}).first()
    return None if row is None else _make(*row)


def listed(tx: UnitOfWork) -> Sequence[Agent]:
    """Every agent in its newest version."""
    return [_make(*row) for row in tx.execute(_LISTED)]


def versions_of(tx: UnitOfWork, id: str) -> Sequence[Agent]:
    """Every version of an agent, oldest first."""
    return [_make(*row) for row in tx.execute(_VERSIONS, {"id": id})]


def add_version(tx: UnitOfWork, agent: Agent) -> None:
    """Store a new version, which is in service from now on."""
    if agent.version == 1:
        tx.execute(_INSERT, {"id": agent.id, **{name: getattr(agent, name) for name in _CHANGED}})
    else:
        change(tx, agent)
    row = {"agent_id": agent.id, "version": agent.version, "card": agent.card.as_json(), "digest": agent.digest}
    tx.execute(_INSERT_VERSION, {**row, "registered_at": agent.registered_at, "registered_by": agent.registered_by})


def change(tx: UnitOfWork, agent: Agent) -> None:
    """Store what an agent's state is now."""
    tx.execute(_UPDATE, {"of_id": agent.id, **{f"new_{name}": getattr(agent, name) for name in _CHANGED}})


def _make(*row: Any) -> Agent:
    values = list(row)
    values[6] = AgentCard.of(values[6])
    return Agent(*values)
