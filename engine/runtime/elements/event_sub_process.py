"""Event sub-processes: a scope inside a scope that an event opens (BPMN 2.0.2, 10.3.5 and 13.5.4).

While the enclosing scope runs, each start event waits in it. Interrupting, it ends everything else there; not
interrupting, it may come any number of times, each time with a scope of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import EventKind
from engine.runtime.elements.catching import WatchingEvent, forget, new_token
from engine.runtime.elements.scopes import FIRST, WATCHES, SubProcess, begin_inside, interrupt
from engine.runtime.elements.throws import Throw
from engine.runtime.elements.variables import hand_up

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


class EventSubProcess(SubProcess):
    """bpmn:subProcess with triggeredByEvent: begins with the token that its start event made."""

    def work(self, token: Token) -> bool:
        """Let the start event go on."""
        begin_inside(token)
        return False


class EventSubProcessStart(WatchingEvent):
    """The start event of an event sub-process. Its host is the enclosing scope, where it waits.

    One token waits in the enclosing scope; when the event comes, another one stands at the start of `body`.
    """

    register = WATCHES
    body: EventSubProcess

    def place(self, host: Token) -> Token:
        """The enclosing scope: its variables are there when it opens."""
        return host

    def host_of(self, token: Token) -> Token | None:
        return token.parent

    def waits_beside(self, token: Token) -> bool:
        return token.parent is not None and token.parent.task_spec is not self.body

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """Begin the event sub-process, and wait again when it interrupts nothing."""
        scope = token.scope
        self.begin(scope, payload)
        if not self.node.interrupting:
            self.wait_again(token, repetitions)

    def begin(self, scope: Token, payload: Mapping[str, Json], throw: Throw | None = None) -> None:
        """The event has come, with these variables or as what was thrown: open `body` in the enclosing scope."""
        process = scope.workflow
        inside = process.spawn(self.body, scope)
        first = new_token(self, inside)
        first.memo["phase"] = self.first_phase
        process.scopes.set_local(first.id, payload if throw is None else self.caught_variables(throw, first))
        inside.memo[FIRST] = first.id
        if self.interrupts and self.event.kind is not EventKind.COMPENSATE:
            interrupt(scope, by=inside)

    def catch(self, host: Token, throw: Throw) -> None:
        """What was thrown in the enclosing scope begins the event sub-process."""
        self.begin(host, {}, throw)

    def leave(self, token: Token) -> None:
        """Hand over what came with the event: all of it upward, or what the output mappings say.

        Camunda 8 keeps what comes with an error to the event, unless mapped (zeebe-extensions §3).
        """
        scopes = token.workflow.scopes
        stays = self.output_mappings or self.event.kind is EventKind.ERROR
        if self.definition.is_camunda7 or not stays:
            scopes.merge(token.scope, dict(scopes.local(token.id)))
        hand_up(token, self.output_mappings)

    def _on_cancel(self, my_task: Token) -> None:
        # A terminate end event ends what waits beside it, one by one.
        if my_task.parent is not None:
            forget(my_task.parent, WATCHES, my_task.id)
        super()._on_cancel(my_task)
