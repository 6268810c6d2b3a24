"""What moves need of everything that was deployed, and a cache for what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Generic, Protocol, TypeVar

from engine.runtime import Definition
from engine.runtime.process import Decide
from engine.step import CallWait, UserTaskWait
from engine.store import UnitOfWork
from engine.store.definitions import Home, ProcessDefinition

V = TypeVar("V")
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Compiled:
    """A process definition: its row, and what the runtime made of it."""

    row: ProcessDefinition
    definition: Definition


class Library(Protocol):
    """Where definitions come from."""

    def process(self, tx: UnitOfWork, key: int) -> Compiled:
        """The compiled definition. Raises `NotFound`."""

    def called(self, tx: UnitOfWork, wait: CallWait, home: Home) -> Compiled | None:
        """The process that a call activity means; None when there is none."""

    def decide(self, tx: UnitOfWork, home: Home, now: datetime) -> Decide:
        """How decisions are found and evaluated for a process of this home."""

    def form(self, tx: UnitOfWork, form_id: str, binding: tuple[str, str], home: Home) -> tuple[int, int] | None:
        """The key and version of the form that a process of this home means; None when there is none."""

    def task_form(self, tx: UnitOfWork, wait: UserTaskWait, home: Home) -> UserTaskWait:
        """The task with its form fixed to the version that is meant now."""


class Kept(Generic[V]):
    """The most recently used values by key. What a key stands for never changes, so nothing is ever invalidated."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._values: dict[int, V] = {}
        self._most = most
        self._lock = Lock()

    def get(self, key: int, make: Callable[[], V]) -> V:
        """The value; made outside of the lock when it is not there, because making it may take long."""
        with self._lock:
            found = self._values.pop(key, None)
            if found is not None:
                self._values[key] = found
                return found
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return made
