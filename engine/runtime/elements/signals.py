"""Sending a signal: everybody who waits for its name hears it, in whichever instance (BPMN 2.0.2, 10.5.5).

What it carries: in Camunda 8 the local variables of the throwing event, that is its input mappings; in Camunda 7 what
its camunda:in elements name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import EventDefinition, Payload
from engine.runtime.formulas import Formula, formula
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


class SignalSender:
    """The compiled signal of a throwing event."""

    def __init__(self, event: EventDefinition) -> None:
        assert event.signal is not None
        assert event.signal.name is not None
        self._name = Formula(event.signal.name)
        self._only_here = event.signal.only_here
        self._payload = event.payload or Payload()
        self._mappings = Mappings(self._payload.mappings)
        self._gives = Mappings(event.gives)
        self._business_key = formula(self._payload.business_key)

    def send(self, token: Token) -> None:
        """Throw it. Raises `Problem`, and then nothing was thrown."""
        name, carried = self._name.text(token), self._carried(token)
        key = self._business_key.optional_text(token) if self._business_key else None
        token.workflow.throw_signal(name, carried, key, only_here=self._only_here)

    def _carried(self, token: Token) -> Mapping[str, Json]:
        scopes = token.workflow.scopes
        if not token.workflow.definition.is_camunda7:
            return dict(scopes.local(token.id))
        carried: dict[str, Json] = {}
        if self._payload.all_variables:
            carried.update(scopes.local(token.id) if self._payload.local_only else scopes.visible(token))
        return carried | self._mappings.inputs(token) | self._gives.inputs(token)


def signal_sender(event: EventDefinition) -> SignalSender | None:
    """The sender of a signal event; None for other events."""
    return SignalSender(event) if event.signal is not None and event.signal.name is not None else None
