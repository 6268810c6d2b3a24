"""What gates judge, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from connectors.base import Level, NewCall, Refused, Ruled, Then
from engine.moves import Moves
from engine.scopes import Scope, ScopeKind, scopes_of_call
from engine.store.agents import Agent
from engine.store.attempts import Attempt

Json = Any

#: How soon a job that waits for a gate is tried again.
WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a model that is about to be made. `level` is the autonomy that the diagram gives.

    `lineage` are the instances that it is made in, with their processes: that of the job first, its callers after.
    `is_evaluation`: it measures, in no instance, and nothing is done with its answer; then `lineage` is empty.
    `must_be_registered` is False where the house does not ask for that and the diagram names no agent.
    """

    job_key: int
    instance_key: int
    process_id: str
    element_id: str
    agent_id: str
    model: str
    ai_kind: str
    fingerprint: str
    prompt: Json
    reserved: Decimal | None
    residency: str
    tools: tuple[str, ...]
    level: Level
    must_be_registered: bool
    lineage: Sequence[tuple[int, str]]
    earlier: Sequence[Attempt] = ()
    ruled: Ruled | None = None  # what the policies on inputs said about the prompt
    is_evaluation: bool = False
    definition_key: int = 0  # where its diagram is looked up; 0 for one of no running instance

    @classmethod
    def of(cls, call: NewCall, **place: Any) -> Call:
        """What a connector wants to ask, with where that is."""
        return cls(
            model=call.model,
            ai_kind=call.ai_kind,
            fingerprint=call.fingerprint,
            prompt=call.prompt,
            reserved=call.reserved,
            residency=call.residency,
            tools=tuple(call.tools),
            level=call.level,
            ruled=call.ruled,
            **place,
        )

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What it lies in, from wide to narrow."""
        process_ids = [process_id for _, process_id in self.lineage] or [self.process_id]
        found = scopes_of_call(process_ids=process_ids, agent_id=self.agent_id, model=self.model)
        return tuple(one for one in found if self.lineage or one.kind is not ScopeKind.INSTANCE)

    def instance_of(self, process_id: str) -> int:
        """The instance of that process which this call is made in: the outermost, when it has called itself."""
        return next((key for key, named in reversed(self.lineage) if named == process_id), self.instance_key)


@dataclass(frozen=True, slots=True)
class Pass:
    """The call may be made so far: by which agent, how far its answer goes, what it reserves where."""

    agent: Agent | None = None
    level: Level = "auto"
    least_confidence: float | None = None
    books: tuple[tuple[str, int], ...] = ()
    answers: tuple[tuple[str, str], ...] = ()  # gate and what it said

    def by(self, gate: str, said: str = "allow", **changed: Any) -> Pass:
        """Passed one more gate."""
        return replace(self, answers=(*self.answers, (gate, said)), **changed)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call must not be made. `reason` is a sentence for people that says what to do."""

    gate: str
    reason: str
    then: Then
    after_seconds: float = WAIT_SECONDS
    answers: tuple[tuple[str, str], ...] = ()
    group: str = ""  # of the person who decides instead; "" leaves it to the diagram

    def error(self) -> Refused:
        """What the connector hears."""
        return Refused(self.reason, gate=self.gate, then=self.then, after_seconds=self.after_seconds, group=self.group)


class Gate(Protocol):
    """One question about a call. It reads and locks rows of the call's transaction, and writes none."""

    def __call__(self, moves: Moves, call: Call, passed: Pass) -> Pass | Refusal:
        """The pass with this gate's answer, or a refusal."""
