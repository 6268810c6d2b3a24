"""An engine that dies right before and right after every commit, and comes back with nothing but its database.

What the caller does then is what a good client does: it tries again what was not done, looks for what it was not told,
and is refused when it asks for the same thing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import text

from connectors.base import Connector
from connectors.registry import Registry
from engine.clock import FakeClock
from engine.engine import Engine
from engine.errors import EngineError
from engine.events import REQUEST_TAKEN_BACK
from engine.policies import Policies
from engine.queries import AuditFilter, InstanceFilter, JobFilter, Page
from engine.states import JobState
from engine.store import open_store

T = TypeVar("T")
MOST = Page(limit=1000)
# Asking for these twice must be refused: the work is done, the answer was lost.
ONCE_ONLY = frozenset({"complete_job", "fail_job", "throw_error", "complete_task"})
# Asking for these again gives the answer that was lost.
REPEATABLE = frozenset({"start", "claim_jobs", "deploy"})
# These are asked until nothing is left to do.
LOOPING = frozenset({"fire_due_timers", "deliver_signals"})
# These answer with the instances that they began.
BEGINNING = frozenset({"evaluate_conditions", "restart"})


class Death(BaseException):
    """The process is gone: nothing between here and `Mortal` may catch it."""


class Mortal:
    """Stands in for an `Engine`. `deaths` counts how often it died at which moment."""

    def __init__(self, url: str, clock: FakeClock, connectors: Mapping[str, Connector] | None = None) -> None:
        self.deaths = {"before": 0, "after": 0}
        self.clock = clock
        self._url, self._connectors = url, connectors
        self._is_immortal = False
        self._was_spared = False  # the commit that comes now killed us the last time
        self._spared = 0  # so many commits come through unharmed
        self._has_begun = False  # an earlier transaction of the verb is in the books
        self._starts = 0
        self._open()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        if not callable(found) or name == "queries":
            return found
        return lambda *given, **named: self._survive(name, given, named)

    def close(self) -> None:
        self._store.close()

    def _open(self) -> None:
        self._store = open_store(self._url, on_commit=self._die)
        registry = Registry(self._connectors, use_entry_points=False)
        self._engine = Engine(self._store, self.clock, registry, Policies())
        self._undisturbed(lambda: self._store.keys)  # a process begins with a commit for its number

    def _die(self, moment: str) -> None:
        if self._is_immortal:
            return
        if self._spared:
            self._spared -= moment == "after"
            self._has_begun |= moment == "after"
            return
        if moment == "before" and self._was_spared:
            return
        self._was_spared = moment == "before"
        self.deaths[moment] += 1
        raise Death(moment)

    def _survive(self, verb: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if verb == "start":
            self._starts += 1
            named.setdefault("idempotency_key", f"start-{self._starts}")
        before, taken_back = self._known(verb), self._taken_back(verb)
        while True:
            self._has_begun = False
            try:
                return self._ask(verb, given, named)
            except Death as death:
                self._store.close()
                self._open()
                if verb in LOOPING:
                    self._let_holds_lapse()
                if self._taken_back(verb) != taken_back:
                    # Only the trace of the attempt was left; who asks again hears why it cannot be done.
                    return self._undisturbed(lambda: self._ask(verb, given, named))
                if str(death) == "after" or (self._has_begun and verb not in REPEATABLE | LOOPING):
                    return self._undisturbed(lambda: self._find_out(verb, given, named, before))

    def _ask(self, verb: str, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        return getattr(self._engine, verb)(*given, **named)

    def _find_out(self, verb: str, given: tuple[Any, ...], named: Mapping[str, Any], before: Any) -> Any:
        """How the caller learns what came of it when it was not told."""
        while self._engine.deliver_signals(limit=100):
            pass  # what every scheduler does, whoever sent them
        if verb in ONCE_ONLY:
            return self._refused(verb, given, named)
        if verb == "claim_jobs":
            self._let_leases_lapse(named["worker"], before)
        if verb in BEGINNING:
            new = [one for one in reversed(self._instances()) if one.key not in before and one.parent_key is None]
            return new[0] if verb == "restart" else new
        if verb in LOOPING:
            return 1
        return self._ask(verb, given, named) if verb in REPEATABLE else None

    def _taken_back(self, verb: str) -> int:
        """How often it was asked for in vain so far."""
        records = self._engine.queries.audit(AuditFilter(verb=verb), MOST).items
        return sum(REQUEST_TAKEN_BACK in (record.payload or "") for record in records)

    def _known(self, verb: str) -> Any:
        if verb == "claim_jobs":
            return {job.key: job.claims for job in self._held()}
        return {one.key for one in self._instances()} if verb in BEGINNING else None

    def _refused(self, verb: str, given: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        try:
            self._ask(verb, given, named)
        except EngineError:
            return
        raise AssertionError(f"{verb} was done twice")

    def _let_leases_lapse(self, worker: str, before: Mapping[int, int]) -> None:
        """Nobody was told of these jobs; in time they are anybody's."""
        for job in self._held():
            if before.get(job.key) != job.claims:
                self._engine.extend_lease(job.key, worker=worker, seconds=0.001)
        self.clock.advance(0.01)

    def _let_holds_lapse(self) -> None:
        """What was held by the dead is free in time. Taking hold of it again is spared, or nothing would ever come."""
        with self._store.sql.connect() as connection:
            connection.execute(text("UPDATE timers SET held_until = 0"))
            connection.commit()
        self._spared = 1

    def _undisturbed(self, do: Callable[[], T]) -> T:
        self._is_immortal = True
        try:
            return do()
        finally:
            self._is_immortal = False

    def _held(self) -> Any:
        return self._engine.queries.jobs(JobFilter(state=JobState.ACTIVATED), MOST).items

    def _instances(self) -> Any:
        return self._engine.queries.instances(InstanceFilter(), MOST).items
