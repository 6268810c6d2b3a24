"""Objects that an expression or script is given by whoever runs it, such as Camunda 7's `execution` and `task`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class HostObject(Protocol):
    """An object with a vocabulary of its own: nothing of Python is reachable through it but these methods.

    JavaScript cannot call back while it runs, so a script works on a copy and its calls are made afterwards, in order.
    For that an object may also offer `snapshot() -> dict[str, Json]`, its readable properties at the start; `getX()`
    and the plain `x` then read from it, `setX(value)` and any other method are noted and made through `call` when the
    script has ended. Without `snapshot` a script can only make calls whose value it does not use.
    """

    def get(self, name: str) -> Any:
        """A property. Raises `EvaluationError` for one that is not offered."""

    def call(self, method: str, args: Sequence[Any]) -> Any:
        """The value of a method. Raises `EvaluationError` for one that is not offered."""
