"""Why a decision came out as it did, as JSON with ids, labels and values: for the audit, and for whoever asks."""

from __future__ import annotations

from typing import Any, NamedTuple

from bpmn.dmn.model import Decision, DecisionTable, LiteralExpression
from bpmn.dmn.table import TableResult
from bpmn.feel.values import Value
from bpmn.languages import as_json

Json = Any
_KINDS = {DecisionTable: "decision table", LiteralExpression: "literal expression"}


class Evidence(NamedTuple):
    """One evaluated decision. It becomes JSON only when somebody wants to see it."""

    decision: Decision
    found: TableResult
    value: Value

    def entry(self) -> dict[str, Json]:
        """The decision with its value; of a table also the inputs, and the rules that matched with their outputs."""
        decision = self.decision
        entry: dict[str, Json] = {
            "decision_id": decision.id,
            "decision_name": decision.name,
            "type": _KINDS.get(type(decision.logic), "boxed expression"),
            "output": as_json(self.value),
        }
        return entry | self._of_table(decision.logic) if isinstance(decision.logic, DecisionTable) else entry

    def _of_table(self, table: DecisionTable) -> dict[str, Json]:
        return {
            "hit_policy": " ".join(filter(None, (table.hit_policy, table.aggregation))),
            "inputs": [
                {"id": clause.id, "name": clause.label or clause.expression.text, "value": as_json(given)}
                for clause, given in zip(table.inputs, self.found.inputs, strict=True)
            ],
            "rules": [
                {"id": rule.id, "index": rule.index, "outputs": {name: as_json(one) for name, one in row.items()}}
                for rule, row in self.found.matches
            ],
        }
