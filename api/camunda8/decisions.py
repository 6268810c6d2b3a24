"""Decisions as Camunda 8's clients look at them and ask them (c8-rest.md). Values are JSON texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from pydantic import Field

from api.camunda8.asked import searched
from api.camunda8.definitions import camunda8, latest
from api.camunda8.routes import one_of, read_body, tenant_of
from api.camunda8.searching import Property, key, number, text
from api.camunda8.shapes import Camunda8Body
from api.context import actor, engine
from api.rest.shapes import KeyIn, Name, Variables
from engine.decisions import Decided
from engine.errors import NotFound
from engine.queries import Comparison, Search
from engine.store.definitions import DecisionRequirements
from engine.store.finds_deployed import DECISIONS, REQUIREMENTS, FoundDecision

__all__ = ["camunda8"]

Json = Any

DECISION_FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "decisionDefinitionKey": Property("key", key, sorts=True),
    "decisionDefinitionId": Property("decision_id", text, sorts=True),
    "name": Property("name", text, sorts=True),
    "version": Property("version", number, sorts=True),
    "decisionRequirementsId": Property("requirements_id", text, sorts=True),
    "decisionRequirementsKey": Property("requirements_key", key, sorts=True),
    "decisionRequirementsName": Property("requirements_name", text, sorts=True),
    "decisionRequirementsVersion": Property("requirements_version", number, sorts=True),
}
REQUIREMENTS_FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "decisionRequirementsKey": Property("key", key, sorts=True),
    "decisionRequirementsId": Property("requirements_id", text, sorts=True),
    "decisionRequirementsName": Property("name", text, sorts=True),
    "version": Property("version", number, sorts=True),
    "resourceName": Property("resource_name", text),
}
TYPES = {"decision table": "DECISION_TABLE", "literal expression": "LITERAL_EXPRESSION"}


class EvaluationBody(Camunda8Body):
    """DecisionEvaluationInstruction, by id or by key."""

    decision_definition_id: Name | None = None
    decision_definition_key: KeyIn | None = None
    variables: Variables = Field(default={})
    tenant_id: str | None = Field(default=None, max_length=255)


@camunda8.post("/decision-definitions/search")
def search_decisions() -> Response:
    """Decisions by any of their facts."""
    return searched(DECISIONS, DECISION_FILTER, _decisions, also=latest)


@camunda8.get("/decision-definitions/<int:key>")
def show_decision(key: int) -> Response:
    """One decision."""
    return jsonify(_decision(_found(key)))


@camunda8.get("/decision-definitions/<int:key>/xml")
def decision_xml(key: int) -> Response:
    """The file that it stands in, as it was uploaded."""
    content = engine().queries.requirements_xml(_found(key).decision.requirements_key)
    return Response(content, mimetype="text/xml")


@camunda8.post("/decision-definitions/evaluation")
def evaluate_decision() -> Response:
    """Ask a decision. One that fails answers with its failure."""
    body = read_body(EvaluationBody)
    one_of(decisionDefinitionId=body.decision_definition_id, decisionDefinitionKey=body.decision_definition_key)
    decided = engine().evaluate_decision(
        body.variables,
        decision_id=body.decision_definition_id or "",
        decision_key=body.decision_definition_key or 0,
        tenant_id=tenant_of(body.tenant_id) if body.tenant_id or not body.decision_definition_key else "",
        by=actor(),
    )
    return jsonify(_evaluation(decided))


@camunda8.post("/decision-requirements/search")
def search_requirements() -> Response:
    """Files of decisions by any of their facts."""
    return searched(REQUIREMENTS, REQUIREMENTS_FILTER, _requirements)


@camunda8.get("/decision-requirements/<int:key>")
def show_requirements(key: int) -> Response:
    """One file of decisions."""
    found = engine().queries.find(REQUIREMENTS, Search((Comparison("key", "eq", key),)))
    if not found.items:
        raise NotFound(f"There are no decision requirements {key}.")
    return jsonify(_requirements(found.items)[0])


@camunda8.get("/decision-requirements/<int:key>/xml")
def requirements_xml(key: int) -> Response:
    """The file, as it was uploaded."""
    return Response(engine().queries.requirements_xml(key), mimetype="text/xml")


def _found(key: int) -> FoundDecision:
    found = engine().queries.find(DECISIONS, Search((Comparison("key", "eq", key),)))
    if not found.items:
        raise NotFound(f"There is no decision definition {key}.")
    return found.items[0]


def _decisions(found: Sequence[FoundDecision]) -> list[dict[str, Json]]:
    return [_decision(one) for one in found]


def _decision(found: FoundDecision) -> dict[str, Json]:
    """DecisionDefinitionResult."""
    one = found.decision
    return {
        "decisionDefinitionKey": str(one.key),
        "decisionDefinitionId": one.decision_id,
        "name": one.name,
        "version": one.version,
        "decisionRequirementsId": found.requirements_id,
        "decisionRequirementsKey": str(one.requirements_key),
        "decisionRequirementsName": found.requirements_name,
        "decisionRequirementsVersion": found.requirements_version,
        "tenantId": one.tenant_id,
    }


def _requirements(found: Sequence[DecisionRequirements]) -> list[dict[str, Json]]:
    return [
        {
            "decisionRequirementsKey": str(one.key),
            "decisionRequirementsId": one.requirements_id,
            "decisionRequirementsName": one.name,
            "version": one.version,
            "resourceName": one.resource_name,
            "tenantId": one.tenant_id,
        }
        for one in found
    ]


def _evaluation(decided: Decided) -> dict[str, Json]:
    """EvaluateDecisionResult."""
    one = decided.decision
    return {
        "decisionDefinitionId": one.decision_id,
        "decisionDefinitionKey": str(one.key),
        "decisionDefinitionName": one.name,
        "decisionDefinitionVersion": one.version,
        "decisionEvaluationKey": str(decided.key),
        "decisionInstanceKey": str(decided.key),
        "decisionRequirementsId": decided.requirements.requirements_id,
        "decisionRequirementsKey": str(decided.requirements.key),
        "evaluatedDecisions": [
            _evaluated(decided, key, told) for key, told in zip(decided.keys, decided.matched, strict=True)
        ],
        "failedDecisionDefinitionId": one.decision_id if decided.failure else None,
        "failureMessage": decided.failure or None,
        "output": json_text(decided.output),
        "tenantId": one.tenant_id,
    }


def _evaluated(decided: Decided, key: int, told: Mapping[str, Json]) -> dict[str, Json]:
    """EvaluatedDecisionResult."""
    one = decided.others.get(told["decision_id"], decided.decision)
    return {
        "decisionDefinitionId": told["decision_id"],
        "decisionDefinitionKey": str(one.key),
        "decisionDefinitionName": told["decision_name"],
        "decisionDefinitionVersion": one.version,
        "decisionDefinitionType": TYPES.get(told["type"], "UNSPECIFIED"),
        "decisionEvaluationInstanceKey": str(key),
        "output": json_text(told["output"]),
        "evaluatedInputs": inputs_shown(told),
        "matchedRules": rules_shown(told),
        "tenantId": one.tenant_id,
    }


def inputs_shown(told: Mapping[str, Json]) -> list[dict[str, Json]]:
    """EvaluatedDecisionInputItem, of what is on record of a decision."""
    return [
        {"inputId": given["id"], "inputName": given["name"], "inputValue": json_text(given["value"])}
        for given in told.get("inputs", ())
    ]


def rules_shown(told: Mapping[str, Json]) -> list[dict[str, Json]]:
    """MatchedDecisionRuleItem."""
    return [_rule(rule) for rule in told.get("rules", ())]


def _rule(rule: Mapping[str, Json]) -> dict[str, Json]:
    """MatchedDecisionRuleItem. Outputs are known here by their names, which serve as ids, too."""
    said = {"ruleId": rule["id"], "ruleIndex": rule["index"]}
    outputs = rule["outputs"].items()
    return {
        **said,
        "evaluatedOutputs": [
            {"outputId": name, "outputName": name, "outputValue": json_text(value), **said} for name, value in outputs
        ],
    }


def json_text(value: Json) -> str:
    """The value as Camunda shows it: compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
