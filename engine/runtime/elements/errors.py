"""BPMN errors: thrown at a token, caught around it or by a caller, or told as uncaught (zeebe-extensions §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import EventKind
from engine import events
from engine.runtime.elements.throws import Throw, asked_callers, caught
from engine.runtime.problem import UNHANDLED_ERROR, Problem

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


def throw_from(token: Token, code: str, message: str, variables: Mapping[str, Json], phase: str = "work") -> bool:
    """Throw an error at `token`. True when nothing more happens here: it is caught, or the callers are asked.

    False when Camunda 7 lets an uncaught error end its flow quietly. Raises `Problem` UNHANDLED_ERROR_EVENT when nobody
    catches it in other dialects.
    """
    token.workflow.note(events.ERROR_THROWN, token, {"code": code, "message": message})
    throw = Throw(EventKind.ERROR, code, message, variables)
    if caught(token, throw) or asked_callers(token, throw, phase):
        return True
    return uncaught(token, code, message)


def uncaught(token: Token, code: str, message: str) -> bool:
    """Nobody catches the error. False in Camunda 7, where it ends its flow (camunda7-extensions §7).

    Activiti and Flowable fail there (ErrorPropagation), as Camunda 8 does.
    """
    definition = token.workflow.definition
    if not definition.is_camunda7 or definition.is_relative:
        raise Problem(UNHANDLED_ERROR, _uncaught(token, code, message))
    token.workflow.note(events.ERROR_UNCAUGHT, token, {"code": code})
    return False


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
