"""Business rule tasks: a decision evaluated on the spot, or a job.

Camunda 8 gives the decision's own value to the result variable; Camunda 7 shapes the matched rows by mapDecisionResult
(camunda7-extensions §2) and keeps the raw rows as the local variable `decisionResult`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bpmn import languages
from bpmn.errors import EvaluationError
from bpmn.model import CalledDecision, FlowNode
from engine import events
from engine.errors import NotFound
from engine.runtime.bindings import CompiledBinding
from engine.runtime.elements.service_task import ServiceTask
from engine.runtime.elements.variables import receive
from engine.runtime.formulas import Formula, formula
from engine.runtime.problem import CALLED_DECISION, DECISION_EVALUATION, Problem

if TYPE_CHECKING:
    from bpmn.dmn import DecisionResult
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
Rows = Sequence[Mapping[str, Json]]


class BusinessRuleTask(ServiceTask):
    """bpmn:businessRuleTask."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        self._decision = _Decision(node.decision) if node.decision else None

    def work(self, token: Token) -> bool:
        """Evaluate the decision with every variable the element sees."""
        if self._decision is None:
            return super().work(token)
        result = self._decision.ask(token)
        name = self._decision.called.result_variable or self.node.result_variable
        if token.workflow.definition.is_camunda7:
            token.workflow.scopes.set_local(token.id, {"decisionResult": languages.as_json(list(result.rows))})
        if self._decision.called.map_result == "variables":
            receive(token, self._decision.variables(token, result), self.output_mappings)
        elif name:
            receive(token, {name: self._decision.shape(result)}, self.output_mappings)
        return True


class _Decision:
    def __init__(self, called: CalledDecision) -> None:
        self.called = called
        self._id = Formula(called.decision_id)
        self._binding = CompiledBinding(called.binding)
        self._must_match = formula(called.fails_without_match)

    def variables(self, token: Token, result: DecisionResult) -> dict[str, Json]:
        """Flowable's dmn task: the outputs of one rule by name; of several, the rows under the decision's id."""
        decision_id = self._id.text(token)
        if not result.rows:
            if self._must_match is not None and self._must_match.boolean(token):
                raise Problem(DECISION_EVALUATION, f"No rule of the decision '{decision_id}' matched.")
            return {}
        rows: list[dict[str, Json]] = languages.as_json([dict(row) for row in result.rows])
        return rows[0] if len(rows) == 1 else {decision_id: rows}

    def ask(self, token: Token) -> DecisionResult:
        process = token.workflow
        decision_id = self._id.text(token)
        variables = process.scopes.visible(token)
        try:
            process.spend_on_decision()
            made = process.services.decide(decision_id, self._binding.evaluate(token), variables)
        except NotFound as error:
            raise Problem(CALLED_DECISION, str(error)) from error
        except EvaluationError as error:
            raise Problem(DECISION_EVALUATION, f"Decision '{decision_id}' could not be evaluated: {error}") from error
        process.note(
            events.DECISION_EVALUATED,
            token,
            {
                "decision_id": decision_id,
                "version": made.version,
                "inputs": dict(made.inputs),
                "output": languages.as_json(made.result.value),
                "matched": languages.as_json(made.result.matched),
            },
        )
        return made.result

    def shape(self, result: DecisionResult) -> Json:
        if not self.called.map_result:
            return languages.as_json(result.value)
        return languages.as_json(_SHAPES[self.called.map_result](result.rows))


def _single_result(rows: Rows) -> Json:
    if len(rows) > 1:
        raise Problem(
            DECISION_EVALUATION, f"mapDecisionResult singleResult takes one matched rule, but {len(rows)} did."
        )
    return dict(rows[0]) if rows else None


def _single_entry(rows: Rows) -> Json:
    row = _single_result(rows)
    if not row:
        return None
    if len(row) > 1:
        raise Problem(DECISION_EVALUATION, f"mapDecisionResult singleEntry takes one output, but there are {len(row)}.")
    return next(iter(row.values()))


def _collect_entries(rows: Rows) -> Json:
    if any(len(row) > 1 for row in rows):
        raise Problem(DECISION_EVALUATION, "mapDecisionResult collectEntries takes decisions with one output.")
    return [next(iter(row.values())) for row in rows if row]


_SHAPES = {
    "resultList": lambda rows: [dict(row) for row in rows],
    "singleResult": _single_result,
    "singleEntry": _single_entry,
    "collectEntries": _collect_entries,
}
