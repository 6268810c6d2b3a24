"""Decisions that were made, as Camunda 8's clients look at them (c8-rest.md). Values are JSON texts.

One is known by one key: that of its evaluation, and of the decision that was asked in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from api.camunda8.asked import searched
from api.camunda8.cluster_variables import camunda8
from api.camunda8.decisions import TYPES, inputs_shown, json_text, rules_shown
from api.camunda8.moments import shown
from api.camunda8.searching import Property, key, moment, number, text, word
from api.context import engine
from engine.errors import NotFound
from engine.queries import Comparison, Search
from engine.store.finds_decided import EVALUATIONS, FoundEvaluation

__all__ = ["camunda8"]

Json = Any

FILTER: Mapping[str, Property] = {
    "decisionEvaluationInstanceKey": Property("key", key, sorts=True),
    "decisionEvaluationKey": Property("key", key, sorts=True),
    "decisionDefinitionId": Property("decision_id", text, sorts=True),
    "decisionDefinitionKey": Property("decision_key", key, sorts=True),
    "rootDecisionDefinitionKey": Property("decision_key", key, sorts=True),
    "decisionDefinitionName": Property("decision_name", text, sorts=True),
    "decisionDefinitionVersion": Property("version", number, sorts=True),
    "decisionRequirementsKey": Property("requirements_key", key),
    "evaluationDate": Property("evaluated_at", moment, sorts=True),
    "elementInstanceKey": Property("element_key", key, sorts=True),
    "processInstanceKey": Property("instance_key", key, sorts=True),
    "processDefinitionKey": Property("process_key", key, sorts=True),
    "businessId": Property("business_key", text, sorts=True),
    "state": Property("is_made", word({"EVALUATED": (True,), "FAILED": (), "UNSPECIFIED": (), "UNKNOWN": ()})),
}


@camunda8.post("/decision-instances/search")
def search_decided() -> Response:
    """Decisions that were made, by any of their facts. One that failed is an incident instead."""
    return searched(EVALUATIONS, FILTER, _shown)


@camunda8.get("/decision-instances/<int:key>")
def show_decided(key: int) -> Response:
    """One of them, with its inputs and the rules that matched."""
    found = engine().queries.find(EVALUATIONS, Search((Comparison("key", "eq", key),)))
    if not found.items:
        raise NotFound(f"There is no decision instance {key}.")
    [one] = found.items
    told = _asked(one)
    return jsonify({**_json(one), "evaluatedInputs": inputs_shown(told), "matchedRules": rules_shown(told)})


def _shown(found: Sequence[FoundEvaluation]) -> list[dict[str, Json]]:
    return [_json(one) for one in found]


def _asked(found: FoundEvaluation) -> Mapping[str, Json]:
    """What is on record of the decision that was asked: the last one, behind those that it requires."""
    told = [one for one in found.evaluation.matched if one["decision_id"] == found.evaluation.decision_id]
    return told[-1] if told else {}


def _json(found: FoundEvaluation) -> dict[str, Json]:
    """DecisionInstanceResult."""
    one = found.evaluation
    decision_key = str(found.decision_key or 0)
    return {
        "decisionEvaluationInstanceKey": str(one.key),
        "decisionEvaluationKey": str(one.key),
        "decisionDefinitionId": one.decision_id,
        "decisionDefinitionKey": decision_key,
        "rootDecisionDefinitionKey": decision_key,
        "decisionDefinitionName": found.decision_name or one.decision_id,
        "decisionDefinitionType": TYPES.get(_asked(found).get("type", ""), "UNSPECIFIED"),
        "decisionDefinitionVersion": one.version,
        "state": "EVALUATED",
        "evaluationDate": shown(one.evaluated_at),
        "evaluationFailure": None,
        "result": json_text(one.output),
        "elementInstanceKey": str(one.element_key),
        "processInstanceKey": str(one.instance_key),
        "rootProcessInstanceKey": str(found.root_key),
        "processDefinitionKey": str(found.process_key),
        "businessId": None,
        "tenantId": found.tenant_id,
    }
