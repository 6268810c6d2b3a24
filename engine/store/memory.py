"""What one process remembers of the database between transactions, to ask less often.

Nothing here can make an answer wrong: bindings are kept under the number of the deployment they were found at, and the
end of an audit chain is only believed when the database confirms it in the statement that moves it on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from engine.audit import Head

T = TypeVar("T")
MOST_BINDINGS = 10_000


class Memory:
    """One per store, shared by its threads; single dictionary operations need no lock."""

    def __init__(self) -> None:
        self.audit_ends: dict[int, Head] = {}
        self.stands: dict[Any, Any] = {}  # of people's verdicts, see `engine.judgements`
        self._bindings: dict[tuple[Any, ...], Any] = {}

    def binding(self, deployments: int, key: tuple[Any, ...], find: Callable[[], T]) -> T:
        """What `find` gave when `deployments` was the count of deployments; found anew when there are more."""
        bindings = self._bindings
        known = (deployments, *key)
        if known in bindings:
            found: T = bindings[known]
            return found
        if len(bindings) >= MOST_BINDINGS:
            self._bindings = bindings = {}
        found = find()
        bindings[known] = found
        return found
