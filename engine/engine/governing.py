"""The verbs that govern AI: which agents there are, what is stopped and goes on."""

from __future__ import annotations

from bpmn.agents import AgentCard
from engine import events, registry
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import InvalidInput, NotFound
from engine.moves import Moves
from engine.scopes import STOPPABLE, Scope, ScopeKind
from engine.states import AgentState
from engine.store import stops
from engine.store.agents import Agent
from engine.store.stops import Stop
from engine.store.wakeups import JOBS
from engine.variables import checked_text


class GoverningVerbs(Verbs):
    """Who may ask for these is for the API to say."""

    def register_agent(self, card: AgentCard, *, by: Actor) -> Agent:
        """Store a card as the next version of its agent, in service at once; the same one again changes nothing.

        Raises `IllegalMove` for an agent that is retired.
        """
        return self._act("register_agent", by, lambda moves: registry.register(moves, card))

    def change_agent(self, id: str, state: AgentState, *, reason: str = "", by: Actor) -> Agent:
        """Suspend an agent, resume it or retire it for good. Raises `NotFound`, `IllegalMove`, `InvalidInput`."""
        checked_text(reason, "reason", most=2000)

        def act(moves: Moves) -> Agent:
            moves.tx.announce(JOBS)
            return registry.change(moves, id, state, reason)

        return self._act("change_agent", by, act)

    def stop_ai(self, kind: ScopeKind, name: str = "", *, reason: str = "", by: Actor) -> Stop:
        """From now on no call of a model begins there, on any node, and answers under way are discarded.

        Stopping what is stopped changes the reason alone. Raises `InvalidInput`.
        """
        scope = _stoppable(kind, name, reason)

        def act(moves: Moves) -> Stop:
            before = stops.lock(moves.tx, scope)
            since = before.stopped_at if before is not None and before.is_on else moves.now
            stop = Stop(scope, True, reason, since, moves.now, moves.by.id)
            stops.put(moves.tx, stop, is_new=before is None)
            moves.tell(0, events.AI_STOPPED, kind=kind.value, name=name, reason=reason)
            return stop

        return self._act("stop_ai", by, act)

    def start_ai(self, kind: ScopeKind, name: str = "", *, reason: str = "", by: Actor) -> None:
        """Lift a stop; what waited goes on within seconds. Raises `NotFound` when nothing is stopped there."""
        scope = _stoppable(kind, name, reason)

        def act(moves: Moves) -> None:
            stop = stops.lock(moves.tx, scope)
            if stop is None or not stop.is_on:
                raise NotFound(f"Nothing is stopped by a stop on {scope.said}.")
            lifted = Stop(scope, False, stop.reason, stop.stopped_at, moves.now, moves.by.id)
            stops.put(moves.tx, lifted, is_new=False)
            moves.tell(0, events.AI_STARTED, kind=kind.value, name=name, reason=reason)
            moves.tx.announce(JOBS)

        self._act("start_ai", by, act)


def _stoppable(kind: ScopeKind, name: str, reason: str) -> Scope:
    checked_text(name, "name")
    checked_text(reason, "reason", most=2000)
    if kind not in STOPPABLE:
        listed = ", ".join(sorted(one.value for one in STOPPABLE))
        raise InvalidInput(f"A {kind.value} cannot be stopped by name. Stop one of: {listed}.", {"kind": listed})
    return Scope.checked(kind, name)
