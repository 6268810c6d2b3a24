"""The engine: deployments, instances, messages, timers and incidents; jobs, tasks, repairs, the house beside it.

Every verb is one transaction, refuses with an error of `engine.errors`, and returns frozen data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from bpmn import dmn
from bpmn.errors import Finding
from bpmn.policies import PolicyDocument
from engine import commands, deployments, messages, skipping
from engine.actors import SYSTEM, Actor
from engine.deployments import Deployment, NamedFile, Order, Registered
from engine.engine.base import POSTPONED_SECONDS
from engine.engine.batches import BatchVerbs
from engine.engine.choices import ChoiceVerbs
from engine.engine.evaluating import EvaluationVerbs
from engine.engine.governing import GoverningVerbs
from engine.engine.house import HouseVerbs
from engine.engine.limiting import LimitVerbs
from engine.engine.notifying import NotificationVerbs
from engine.engine.once import OnceVerbs
from engine.engine.policing import PolicyVerbs
from engine.engine.presence import PresenceVerbs
from engine.engine.reminding import ReminderVerbs
from engine.engine.sealing import SealVerbs
from engine.engine.sharing import SharingVerbs
from engine.engine.signals import SignalVerbs
from engine.engine.tasks import TaskVerbs
from engine.engine.tenancy import TenantVerbs
from engine.engine.work import JobVerbs
from engine.errors import EngineError, IllegalMove, InvalidInput, NotFound, StoreUnavailable
from engine.messages import MessageResult, Publication
from engine.moves import Compiled, Moves, Start
from engine.states import AgentState
from engine.store import definitions, instances, search, timers
from engine.store.instances import Instance
from engine.tenants import meant
from engine.timers import MustBeTakenBack, fire, fire_all, in_turns, put_off
from engine.variables import checked, checked_text

Json = Any

#: Timers that fire in one transaction: enough to share its commit, few enough for others not to wait for it.
MOST_FIRED_TOGETHER = 25


class Engine(
    JobVerbs,
    TaskVerbs,
    ChoiceVerbs,
    SharingVerbs,
    SignalVerbs,
    HouseVerbs,
    TenantVerbs,
    LimitVerbs,
    GoverningVerbs,
    PolicyVerbs,
    EvaluationVerbs,
    BatchVerbs,
    NotificationVerbs,
    ReminderVerbs,
    SealVerbs,
    OnceVerbs,
    PresenceVerbs,
):
    """Runs processes. `connectors` and `policies` are for the worker, which finds them here; both may be left out."""

    def deploy(  # noqa: PLR0913 - what a deployment may say
        self,
        files: Sequence[NamedFile],
        *,
        by: Actor,
        name: str = "",
        dry_run: bool = False,
        source: str = "",
        registers_agents: bool = False,
        tenant_id: str = "",
    ) -> Deployment:
        """Deploy files, all or none, for a tenant. A dry run stores nothing and tells what would be.

        `registers_agents`: whoever deploys vouches for the agents that the AI tasks need and nobody has registered.

        Raises `InvalidInput`, `TooLarge`, or `ModelRejected` with every finding.
        """
        checked_text(name, "name")
        checked_text(source, "source")
        # Reading and compiling take the longest, and need no transaction.
        owner = meant(checked_text(tenant_id, "tenant_id") or "", self.sight_of(by))
        known = self.store.look(lambda tx: definitions.known_ids(tx, owner))
        cards = {agent.id: agent.card for agent in self.queries.agents() if agent.state is not AgentState.RETIRED}
        registered = Registered(cards, self.must_agents_be_registered, by.id if registers_agents else "")

        def judge_policy(document: PolicyDocument, beside: Mapping[str, dmn.Definitions], line: int) -> list[Finding]:
            return self.policy_findings(document, owner, beside, line)

        parts = (self.clock.now(), known, self.connectors.types(), owner, registered, judge_policy)
        order = Order.of(files, name, source, *parts)
        deployed = self._act("deploy", by, lambda moves: deployments.deploy(moves, order, dry_run=dry_run))
        if deployed.policies:
            self.forget_policies()
        return deployed

    def start(  # noqa: PLR0913 - what a start may say
        self,
        *,
        by: Actor,
        process_id: str = "",
        definition_key: int = 0,
        version: int = 0,
        variables: Mapping[str, Json] | None = None,
        business_key: str | None = None,
        idempotency_key: str = "",
        at: Sequence[str] = (),
        tenant_id: str = "",
    ) -> Instance:
        """Start an instance of a definition (by key), a version, or the latest version of a process.

        It begins at its none start event, or before the elements `at`, by id. The same `idempotency_key` again gives
        the instance that it started, see `once`. Raises `NotFound`, `InvalidInput`, `IllegalMove` when the process has
        no none start event, `NotAllowed` when others are named to start it, `KeyReused`.
        """
        if not process_id and not definition_key:
            raise InvalidInput("Say which process to start.", {"process_id": "or definition_key is required"})
        given = checked(variables)
        checked_text(process_id, "process_id")
        checked_text(business_key, "business_key")
        checked_text(tenant_id, "tenant_id")
        named = (process_id, definition_key, version)

        def act(moves: Moves) -> Instance:
            compiled = self._wanted(moves, named, tenant_id)
            deployments.check_may_start(compiled.row, moves.by)
            places = [commands.Activate(one) for one in _known(at, compiled)]
            row = moves.start(Start(compiled, given, business_key, at=places))
            skipping.check_beginning(moves, row, compiled.definition.process, at, "started there")
            return instances.public(row)

        def start() -> Instance:
            return self._asked("start", by, act)

        if not idempotency_key:
            return start()
        owner = [tenant_id] if tenant_id else []
        request = ["start", *named, given, business_key, *at, *owner]
        answer = self.once(idempotency_key, request, lambda: str(start().key), by=by)
        return self._instance(int(answer.value))

    def _wanted(self, moves: Moves, named: tuple[str, int, int], tenant_id: str) -> Compiled:
        process_id, definition_key, version = named
        if not definition_key:
            return self.library.processes.wanted(moves.tx, process_id, version, moves.tenant(tenant_id))
        compiled = moves.process(definition_key)
        if tenant_id not in ("", compiled.row.tenant_id):
            raise NotFound(f"There is no process definition {definition_key} of the tenant '{tenant_id[:60]}'.")
        return compiled

    def _instance(self, key: int) -> Instance:
        with self.store.reading() as tx:
            found = search.find_instance(tx, key)
        if found is None:
            raise NotFound(f"There is no process instance {key} any more.")
        return found

    def publish_message(  # noqa: PLR0913 - what a message may say
        self,
        name: str,
        *,
        by: Actor,
        correlation_key: str = "",
        variables: Mapping[str, Json] | None = None,
        time_to_live_seconds: float = 0.0,
        message_id: str = "",
        business_key: str | None = None,
        tenant_id: str = "",
    ) -> MessageResult:
        """Give a message to all who wait for it and to the processes it starts; keep it while its time to live lasts.

        Raises `Conflict` when one with the same name, correlation key and `message_id` is kept.
        """
        checked_text(tenant_id, "tenant_id")
        kept = (time_to_live_seconds, message_id, business_key)
        published = Publication(name, correlation_key, variables or {}, *kept, tenant_id=tenant_id)
        return self._asked("publish_message", by, lambda moves: messages.publish(moves, published))

    def fire_due_timers(self, *, limit: int = 100) -> int:
        """Fire timers whose time has come, many in one transaction; returns how many fired.

        Each fires as it would alone: where one cannot, nothing of the transaction is stored, and both halves are fired
        anew, down to transactions of one.
        """
        now = self.clock.now()
        if not self.store.look(lambda tx: timers.is_due(tx, now)):  # the usual case: no need to write anything
            return 0
        due = self.store.run(lambda tx: timers.hold_due(tx, now, limit))
        turns = in_turns(due)
        starts = range(0, len(turns), MOST_FIRED_TOGETHER)
        return sum(self._fire_many(list(chain(*turns[start : start + MOST_FIRED_TOGETHER]))) for start in starts)

    def _fire_many(self, due: Sequence[timers.Timer]) -> int:
        if len(due) > 1:
            try:
                return self._act("fire_timer", SYSTEM, lambda moves: fire_all(moves, due))
            except StoreUnavailable:
                raise
            except (EngineError, MustBeTakenBack):
                # Half of them may well do together: one that fails must not cost all others a transaction each.
                middle = len(due) // 2
                return self._fire_many(due[:middle]) + self._fire_many(due[middle:])
        return sum(self._fire(timer) for timer in due)

    def _fire(self, timer: timers.Timer) -> bool:
        try:
            return self._act("fire_timer", SYSTEM, lambda moves: fire(moves, timer))
        except IllegalMove:
            # The element cannot take it now (an incident holds it). The others must not wait for that.
            self.store.run(lambda tx: timers.postpone(tx, timer.key, self.clock.now(), POSTPONED_SECONDS))
            return False
        except MustBeTakenBack as failure:
            reason = str(failure)
            self._act("fire_timer", SYSTEM, lambda moves: put_off(moves, timer, reason))
            return True


def _known(element_ids: Sequence[str], compiled: Compiled) -> Sequence[str]:
    """The ids. Raises `InvalidInput` when one of them is no element of the process."""
    unknown = [one for one in element_ids if one not in compiled.definition.process.by_id]
    if unknown:
        text = f"Process '{compiled.row.process_id}' has no element '{unknown[0][:100]}' to begin at."
        raise InvalidInput(text, {"at": "no such element"})
    return element_ids
