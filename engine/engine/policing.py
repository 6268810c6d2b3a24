"""The verbs of policies: which there are, which govern a call, and what those are to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any

from bpmn import dmn
from bpmn.errors import EvaluationError, Finding
from bpmn.policies import PolicyDocument
from connectors.base import ModelCall, ToolUse
from engine import events, policy_registry
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import InvalidInput, ModelRejected, NotAllowed, NotFound
from engine.moves import Moves
from engine.policies import Ask, Deny, Facts, Policies, Policy, Ruling, checks
from engine.policies.documents import DocumentPolicy, applies, made
from engine.policies.table import DecisionPolicy
from engine.store import UnitOfWork, agents, definitions
from engine.store import policies as rows
from engine.store.definitions import DecisionDefinition
from engine.store.jobs import Job
from engine.store.policies import HOUSE, RegisteredPolicy
from engine.tenants import DEFAULT, meant
from engine.variables import checked_text

Json = Any

#: How long a node that found no policy for a tenant at all trusts that there is still none.
LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Known:
    """A document, and what was made of it; None where a table decides, which is looked for anew each time."""

    document: PolicyDocument
    decided_by: Any


class _Remembered:
    """What a node knows of documents, by digest: one never changes."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._lock = Lock()
        self.empty_until: dict[str, float] = {}  # by tenant

    def get(self, tx: UnitOfWork, digest: str) -> _Known:
        """The document of a digest."""
        with self._lock:
            if (known := self._known.get(digest)) is not None:
                return known
        document = rows.document(tx, digest)
        known = _Known(document, None if document.decision else made(document))
        if not isinstance(known.decided_by, Exception):  # what is missing now may be there for the next call
            with self._lock:
                self._known[digest] = known
        return known


class PolicyVerbs(Verbs):
    """The worker asks before each call which policies there are: what was registered counts for the next one."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._remembered = _Remembered()

    def governed(self, job: Job, call: ModelCall | None = None) -> tuple[Policies, Facts]:
        """The policies for a job, or for a call of a model within it, and their facts. Secrets are not filled in."""
        facts = Facts(
            process_id=job.process_id,
            element_id=job.element_id,
            instance_key=job.instance_key,
            job_key=job.key,
            job_type=job.type,
            tenant_id=job.tenant_id,
            variables=job.variables,
            headers=job.headers,
        )
        if self._has_none(facts.tenant_id):
            return self.policies, facts
        with self.store.reading() as tx:
            if call is not None:
                facts = _with_call(tx, facts, call)
            return self._policies(tx, facts), facts

    def policies_for(self, facts: Facts) -> Policies:
        """The policies for a case that is no job of ours; without a tenant those of the house."""
        if self._has_none(facts.tenant_id):
            return self.policies
        with self.store.reading() as tx:
            return self._policies(tx, facts)

    def judge_outside_call(self, tool: str, arguments: Mapping[str, Json], *, by: Actor) -> Mapping[str, Json]:
        """Ask the policies on tools about one of ours that a program outside wants to use; returns the arguments.

        Verdicts are in the audit trail when this returns. Raises `NotAllowed` for what is denied, and for what needs a
        person: nobody waits at a socket for one.
        """
        tenant_id = DEFAULT if (sight := self.sight_of(by)) is None or DEFAULT in sight else min(sight, default=DEFAULT)
        facts = Facts("", "mcp", 0, job_type="mcp", tenant_id=tenant_id, agent_id=by.id)
        ruling = self.policies_for(facts).tool(facts, ToolUse("", tool, "mcp", arguments))
        if ruling.verdicts:
            told = [{**one, "tool": tool[:300], "call_id": ""} for one in ruling.verdicts]

            def tell(moves: Moves) -> None:
                for one in told:
                    moves.tell(0, events.POLICY_VERDICT, **one)

            self._act("judge_outside_call", by, tell)
        _obey_outside(ruling)
        return ruling.value.arguments

    def register_policy(self, document: PolicyDocument, *, by: Actor) -> RegisteredPolicy:
        """Put a version of a house-wide policy into service. No deployment can change or weaken it.

        Raises `ModelRejected` when it could not be evaluated, `IllegalMove` for a version with another content.
        """
        found = self.policy_findings(document, DEFAULT)
        if found:
            raise ModelRejected(found[0].message, {f"{document.id}.policy.yaml": tuple(found)})
        policy = self._act("register_policy", by, lambda moves: policy_registry.register(moves, document))
        self.forget_policies()
        return policy

    def retire_policy(self, id: str, *, reason: str = "", tenant_id: str | None = None, by: Actor) -> RegisteredPolicy:
        """Ask a policy no more: the house-wide one of this id (`tenant_id` None), or a tenant's.

        Raises `NotFound`, `IllegalMove`, `InvalidInput`.
        """
        checked_text(reason, "reason", most=2000)
        owner = HOUSE if tenant_id is None else meant(tenant_id, self.sight_of(by))
        return self._act("retire_policy", by, lambda moves: policy_registry.retire(moves, id, owner, reason))

    def policy_findings(
        self,
        document: PolicyDocument,
        tenant_id: str,
        beside: Mapping[str, dmn.Definitions] | None = None,
        line: int = 0,
    ) -> list[Finding]:
        """What keeps a policy from being evaluated. `beside` are decisions that come with it, by id."""

        def look(tx: UnitOfWork) -> dict[str, dmn.Definitions | None]:
            known = [id for kind, id in definitions.known_ids(tx, tenant_id) if kind == "decision"]
            found: dict[str, dmn.Definitions | None] = dict.fromkeys(known)
            if document.decision in found and document.decision not in (beside or {}):
                found[document.decision] = self._table(tx, document.decision, tenant_id)[1]
            return {**found, **(beside or {})}

        return checks.findings(document, self.store.look(look), line)

    def forget_policies(self) -> None:
        """Look anew which policies there are: here one has just come."""
        self._remembered.empty_until.clear()

    def _has_none(self, tenant_id: str) -> bool:
        return self.policies.is_empty and monotonic() < self._remembered.empty_until.get(tenant_id, 0.0)

    def _policies(self, tx: UnitOfWork, facts: Facts) -> Policies:
        """The house's own, then the house-wide documents, then those of the tenant."""
        active = rows.active(tx, facts.tenant_id)
        if not active:
            self._remembered.empty_until[facts.tenant_id] = monotonic() + LOOK_AGAIN_SECONDS
        found = [*self.policies, *self._documents(tx, facts, active)]
        return Policies(found) if found else self.policies

    def _documents(self, tx: UnitOfWork, facts: Facts, active: list[tuple[str, str, str]]) -> Iterator[Policy]:
        for owner, _, digest in active:
            known = self._remembered.get(tx, digest)
            if applies(known.document, facts):
                decided_by = known.decided_by or self._decision(tx, known.document, owner)
                yield DocumentPolicy(known.document, decided_by, facts)

    def _decision(self, tx: UnitOfWork, document: PolicyDocument, owner: str) -> Any:
        """The table as it is now: a row that was edited counts for the next call."""
        try:
            row, file = self._table(tx, document.decision, DEFAULT if owner == HOUSE else owner)
        except Exception as problem:  # whatever keeps a table from being read: fail closed
            return problem
        now = self.clock.now()
        named = f"{row.decision_id} {row.version}"
        return DecisionPolicy(document.id, document.version, named, lambda given: _decide(file, row, given, now))

    def _table(self, tx: UnitOfWork, decision_id: str, tenant_id: str) -> tuple[DecisionDefinition, dmn.Definitions]:
        row = definitions.latest(tx, DecisionDefinition, decision_id, tenant_id)
        if row is None and tenant_id != DEFAULT:
            row = definitions.latest(tx, DecisionDefinition, decision_id, DEFAULT)
        if row is None:
            raise NotFound(f"No decision '{decision_id}' is deployed. Deploy its .dmn file.")
        return row, self.library.decisions.read(tx, row.requirements_key)


def _obey_outside(ruling: Ruling[ToolUse]) -> None:
    match ruling.stop:
        case Deny(reason=reason):
            raise NotAllowed(f"A policy forbids this: {reason}")
        case Ask(reason=reason):
            raise NotAllowed(f"A policy asks for a person to do this: {reason}")


def _decide(file: dmn.Definitions, row: DecisionDefinition, given: Mapping[str, Json], now: datetime) -> Any:
    try:
        return file.decide(row.decision_id, given, now=now)
    except EvaluationError as problem:
        raise InvalidInput(f"table {row.decision_id} {row.version}: {problem}") from None


def _with_call(tx: UnitOfWork, facts: Facts, call: ModelCall) -> Facts:
    agent_id = call.agent or facts.process_id
    agent = agents.find(tx, agent_id)
    return replace(
        facts,
        agent_id=agent_id,
        agent_version=agent.version if agent else 0,
        risk=agent.card.risk.value if agent else "",
        model=call.model,
        residency=call.residency,
        cost=call.cost,
    )
