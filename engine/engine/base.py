"""What all verbs share: the four replaceable parts, and how a verb is run."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar

import structlog

from connectors.base import Connector
from engine import taking_back
from engine.actors import SYSTEM, Actor
from engine.clock import Clock
from engine.decisions import Decisions
from engine.deployments import Processes
from engine.errors import EngineError, StepFailed, StoreUnavailable
from engine.messages import post
from engine.moves import Compiled, Moves
from engine.observer import Observer, Unobserved
from engine.policies import Policies
from engine.queries import Queries
from engine.runtime.process import Decide
from engine.signals import MOST_AT_ONCE, deliver
from engine.step import CallWait, UserTaskWait
from engine.store import Store, UnitOfWork, signals
from engine.store.definitions import Home
from engine.store.signals import Delivery
from engine.taking_back import check_done
from engine.tenants import Sight
from engine.user_tasks import Forms
from engine.vault import Vault

T = TypeVar("T")
log = structlog.get_logger()

MOST_DELIVERED_AT_ONCE = MOST_AT_ONCE
# What an instance cannot take now (an incident holds it) is tried again after this long.
POSTPONED_SECONDS = 60.0


class Connectors(Protocol):
    """Which connectors are there; `connectors.registry.Registry` is one."""

    def get(self, type: str) -> Connector | None:
        """The connector of a job type, None when there is none."""

    def types(self) -> frozenset[str]:
        """Every job type that has one."""


class NoConnectors:
    """For an engine whose work is all done by outside workers."""

    def get(self, type: str) -> Connector | None:
        return None

    def types(self) -> frozenset[str]:
        return frozenset()


class DeployedLibrary:
    """Everything deployed, found and kept ready: processes, decisions and forms."""

    def __init__(self) -> None:
        self.processes = Processes()
        self.decisions = Decisions()
        self.forms = Forms()

    def process(self, tx: UnitOfWork, key: int) -> Compiled:
        return self.processes.process(tx, key)

    def called(self, tx: UnitOfWork, wait: CallWait, home: Home) -> Compiled | None:
        return self.processes.called(tx, wait, home)

    def decide(self, tx: UnitOfWork, home: Home, now: datetime) -> Decide:
        return self.decisions.decide(tx, home, now)

    def form(self, tx: UnitOfWork, form_id: str, binding: tuple[str, str], home: Home) -> tuple[int, int] | None:
        return self.forms.find(tx, form_id, binding, home)

    def task_form(self, tx: UnitOfWork, wait: UserTaskWait, home: Home) -> UserTaskWait:
        return self.forms.task_form(tx, wait, home)


class Verbs:
    """The parts, and the frame around every verb."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        connectors: Connectors | None = None,
        policies: Policies | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.connectors: Connectors = connectors or NoConnectors()
        self.policies = policies or Policies()
        self.library = DeployedLibrary()
        self.observer: Observer = Unobserved()
        self.vault = Vault()
        self.must_agents_be_registered = False  # those that a diagram names must be, in any case
        self.sight: Sight = None
        self.queries = Queries(store, clock, self.library, self.library.forms)
        self._unspread = _Unspread()

    def for_tenants(self, sight: Sight) -> Self:
        """The same engine, to whom what belongs to other tenants is not there. All share everything else."""
        if sight is None:
            return self
        narrowed = copy(self)
        narrowed.sight = sight
        narrowed.queries = self.queries.for_tenants(sight)
        return narrowed

    def sight_of(self, by: Actor) -> Sight:
        """The tenants of whoever asks: their own, else those that this engine is for."""
        return self.sight if by.tenants is None else by.tenants

    def _tried(self, verb: str, by: Actor, act: Callable[[Moves], T]) -> T:
        """Run a verb and take everything back: what it would answer, or the error that it would raise."""

        def work(moves: Moves) -> T:
            raise _TakenBack(_all_done(moves, verb, act))

        try:
            return self._act(verb, by, work)
        except _TakenBack as taken_back:
            return taken_back.answer  # type: ignore[no-any-return]

    def _asked(self, verb: str, by: Actor, act: Callable[[Moves], T]) -> T:
        """Run a verb whose caller waits for what follows from it. Raises `StepFailed`, see `engine.taking_back`."""
        try:
            return self._act(verb, by, lambda moves: _all_done(moves, verb, act))
        except StepFailed as failed:
            self._tell_taken_back(by, failed)
            raise

    def _tell_taken_back(self, by: Actor, failed: StepFailed) -> None:
        try:
            self._move(failed.verb, by, lambda moves: taking_back.tell(moves, failed))
        except EngineError as problem:  # the caller is to hear of the step, not of the trail
            log.warning("no record of a request that was taken back", verb=failed.verb, error=str(problem))

    def _act(self, verb: str, by: Actor, act: Callable[[Moves], T]) -> T:
        """Run a verb: one transaction, in which it moves instances and leaves its trace.

        Signals that it sent are given to their receivers afterwards, each in a transaction of its own.
        """
        with self.observer.verb(verb):
            result, sent = self._move(verb, by, act)
        if self._unspread.signals is None:
            self._spread(sent)
        else:
            self._unspread.signals.extend(sent)
        return result

    @contextmanager
    def _spreading_last(self) -> Iterator[None]:
        """Inside, verbs leave their signals undelivered; they are delivered at its end, when all is committed."""
        sent: list[int] = []
        self._unspread.signals = sent
        try:
            yield
        finally:
            self._unspread.signals = None
        self._spread(sent)

    def _move(self, verb: str, by: Actor, act: Callable[[Moves], T]) -> tuple[T, Sequence[int]]:
        def work(tx: UnitOfWork) -> tuple[T, Sequence[int]]:
            before, tx.sight = tx.sight, self.sight_of(by)
            try:
                moves = Moves(tx, self.library, self.clock.now(), by)
                result = act(moves)
                post(moves)
                moves.finish(verb)
                return result, moves.sent
            finally:
                tx.sight = before

        return self.store.run(work)

    def _spread(self, sent: Sequence[int]) -> None:
        """Give signals, and those that they lead to, to their receivers. The scheduler has what is too much here."""
        waiting, left = deque(sent), MOST_DELIVERED_AT_ONCE
        while waiting and left:
            with self.store.reading() as tx:
                found = signals.deliveries(tx, waiting.popleft(), self.clock.now(), left)
            left -= len(found)
            for delivery in found:
                waiting.extend(self._deliver(delivery))

    def _deliver(self, delivery: Delivery) -> Sequence[int]:
        """Give a signal to one receiver; returns the signals that this sent. What cannot be done now is tried later."""
        try:
            return self._move("deliver_signal", SYSTEM, lambda moves: deliver(moves, delivery))[1]
        except StoreUnavailable:
            log.warning("signal not delivered: the database is away", signal=delivery.signal_key)
        except EngineError as problem:
            # The sender has committed: its verb must not fail because of somebody who listens.
            log.warning("signal not delivered yet", signal=delivery.signal_key, error=str(problem))
            self.store.run(lambda tx: signals.postpone(tx, delivery, self.clock.now(), POSTPONED_SECONDS))
        return ()


def _all_done(moves: Moves, verb: str, act: Callable[[Moves], T]) -> T:
    result = act(moves)
    post(moves)
    check_done(moves, verb)
    return result


class _Unspread(threading.local):
    """The signals that a thread's verbs sent and that wait for the end of their common transaction."""

    signals: list[int] | None = None


class _TakenBack(Exception):
    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer
