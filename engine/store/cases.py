"""Evaluation cases: what a model was asked, what it said, and what a person decided; and sets of examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.ai_tables import evaluation_cases as table
from engine.store.ai_tables import example_sets
from engine.store.prepared import OneOf, Prepared
from engine.store.sights import of_seen
from engine.store.tables import attempts
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class NewCase:
    """A verdict as a case. `number` is the attempt that was held before the person, or the last one.

    `expected` is the output that was decided, None where the person rejected the case: no answer would have been right.
    `weight` is 1 over the share of such cases that people see; `seconds` from the question to the decision.
    `examples` is the digest of a set, "" for none.
    """

    job_key: int
    number: int
    instance_key: int
    process_id: str
    agent_id: str
    decision: str
    expected: Json
    schema: Json
    examples: str
    weight: float
    seconds: float
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case with the recorded answer. `prompt` are the messages as they were sent; costs are US dollars.

    `output` is what the model had answered, None when that could not be read; `took` how many seconds it needed.
    """

    job_key: int
    instance_key: int
    process_id: str
    element_id: str
    agent_id: str
    agent_version: int
    model: str
    fingerprint: str
    prompt: Json
    schema: Json
    examples: str
    output: Json
    faults: tuple[str, ...]
    confidence: float | None
    cost: Decimal | None
    took: float | None
    decision: str
    expected: Json
    weight: float
    seconds: float
    decided_at: datetime
    decided_by: str

    @property
    def is_in_scope(self) -> bool:
        """Whether there is a right answer."""
        return self.decision != "reject"

    @property
    def was_right(self) -> bool:
        """Whether the recorded answer is what the person decided."""
        return self.is_in_scope and self.output == self.expected


_INSERT = Prepared(insert(table))
_SETS = {
    True: Prepared(sqlite.insert(example_sets).on_conflict_do_nothing(index_elements=["digest"])),
    False: Prepared(postgresql.insert(example_sets).on_conflict_do_nothing(index_elements=["digest"])),
}
_EXAMPLES = Prepared(
    select(example_sets.c.digest, example_sets.c.examples).where(OneOf(example_sets.c.digest, "digests"))
)
_OF_AGENT = (
    select(
        table.c.job_key,
        table.c.instance_key,
        table.c.process_id,
        attempts.c.element_id,
        table.c.agent_id,
        attempts.c.agent_version,
        attempts.c.model,
        attempts.c.fingerprint,
        attempts.c.prompt,
        table.c.schema,
        table.c.examples,
        attempts.c.output,
        attempts.c.faults,
        attempts.c.confidence,
        attempts.c.cost,
        attempts.c.started_at,
        attempts.c.ended_at,
        table.c.decision,
        table.c.expected,
        table.c.weight,
        table.c.seconds,
        table.c.decided_at,
        table.c.decided_by,
    )
    .select_from(table.join(attempts, and_(attempts.c.job_key == table.c.job_key, attempts.c.number == table.c.number)))
    .where(table.c.agent_id == bindparam("agent_id"))
    .order_by(table.c.decided_at.desc(), table.c.job_key.desc())
    .limit(bindparam("most"))
)


def add(tx: UnitOfWork, new: NewCase, examples: Sequence[Json]) -> None:
    """Keep a case; its set of examples once, however many cases have it."""
    if new.examples:
        tx.execute(_SETS[tx.is_sqlite], {"digest": new.examples, "examples": list(examples)})
    tx.execute(_INSERT, {column.name: getattr(new, column.name) for column in table.columns})


def of_agent(tx: UnitOfWork, agent_id: str, most: int) -> list[Case]:
    """The newest cases of an agent, of the tenants in sight."""
    return [_make(*row) for row in tx.execute(of_seen(tx, _OF_AGENT, table), {"agent_id": agent_id, "most": most})]


def example_sets_of(tx: UnitOfWork, digests: Sequence[str]) -> Mapping[str, Json]:
    """Sets of examples by digest."""
    return dict(tx.execute(_EXAMPLES, {"digests": list(digests)}).all()) if digests else {}


def _make(*row: Any) -> Case:
    *head, faults, confidence, cost, started_at, ended_at = row[:17]
    took = None if ended_at is None else (ended_at - started_at).total_seconds()
    paid = None if cost is None else Decimal(cost)
    values: list[Any] = [*head, tuple(faults or ()), confidence, paid, took, *row[17:]]
    return Case(*values)
