"""Seals the audit trail every so often, and hands what was sealed to a keeper outside of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from engine.engine import Engine
from engine.seals import Seal, Signer

#: How many seals go to the keeper at once.
_MOST = 1000


class Keeper(Protocol):
    """Keeps seals outside, in order."""

    def last(self) -> int:
        """The number of the newest seal that is kept; 0 for none."""

    def keep(self, seals: Sequence[Seal]) -> None:
        """Add seals at the end."""


class Sealer:
    """Any number of nodes may have one: seals are numbered in the database, so only one of them makes each."""

    def __init__(self, engine: Engine, signer: Signer, keeper: Keeper | None, *, every: timedelta) -> None:
        self._engine = engine
        self._signer = signer
        self._keeper = keeper
        self._every = every
        self._at: datetime | None = None

    def seal_when_due(self) -> bool:
        """Seal when the last time is long enough ago; whether it was due."""
        now = self._engine.clock.now()
        if self._at is not None and abs(now - self._at) < self._every:
            return False
        self._at = now
        self.seal()
        return True

    def seal(self) -> Seal | None:
        """Seal what is new, and bring the keeper all that it lacks: also what a killed node had not brought."""
        seal = self._engine.seal_audit(self._signer)
        if self._keeper is not None:
            while missing := self._engine.queries.seals(after=self._keeper.last(), most=_MOST):
                self._keeper.keep(missing)
        return seal
