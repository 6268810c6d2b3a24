"""Publishing a message without a worker (zeebe:publishMessage): to whom waits now, to others while it is kept.

It carries the local variables of the throwing event, that is its input mappings, as a signal does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn import timers
from bpmn.errors import EvaluationError
from bpmn.model import EventDefinition
from engine.runtime.formulas import Formula, formula
from engine.runtime.problem import EXTRACT_VALUE, Problem
from engine.step import MessageThrown
from engine.variables import MOST_NAME

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

LONGEST_SECONDS = 10 * 365 * 24 * 3600


class PublishedMessage:
    """The compiled message of a throwing event."""

    def __init__(self, event: EventDefinition) -> None:
        assert event.message is not None
        assert event.message.name is not None
        assert event.publication is not None
        said = event.publication
        self._name = Formula(event.message.name)
        self._key = formula(said.correlation_key)
        self._id = formula(said.message_id)
        self._kept = formula(said.time_to_live)

    def send(self, token: Token) -> None:
        """Publish it. Raises `Problem`, and then nothing was published."""
        thrown = MessageThrown(
            _named(self._name.text(token)),
            "",
            dict(token.workflow.scopes.local(token.id)),
            "",
            _named(self._key.optional_text(token) if self._key else None),
            _named(self._id.optional_text(token) if self._id else None),
            self._seconds(token),
        )
        token.workflow.step.messages.append(thrown)

    def _seconds(self, token: Token) -> float:
        said = self._kept.raw(token) if self._kept else None
        if said in (None, ""):
            return 0.0
        try:
            seconds = timers.seconds(said, token.workflow.services.now)
        except EvaluationError as error:
            raise Problem(EXTRACT_VALUE, f"The time to live of the message cannot be read: {error}") from error
        return float(min(max(seconds, 0), LONGEST_SECONDS))


def _named(text: str | None) -> str:
    if text is not None and len(text) > MOST_NAME:
        raise Problem(EXTRACT_VALUE, f"A message's name, key or id has at most {MOST_NAME} characters: {text[:60]}...")
    return text or ""
