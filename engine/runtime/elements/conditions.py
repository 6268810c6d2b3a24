"""Which outgoing flows hold: the part that gateways and conditional flows of activities share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.runtime.problem import CONDITION, Problem

if TYPE_CHECKING:
    from engine.runtime.elements.base import Element, Flow
    from engine.runtime.tokens import Token


def true_flows(element: Element, token: Token, extra: Mapping[str, Any] | None = None) -> tuple[Flow, ...]:
    """The flows that hold, in document order: without a condition or with a true one, and never the default."""
    conditions = element.definition.conditions
    return tuple(
        flow
        for flow in element.flows
        if flow.id != element.node.default_flow
        and (flow.id not in conditions or conditions[flow.id].boolean(token, extra))
    )


def no_way(element: Element) -> Problem:
    """No condition holds, and there is no default flow."""
    return Problem(
        CONDITION,
        "Expected at least one condition to evaluate to true, or to have a default flow at gateway "
        f"{element.node.label}. Correct the variables, or draw a default flow.",
    )
