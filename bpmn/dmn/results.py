"""What an evaluated decision says: its value, the matched rows, and the evidence of how it came to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bpmn.dmn.evidence import Evidence
    from bpmn.dmn.model import Rule

Value = Any
Json = Any


class DecisionResult:
    """The outcome of one decision.

    `value` has Camunda 8's shape: the value of a single output, a context of several, a list for collecting hit
    policies, null without a match. `rows` are the matched rules' outputs by output name, in hit policy order, which
    Camunda 7's mapDecisionResult shapes; a decision without a table has one row with the variable's name.
    """

    __slots__ = ("_evidence", "rows", "value")

    def __init__(self, value: Value, rows: list[dict[str, Value]], evidence: Sequence[Evidence]) -> None:
        self.value = value
        self.rows = rows
        self._evidence = evidence

    @property
    def hits(self) -> Sequence[tuple[Rule, Mapping[str, Value]]]:
        """The rules of the asked table that matched, with their own outputs, whatever the hit policy made of them."""
        return self._evidence[-1].found.matches if self._evidence else ()

    @property
    def matched(self) -> list[dict[str, Json]]:
        """JSON: one entry per decision evaluated on the way, required ones first, with its inputs and its matched
        rules."""
        return [evidence.entry() for evidence in self._evidence]
