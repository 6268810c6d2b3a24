"""The verbs that govern AI: which agents there are, what is stopped, what may be spent, how far answers go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from bpmn.agents import AgentCard
from engine import events, judgements, registry
from engine.actors import Actor, ActorKind
from engine.budgets import Budget, Exhausted, Period, checked
from engine.engine.base import Verbs
from engine.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from engine.gates import autonomy
from engine.moves import Moves
from engine.scopes import STOPPABLE, Scope, ScopeKind
from engine.states import AgentState
from engine.store import agents, budgets, stops
from engine.store import autonomy as autonomy_rows
from engine.store import judgements as judgement_rows
from engine.store.agents import Agent
from engine.store.autonomy import Autonomy
from engine.store.judgements import Place
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

    def set_budget(
        self,
        kind: ScopeKind,
        name: str = "",
        *,
        amount: Decimal | str | float,
        by: Actor,
        period: Period = Period.TOTAL,
        then: Exhausted = Exhausted.PERSON,
    ) -> Budget:
        """Let no more than so many US dollars be spent there; in the place of the budget with that scope and period.

        What was spent before stays spent. Raises `InvalidInput`.
        """
        checked_text(name, "name")
        scope, value = Scope.checked(kind, name), checked(amount)

        def act(moves: Moves) -> Budget:
            budget = Budget(scope, period, value, then, moves.now, moves.by.id)
            budgets.put(moves.tx, budget)
            moves.tell(
                0,
                events.BUDGET_SET,
                kind=kind.value,
                name=name,
                period=period.value,
                amount=format(value, "f"),
                then=then.value,
            )
            moves.tx.announce(JOBS)
            return budget

        return self._act("set_budget", by, act)

    def remove_budget(self, kind: ScopeKind, name: str = "", *, period: Period = Period.TOTAL, by: Actor) -> None:
        """Take a budget away; what was spent stays in its books. Raises `NotFound`, `InvalidInput`."""
        scope = Scope.checked(kind, name)

        def act(moves: Moves) -> None:
            if not budgets.remove(moves.tx, scope, period):
                raise NotFound(f"There is no budget ({period.value}) on {scope.said}.")
            moves.tell(0, events.BUDGET_REMOVED, kind=kind.value, name=name, period=period.value)

        self._act("remove_budget", by, act)

    def set_autonomy(self, wish: AutonomyWish, *, by: Actor) -> Autonomy:
        """Say how far an agent's answers may go at an element: lower at once, higher with evidence and by a person.

        Raises `InvalidInput`, `NotFound` for an agent that is not registered, `NotAllowed` for a program that would
        raise a level, `IllegalMove` when people's verdicts do not show yet that the promise is kept.
        """
        _check(wish)

        def act(moves: Moves) -> Autonomy:
            if agents.find(moves.tx, wish.agent_id) is None:
                raise NotFound(f"There is no agent '{wish.agent_id}'. Register it first.")
            before = autonomy_rows.lock(moves.tx, *wish.place)
            new = _planned(moves, wish)
            autonomy_rows.put(moves.tx, new)
            autonomy.tell(moves, new, before.level if before else "")
            return new

        return self._act("set_autonomy", by, act)


@dataclass(frozen=True, slots=True)
class AutonomyWish:
    """How far an agent's answers are to go: `level` is shadow, suggest, sampled or auto.

    The last two need `model`, and the `target_error` that is promised; `fingerprint` "" takes the newest that people
    have judged there.
    """

    agent_id: str
    process_id: str
    element_id: str
    level: str
    model: str = ""
    fingerprint: str = ""
    target_error: float | None = None
    reason: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where: agent, process, element, model."""
        return self.agent_id, self.process_id, self.element_id, self.model


def _check(wish: AutonomyWish) -> None:
    for name in ("agent_id", "process_id", "element_id"):
        checked_text(getattr(wish, name), name, is_required=True)
    for name in ("model", "fingerprint", "reason"):
        checked_text(getattr(wish, name), name, most=2000)
    if wish.level not in autonomy.LEVELS:
        listed = ", ".join(autonomy.LEVELS)
        raise InvalidInput(f"There is no level '{wish.level[:60]}'. There are: {listed}.", {"level": listed})
    if wish.level in autonomy.PASSING and not (wish.model and wish.target_error and 0 < wish.target_error < 1):
        raise InvalidInput(
            f"The level '{wish.level}' is for one model and promises an error rate: say both.",
            {"model": "the model, as diagrams name it", "target_error": "above 0 and below 1"},
        )


def _planned(moves: Moves, wish: AutonomyWish) -> Autonomy:
    bare = Autonomy(*wish.place, wish.level, "", None, None, (), 0, wish.reason, moves.now, moves.by.id)
    if wish.level not in autonomy.PASSING or wish.target_error is None:
        return bare
    if moves.by.kind is not ActorKind.HUMAN:
        raise NotAllowed(f"A person must decide that answers go to '{wish.level}'; {moves.by.id} is none.")
    fingerprint = wish.fingerprint or _newest(moves, wish)
    bar = judgements.bar(moves.tx, Place(wish.process_id, wish.element_id, wish.model, fingerprint), wish.target_error)
    if bar.confidence is None:
        raise IllegalMove(
            f"{bar.judged} recorded verdicts on '{wish.model}' at '{wish.element_id}' do not show that at most "
            f"{wish.target_error:.1%} of its answers are wrong. It takes {bar.needed} or more: let it suggest."
        )
    known = replace(bare, fingerprint=fingerprint, least_confidence=bar.confidence, target_error=wish.target_error)
    return replace(known, baseline=autonomy.baseline(moves, known))


def _newest(moves: Moves, wish: AutonomyWish) -> str:
    places = judgement_rows.places(moves.tx, wish.process_id)
    found = (one for one in places if (one.element_id, one.model) == (wish.element_id, wish.model))
    newest = next(found, None)
    return newest.fingerprint if newest else ""


def _stoppable(kind: ScopeKind, name: str, reason: str) -> Scope:
    checked_text(name, "name")
    checked_text(reason, "reason", most=2000)
    if kind not in STOPPABLE:
        listed = ", ".join(sorted(one.value for one in STOPPABLE))
        raise InvalidInput(f"A {kind.value} cannot be stopped by name. Stop one of: {listed}.", {"kind": listed})
    return Scope.checked(kind, name)
