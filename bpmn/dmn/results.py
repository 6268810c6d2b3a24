"""What an evaluated decision says: its value, the matched rows, and the evidence of how it came to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Value = Any
Json = Any


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The outcome of one decision.

    `value` has Camunda 8's shape: the value of a single output, a context of several, a list for collecting hit
    policies, null without a match. `rows` are the matched rules' outputs by output name, in hit policy order, which
    Camunda 7's mapDecisionResult shapes; a decision without a table has one row with the variable's name. `matched` is
    JSON: one entry per decision evaluated on the way, required ones first, with its inputs and its matched rules.
    """

    value: Value
    rows: list[dict[str, Value]] = field(default_factory=list)
    matched: list[dict[str, Json]] = field(default_factory=list)
