"""Who catches a BPMN error: the search outward from where it was thrown (zeebe-extensions §7, BPMN 2.0.2 13.5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import events
from engine.runtime.problem import UNHANDLED_ERROR, Problem
from engine.step import Outcome

if TYPE_CHECKING:
    from engine.runtime.elements.boundary_event import BoundaryEvent
    from engine.runtime.tokens import Token

Json = Any


def throw_from(token: Token, code: str, message: str, variables: Mapping[str, Json]) -> bool:
    """Throw an error at `token`. True when the flow of this token is over: caught, or handed to the caller.

    False when Camunda 7 lets an uncaught error end its flow quietly. Raises `Problem` UNHANDLED_ERROR_EVENT when nobody
    catches it in Camunda 8 and plain BPMN.
    """
    process = token.workflow
    process.note(events.ERROR_THROWN, token, {"code": code, "message": message})
    found = _catcher(token, code)
    if found is not None:
        host, boundary = found
        process.note(events.ERROR_CAUGHT, host, {"code": code, "by": boundary.id})
        boundary.catch_error(host, code, message, variables)
        return True
    if process.is_called:
        process.step.error = (code, message, dict(variables))
        process.step.outcome = Outcome.TERMINATED
        process.root.cancel()
        return True
    if process.definition.is_camunda7:
        process.note(events.ERROR_UNCAUGHT, token, {"code": code})
        return False
    raise Problem(UNHANDLED_ERROR, _uncaught(token, code, message))


def _catcher(token: Token, code: str) -> tuple[Token, BoundaryEvent] | None:
    host: Token | None = token
    while host is not None:
        catch_all = None
        for boundary in host.task_spec.boundaries:
            exact = boundary.catches_error(code)
            if exact:
                return host, boundary
            if exact is False:
                catch_all = catch_all or boundary
        if catch_all is not None:
            return host, catch_all
        host = host.parent
    return None


def _uncaught(token: Token, code: str, message: str) -> str:
    known = sorted(
        boundary.event.error.code.text
        for element in token.workflow.definition.elements
        for boundary in element.boundaries
        if boundary.event.error is not None and boundary.event.error.code is not None
    )
    said = f" with the message '{message}'" if message else ""
    hint = f"Codes that this process catches: {', '.join(known)}." if known else "This process catches no errors."
    return f"Error '{code}'{said} was thrown at {token.task_spec.node.label}, and no event catches it. {hint}"
