"""What all questions share: where they look, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Self, TypeVar

from engine.clock import Clock
from engine.moves import Library
from engine.store import Store, UnitOfWork
from engine.tenants import Sight
from engine.user_tasks import Forms

T = TypeVar("T")


class Looking:
    """The database as those who ask may see it."""

    def __init__(self, store: Store, clock: Clock, library: Library, forms: Forms) -> None:
        self._store = store
        self._clock = clock
        self._library = library
        self._forms = forms
        self._sight: Sight = None

    def for_tenants(self, sight: Sight) -> Self:
        """The same questions, to which what belongs to other tenants is not there."""
        narrowed = copy(self)
        narrowed._sight = sight
        return narrowed

    def _ask(self, question: Callable[[UnitOfWork], T]) -> T:
        if self._sight is None:
            return self._store.look(question)

        def narrowed(tx: UnitOfWork) -> T:
            with tx.seeing(self._sight):
                return question(tx)

        return self._store.look(narrowed)
