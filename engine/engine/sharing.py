"""The verbs of the cluster's variables, which expressions of all processes read as `camunda.vars`."""

from __future__ import annotations

import re
from typing import Any

from engine import events
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import Conflict, InvalidInput, NotFound
from engine.moves import Moves
from engine.store import cluster_variables
from engine.store.cluster_variables import ClusterVariable
from engine.variables import checked, checked_text

Json = Any
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class SharingVerbs(Verbs):
    """Who may ask for these is for the API to say. Instances see a change with their next step."""

    def set_cluster_variable(self, name: str, value: Json, *, by: Actor, is_new: bool) -> ClusterVariable:
        """Make a variable, or give the one of this name another value.

        Raises `InvalidInput`, `TooLarge`, `Conflict` for a new one when there is one of its name, `NotFound` when there
        is none to change.
        """
        checked_text(name, "name", is_required=True)
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"'{name[:60]}' is no name that FEEL could read.", {"name": "letters, digits and _"})
        given = checked({"value": value})["value"]

        def act(moves: Moves) -> ClusterVariable:
            found = cluster_variables.find(moves.tx, name)
            if is_new and found is not None:
                raise Conflict(f"There is a cluster variable '{name}' already. Change it instead.")
            if not is_new and found is None:
                raise NotFound(f"There is no cluster variable '{name}'.")
            made = ClusterVariable(name, given, moves.now, moves.by.id)
            cluster_variables.put(moves.tx, made, is_new=is_new)
            moves.tell(0, events.CLUSTER_VARIABLE_SET, name=name, value=given)
            return made

        return self._act("set_cluster_variable", by, act)

    def remove_cluster_variable(self, name: str, *, by: Actor) -> None:
        """Forget a variable: expressions read null from then on. Raises `NotFound`."""

        def act(moves: Moves) -> None:
            if cluster_variables.find(moves.tx, name) is None:
                raise NotFound(f"There is no cluster variable '{name}'.")
            cluster_variables.remove(moves.tx, name)
            moves.tell(0, events.CLUSTER_VARIABLE_REMOVED, name=name)

        self._act("remove_cluster_variable", by, act)
