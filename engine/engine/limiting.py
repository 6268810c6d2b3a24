"""The verbs of limits: how much of a kind of work may be done, on all nodes together."""

from __future__ import annotations

from engine import events
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import InvalidInput, NotFound
from engine.limits import Limit, LimitKind, burst, checked
from engine.moves import Moves
from engine.store import limits
from engine.variables import checked_text


class LimitVerbs(Verbs):
    """Who may ask for these is for the API to say."""

    def set_limit(
        self, kind: LimitKind, name: str, *, by: Actor, per_minute: int | None = None, at_once: int | None = None
    ) -> Limit:
        """Limit a job type or a model, by its name in diagrams, in the place of the limit that it has. None: without.

        Raises `InvalidInput`.
        """
        checked_text(name, "name", is_required=True)
        checked(per_minute, "per_minute")
        checked(at_once, "at_once")
        if per_minute is None and at_once is None:
            raise InvalidInput(
                "Say per_minute, at_once or both; to lift a limit, remove it.", {"per_minute": "missing"}
            )

        def act(moves: Moves) -> Limit:
            starts = burst(per_minute) if per_minute else 0.0
            made = Limit(kind, name, per_minute, at_once, starts, moves.now, moves.now, moves.by.id)
            limits.put(moves.tx, made)
            moves.tell(0, events.LIMIT_SET, kind=kind.value, name=name, per_minute=per_minute, at_once=at_once)
            return made

        return self._act("set_limit", by, act)

    def remove_limit(self, kind: LimitKind, name: str, *, by: Actor) -> None:
        """Lift a limit. Raises `NotFound`."""

        def act(moves: Moves) -> None:
            if not limits.remove(moves.tx, kind, name):
                raise NotFound(f"There is no limit on the {kind.value.replace('-', ' ')} '{name}'.")
            moves.tell(0, events.LIMIT_REMOVED, kind=kind.value, name=name)

        self._act("remove_limit", by, act)
