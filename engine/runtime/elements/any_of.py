"""Events with several triggers: whichever comes first is the event (BPMN 2.0.2, 10.5.1, "Multiple")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.runtime.elements.waits import Single
    from engine.runtime.tokens import Token


class AnyOf:
    """Several things that an event waits for with one token; the first ends the waiting for the others."""

    def __init__(self, parts: Sequence[Single]) -> None:
        self.parts = tuple(parts)

    def evaluate(self, scope: Token) -> list[Any]:
        """What each is about: all of them, or a `Problem` for the first that cannot be known."""
        return [part.evaluate(scope) for part in self.parts]

    def open(self, token: Token, waits: list[Any]) -> None:
        """Wait for all."""
        for part, wait in zip(self.parts, waits, strict=True):
            part.open(token, wait)

    def again(self, token: Token, repetitions: int) -> bool:
        """Such an event interrupts (the check sees to it), so there is no second time."""
        return False
