"""BPMN errors: thrown at a token, caught around it, handed to the caller or told as uncaught (zeebe-extensions §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import EventKind
from engine import events
from engine.runtime.elements.throws import Throw, find_catch
from engine.runtime.problem import UNHANDLED_ERROR, Problem
from engine.step import Outcome

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


def throw_from(token: Token, code: str, message: str, variables: Mapping[str, Json]) -> bool:
    """Throw an error at `token`. True when the flow of this token is over: caught, or handed to the caller.

    False when Camunda 7 lets an uncaught error end its flow quietly. Raises `Problem` UNHANDLED_ERROR_EVENT when nobody
    catches it in Camunda 8 and plain BPMN.
    """
    process = token.workflow
    process.note(events.ERROR_THROWN, token, {"code": code, "message": message})
    throw = Throw(EventKind.ERROR, code, message, variables)
    found = find_catch(token, throw)
    if found is not None:
        process.note(events.ERROR_CAUGHT, found.host, {"code": code, "by": found.event.id})
        found.event.catch(found.host, throw)
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


def _uncaught(token: Token, code: str, message: str) -> str:
    known = sorted(
        event.event.error.code.text
        for element in token.workflow.definition.elements
        for event in (*element.event_starts, *element.boundaries)
        if event.event.error is not None and event.event.error.code is not None
    )
    said = f" with the message '{message}'" if message else ""
    hint = f"Codes that this process catches: {', '.join(known)}." if known else "This process catches no errors."
    return f"Error '{code}'{said} was thrown at {token.task_spec.node.label}, and no event catches it. {hint}"
