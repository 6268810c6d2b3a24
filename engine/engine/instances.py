"""The verbs of a running instance: end it, change its variables, try again what stopped it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import commands, duties, events, incidents, probes
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import IllegalMove
from engine.moves import Moves
from engine.states import InstanceState, move
from engine.store import instances
from engine.store.incidents import Incident
from engine.store.instances import Instance
from engine.variables import checked, checked_reason

Json = Any


class InstanceVerbs(Verbs):
    """What may be asked of an instance while it runs."""

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

        return self._asked("cancel", by, act)

    def set_variables(
        self, instance_key: int, variables: Mapping[str, Json], *, by: Actor, scope_key: int = 0, local: bool = False
    ) -> None:
        """Change variables of a running instance: from a scope upward like a job's result, or `local`ly in it."""
        given = checked(variables)

        def act(moves: Moves) -> None:
            row = moves.lock(instance_key)
            scope = scope_key or instance_key
            moves.tell(row, events.VARIABLES_SET, scope_key=str(scope), local=local, variables=given)
            duties.note_edit(moves, row)
            moves.resume(row, commands.SetVariables(scope, given, local))

        self._asked("set_variables", by, act)

    def resolve_incident(self, incident_key: int, *, by: Actor, retries: int | None = None) -> Incident:
        """Try again what raised the incident; what is still wrong raises a new one."""
        return self._act("resolve_incident", by, lambda moves: incidents.resolve(moves, incident_key, retries))

    def accept_outcome(self, incident_key: int, *, by: Actor, reason: str) -> Incident:
        """Take a claimed outcome that a probe did not bear out. Raises `NotFound`, `IllegalMove`, `InvalidInput`."""
        return self._act("accept_outcome", by, lambda moves: probes.accept(moves, incident_key, reason))

    def send_back(self, incident_key: int, *, by: Actor, reason: str) -> Incident:
        """Have the work done anew whose outcome a probe did not bear out. Raises as `accept_outcome`."""
        return self._act("send_back", by, lambda moves: probes.send_back(moves, incident_key, reason))
