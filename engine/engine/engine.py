"""The engine: deployments, instances, messages, timers and incidents; jobs, tasks, repairs, the house beside it.

Every verb is one transaction, refuses with an error of `engine.errors`, and returns frozen data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine import commands, deployments, events, incidents, messages
from engine.actors import SYSTEM, Actor
from engine.deployments import Deployment, NamedFile, Order
from engine.engine.base import POSTPONED_SECONDS
from engine.engine.choices import ChoiceVerbs
from engine.engine.history import HistoryVerbs
from engine.engine.house import HouseVerbs
from engine.engine.limiting import LimitVerbs
from engine.engine.once import OnceVerbs
from engine.engine.repair import RepairVerbs
from engine.engine.signals import SignalVerbs
from engine.engine.suspension import SuspensionVerbs
from engine.engine.tasks import TaskVerbs
from engine.engine.work import JobVerbs
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.messages import MessageResult, Publication
from engine.moves import Moves, Start
from engine.states import InstanceState, move
from engine.store import definitions, instances, search, timers
from engine.store.incidents import Incident
from engine.store.instances import Instance
from engine.timers import MustBeTakenBack, fire, put_off
from engine.variables import checked, checked_reason, checked_text

Json = Any


class Engine(
    JobVerbs,
    TaskVerbs,
    ChoiceVerbs,
    RepairVerbs,
    SuspensionVerbs,
    SignalVerbs,
    LimitVerbs,
    HouseVerbs,
    HistoryVerbs,
    OnceVerbs,
):
    """Runs processes. `connectors` and `policies` are for the worker, which finds them here; both may be left out."""

    def deploy(
        self, files: Sequence[NamedFile], *, by: Actor, name: str = "", dry_run: bool = False, source: str = ""
    ) -> Deployment:
        """Deploy files, all or none. A dry run stores nothing and tells what would be.

        Raises `InvalidInput`, `TooLarge`, or `ModelRejected` with every finding.
        """
        checked_text(name, "name")
        checked_text(source, "source")
        # Reading and compiling take the longest, and need no transaction.
        known = self.store.look(definitions.known_ids)
        order = Order.of(files, name, source, self.clock.now(), known, self.connectors.types())
        return self._act("deploy", by, lambda moves: deployments.deploy(moves, order, dry_run=dry_run))

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
    ) -> Instance:
        """Start an instance of a definition (by key), a version, or the latest version of a process.

        The same `idempotency_key` again gives the instance that it started, see `once`. Raises `NotFound`,
        `InvalidInput`, `IllegalMove` when the process has no none start event, `NotAllowed` when others are named to
        start it, `KeyReused`.
        """
        if not process_id and not definition_key:
            raise InvalidInput("Say which process to start.", {"process_id": "or definition_key is required"})
        given = checked(variables)
        checked_text(process_id, "process_id")
        checked_text(business_key, "business_key")
        named = (process_id, definition_key, version)

        def act(moves: Moves) -> Instance:
            compiled = self.library.processes.wanted(moves.tx, *named)
            deployments.check_may_start(compiled.row, moves.by)
            return instances.public(moves.start(Start(compiled, given, business_key)))

        def start() -> Instance:
            return self._act("start", by, act)

        if not idempotency_key:
            return start()
        request = ["start", *named, given, business_key]
        answer = self.once(idempotency_key, request, lambda: str(start().key), by=by)
        return self._instance(int(answer.value))

    def _instance(self, key: int) -> Instance:
        with self.store.reading() as tx:
            found = search.find_instance(tx, key)
        if found is None:
            raise NotFound(f"There is no process instance {key} any more.")
        return found

    def cancel(self, instance_key: int, *, reason: str = "", by: Actor) -> Instance:
        """End an instance where it stands, with everything that it called and waits for."""
        checked_reason(reason)

        def act(moves: Moves) -> Instance:
            row = moves.lock(instance_key)
            move("Process instance", row.key, row.state, InstanceState.TERMINATED)
            if row.parent_key is not None:
                raise IllegalMove(
                    f"Process instance {row.key} was called by another one and ends with it. "
                    f"Cancel the instance that all began with: {row.root_key}."
                )
            moves.tell(row, events.INSTANCE_CANCELED, reason=reason)
            moves.resume(row, commands.Cancel(reason))
            return instances.public(row)

        return self._act("cancel", by, act)

    def set_variables(
        self, instance_key: int, variables: Mapping[str, Json], *, by: Actor, scope_key: int = 0, local: bool = False
    ) -> None:
        """Change variables of a running instance: from a scope upward like a job's result, or `local`ly in it."""
        given = checked(variables)

        def act(moves: Moves) -> None:
            row = moves.lock(instance_key)
            scope = scope_key or instance_key
            moves.tell(row, events.VARIABLES_SET, scope_key=str(scope), local=local, variables=given)
            moves.resume(row, commands.SetVariables(scope, given, local))

        self._act("set_variables", by, act)

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
    ) -> MessageResult:
        """Give a message to all who wait for it and to the processes it starts; keep it while its time to live lasts.

        Raises `Conflict` when one with the same name, correlation key and `message_id` is kept.
        """
        published = Publication(name, correlation_key, variables or {}, time_to_live_seconds, message_id, business_key)
        return self._act("publish_message", by, lambda moves: messages.publish(moves, published))

    def resolve_incident(self, incident_key: int, *, by: Actor, retries: int | None = None) -> Incident:
        """Try again what raised the incident; what is still wrong raises a new one."""
        return self._act("resolve_incident", by, lambda moves: incidents.resolve(moves, incident_key, retries))

    def fire_due_timers(self, *, limit: int = 100) -> int:
        """Fire timers whose time has come, each in a transaction of its own; returns how many fired."""
        now = self.clock.now()
        if not self.store.look(lambda tx: timers.is_due(tx, now)):  # the usual case: no need to write anything
            return 0
        due = self.store.run(lambda tx: timers.hold_due(tx, now, limit))
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
