"""Boundary events: catch something beside a running activity (BPMN 2.0.2, 10.5.4 and 13.5.3).

What waits for something outside has a token of its own beside the activity; errors are looked up when one is thrown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.runtime.elements.catching import WatchingEvent, close_events, forget, new_token
from engine.runtime.elements.throws import Throw
from engine.runtime.elements.variables import receive
from engine.runtime.lingering import follow

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any
BOUNDARIES = "boundaries"


class BoundaryEvent(WatchingEvent):
    """bpmn:boundaryEvent. Its host is the activity it is attached to."""

    register = BOUNDARIES

    def place(self, host: Token) -> Token:
        """The scope around the activity, so input mappings of the activity are not seen (zeebe-extensions §8)."""
        return host.scope

    def host_of(self, token: Token) -> Token | None:
        return token.workflow.tasks.get(token.memo["host"])

    def _attached(self, token: Token, host: Token) -> None:
        token.memo["host"] = host.id

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """Interrupt the activity, or go on beside it and wait again."""
        if self.node.interrupting:
            return self.interrupt(token, payload)
        self._go_on(new_token(self, token.scope), payload)
        return self.wait_again(token, repetitions)

    def interrupt(self, token: Token, payload: Mapping[str, Json]) -> None:
        """End the activity and go on from here."""
        token.workflow.close_waits(token)
        host = self.host_of(token)
        del token.memo["host"]
        if host is not None:
            forget(host, self.register, token.id)
            host.cancel()
        receive(token, payload, self.output_mappings)
        self._leave(token, host)

    def catch(self, host: Token, throw: Throw) -> None:
        """The variables of an error are local to this event in Camunda 8 (zeebe-extensions §3)."""
        scopes = host.workflow.scopes
        token = new_token(self, host.scope)
        if self.interrupts:
            host.cancel()
        if self.definition.is_camunda7:
            scopes.merge(token, self.caught_variables(throw, token))
        else:
            scopes.set_local(token.id, self.caught_variables(throw, token))
        self._leave(token, host if self.interrupts else None)

    def waits_beside(self, token: Token) -> bool:
        return "host" in token.memo

    def _go_on(self, token: Token, payload: Mapping[str, Json]) -> None:
        receive(token, payload, self.output_mappings)
        self._leave(token)

    def _leave(self, token: Token, ended: Token | None = None) -> None:
        """Go on, once the activity that was ended has gone."""
        token.memo["phase"] = self.first_phase
        if ended is None or not follow(ended, token):
            token.workflow.ready(token)


def close_boundaries(host: Token) -> None:
    """The activity is over, one way or the other: what waited beside it goes."""
    close_events(host, BOUNDARIES)
