"""Storing a deployment: which files are new, which versions that makes, and what starts them from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bpmn.agents import AgentCard
from bpmn.errors import Finding
from bpmn.policies import PolicyDocument
from engine import events, policy_registry, registry
from engine.deployments.agents import Registered
from engine.deployments.files import NamedFile, ReadFile, ReadProcess, read_all
from engine.deployments.policies import JudgePolicy, unjudged
from engine.errors import NotAllowed
from engine.moves import Moves
from engine.store import definitions, subscriptions, timers
from engine.store.agents import Agent
from engine.store.definitions import (
    DecisionDefinition,
    DecisionRequirements,
    Definition,
    DeploymentRow,
    FormDefinition,
    ProcessDefinition,
    Resource,
)
from engine.store.policies import RegisteredPolicy
from engine.store.subscriptions import StartSubscription
from engine.store.timers import StartTimer
from engine.tenants import DEFAULT, named


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment brought, unchanged definitions included. `duplicate`: nothing in it was new.

    `findings` are remarks that are no errors, by file name. `key` is 0 for a dry run.
    """

    key: int
    deployed_at: datetime
    name: str
    processes: tuple[ProcessDefinition, ...]
    decisions: tuple[DecisionDefinition, ...]
    requirements: tuple[DecisionRequirements, ...]
    forms: tuple[FormDefinition, ...]
    agents: tuple[Agent, ...] = ()
    policies: tuple[RegisteredPolicy, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    duplicate: bool = False
    source: str = ""
    deployed_by: str = ""
    tenant_id: str = DEFAULT


@dataclass(frozen=True, slots=True)
class Order:
    """Files that were judged already, and how to call the deployment."""

    files: Sequence[ReadFile]
    findings: Mapping[str, tuple[Finding, ...]]
    name: str
    source: str
    tenant_id: str = ""  # empty: of who deploys

    @classmethod
    def of(  # noqa: PLR0913 - what an order consists of
        cls,
        files: Sequence[NamedFile],
        name: str,
        source: str,
        now: datetime,
        known: Collection[tuple[str, str]] = (),
        served: Collection[str] = (),
        tenant_id: str = "",
        registered: Registered | None = None,
        judge_policy: JudgePolicy = unjudged,
    ) -> Order:
        """Read and judge files. Raises as `engine.deployments.files.read_all` does."""
        found, findings = read_all(files, known, now, served, registered or Registered(), judge_policy)
        return cls(found, findings, name, source, tenant_id)


def deploy(moves: Moves, order: Order, *, dry_run: bool = False) -> Deployment:
    """Store what is new of the files. A dry run stores nothing and shows what would be."""
    draft = _Draft(moves, moves.tx.next_key(), moves.tenant(order.tenant_id))
    for read in order.files:
        draft.add(read)
    if any(draft.new):
        draft.renew_bound()
    if not dry_run:
        _store(moves, order, draft)
    return draft.deployment(order, moves, dry_run)


class _Draft:
    """A deployment being put together."""

    def __init__(self, moves: Moves, key: int, tenant_id: str) -> None:
        self.moves = moves
        self.tx = moves.tx
        self.key = key
        self.tenant_id = tenant_id
        self.agents: list[Agent] = []
        self.new_agents: list[Agent] = []
        self.policies: list[RegisteredPolicy] = []
        self.new_policies: list[RegisteredPolicy] = []
        self.new: list[Definition] = []
        self.all: list[Definition] = []
        self.resources: list[Resource] = []
        self.files: list[int] = []  # the keys of those that are only kept
        self.processes: dict[int, ReadProcess] = {}
        self._unchanged_bound: list[tuple[ReadFile, ReadProcess, ProcessDefinition]] = []

    def add(self, read: ReadFile) -> None:
        for card in (read.agent, *read.agents_needed):
            if card is not None:
                self._add_agent(card)
        if read.policy is not None:
            self._add_policy(read.policy)
        elif read.decisions is not None:
            self._add_decisions(read)
        elif read.form is not None:
            self._add_form(read)
        elif read.is_only_kept:
            self._add_kept(read)
        for one in read.processes:
            self._add_process(read, one)

    def _add_agent(self, card: AgentCard) -> None:
        made, is_new = registry.planned(self.moves, card)
        self.agents.append(made)
        if is_new and self.tx.sight is not None:
            raise NotAllowed(f"Agent '{card.id}' would be registered for all tenants, and you see some of them only.")
        if is_new:
            self.new_agents.append(made)

    def _add_policy(self, document: PolicyDocument) -> None:
        made, is_new = policy_registry.planned(self.moves, document, self.tenant_id)
        self.policies.append(made)
        if is_new:
            self.new_policies.append(made)

    def _add_kept(self, read: ReadFile) -> None:
        known = definitions.kept(self.tx, read.file.name, self.tenant_id)
        is_unchanged = known is not None and known[1] == read.file.digest
        self.files.append(known[0] if known is not None and is_unchanged else self._resource(read.file))

    def renew_bound(self) -> None:
        """Something is new: what binds by deployment must find it."""
        for read, one, row in self._unchanged_bound:
            self.all.remove(row)
            self._new_process(read, one, row.version)

    def _add_process(self, read: ReadFile, one: ReadProcess) -> None:
        latest = definitions.latest(self.tx, ProcessDefinition, one.process.id, self.tenant_id)
        if latest is None or latest.digest != read.digest:
            self._new_process(read, one, latest.version if latest else 0)
            return
        self.all.append(latest)
        if one.binds_by_deployment:
            self._unchanged_bound.append((read, one, latest))

    def _new_process(self, read: ReadFile, one: ReadProcess, last_version: int) -> None:
        for file in read.companions:
            self._resource(file)
        row = ProcessDefinition(
            key=self.tx.next_key(),
            process_id=one.process.id,
            version=last_version + 1,
            name=one.process.name,
            version_tag=one.process.version_tag,
            dialect=one.dialect,
            startable=one.is_startable,
            digest=read.digest,
            resource_name=read.file.name,
            resource_key=self._resource(read.file),
            deployment_key=self.key,
            history_days=one.process.history_days,
            starter_groups=list(one.process.candidate_starter_groups) or None,
            starter_users=list(one.process.candidate_starter_users) or None,
            tenant_id=self.tenant_id,
        )
        self.processes[row.key] = one
        self._is_new(row)

    def _add_decisions(self, read: ReadFile) -> None:
        found = read.decisions
        assert found is not None
        latest = definitions.latest(self.tx, DecisionRequirements, found.id, self.tenant_id)
        if latest is not None and latest.digest == read.digest:
            decisions = definitions.of_requirements(self.tx, latest.key)
            self.all += [latest, *decisions]
            return
        ids = {decision.id for decision in found.decisions}
        policy_registry.check_may_replace(self.moves, ids, self.tenant_id)
        # Decisions are found by their own ids. The model's may stand twice: modelers call every one "definitions".
        same = [one for one in self.new if isinstance(one, DecisionRequirements) and one.requirements_id == found.id]
        requirements = DecisionRequirements(
            key=self.tx.next_key(),
            requirements_id=found.id,
            version=(latest.version if latest else 0) + len(same) + 1,
            name=found.name,
            digest=read.digest,
            resource_name=read.file.name,
            resource_key=self._resource(read.file),
            deployment_key=self.key,
            tenant_id=self.tenant_id,
        )
        self._is_new(requirements)
        for decision in found.decisions:
            before = definitions.latest(self.tx, DecisionDefinition, decision.id, self.tenant_id)
            self._is_new(
                DecisionDefinition(
                    key=self.tx.next_key(),
                    decision_id=decision.id,
                    version=before.version + 1 if before else 1,
                    name=decision.name,
                    version_tag=decision.version_tag,
                    requirements_key=requirements.key,
                    deployment_key=self.key,
                    tenant_id=self.tenant_id,
                )
            )

    def _add_form(self, read: ReadFile) -> None:
        form = read.form
        assert form is not None
        latest = definitions.latest(self.tx, FormDefinition, form.id, self.tenant_id)
        if latest is not None and latest.digest == read.file.digest:
            self.all.append(latest)
            return
        self._is_new(
            FormDefinition(
                key=self.tx.next_key(),
                form_id=form.id,
                version=latest.version + 1 if latest else 1,
                version_tag=form.version_tag,
                digest=read.file.digest,
                resource_name=read.file.name,
                resource_key=self._resource(read.file),
                deployment_key=self.key,
                tenant_id=self.tenant_id,
            )
        )

    def _is_new(self, row: Definition) -> None:
        self.new.append(row)
        self.all.append(row)

    def _resource(self, file: NamedFile) -> int:
        for known in self.resources:
            if known.name == file.name:
                return known.key
        resource = Resource(self.tx.next_key(), self.key, file.name, file.digest, file.content)
        self.resources.append(resource)
        return resource.key

    def of(self, kind: type[Any]) -> tuple[Any, ...]:
        return tuple(row for row in self.all if isinstance(row, kind))

    def deployment(self, order: Order, moves: Moves, dry_run: bool) -> Deployment:
        return Deployment(
            key=0 if dry_run else self.key,
            deployed_at=moves.now,
            name=order.name,
            processes=self.of(ProcessDefinition),
            decisions=self.of(DecisionDefinition),
            requirements=self.of(DecisionRequirements),
            forms=self.of(FormDefinition),
            agents=tuple(self.agents),
            policies=tuple(self.policies),
            findings=order.findings,
            duplicate=not (self.new or self.resources or self.new_agents or self.new_policies),
            source=order.source,
            deployed_by=moves.by.id,
            tenant_id=self.tenant_id,
        )


def _store(moves: Moves, order: Order, draft: _Draft) -> None:
    row = DeploymentRow(draft.key, order.name, order.source, moves.now, moves.by.id, draft.tenant_id)
    definitions.add_deployment(moves.tx, row, draft.resources)
    definitions.add(moves.tx, draft.new)
    for agent in draft.new_agents:
        registry.store(moves, agent)
    for policy in draft.new_policies:
        policy_registry.store(moves, policy)
    definitions.add_items(moves.tx, draft.key, draft.all, draft.files)
    new = [one for one in draft.new if isinstance(one, ProcessDefinition)]
    starts = [
        StartSubscription(start.kind, start.name, one.process_id, start.element_id, one.key, one.tenant_id)
        for one in new
        for start in draft.processes[one.key].named_starts
    ]
    subscriptions.replace_starts(moves.tx, draft.tenant_id, [one.process_id for one in new], starts)
    due = [
        StartTimer(one.key, start.element_id, start.due_at, start.repetitions)
        for one in new
        for start in draft.processes[one.key].timer_starts
    ]
    timers.replace_starts(moves.tx, draft.tenant_id, [one.process_id for one in new], due, moves.now)
    moves.tell(
        0,
        events.DEPLOYED,
        deployment_key=str(draft.key),
        name=order.name,
        tenant_id=named(draft.tenant_id),
        files={file.name: file.digest for read in order.files for file in (read.file, *read.companions)},
        processes={one.process_id: one.version for one in draft.of(ProcessDefinition)},
        decisions={one.decision_id: one.version for one in draft.of(DecisionDefinition)},
        forms={one.form_id: one.version for one in draft.of(FormDefinition)},
        agents={one.id: one.version for one in draft.agents},
        policies={one.id: one.version for one in draft.policies},
    )
