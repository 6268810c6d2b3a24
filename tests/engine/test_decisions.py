"""Decision files at deployment and in business rule tasks: findings, imports, and what the audit says of a decision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import ModelRejected
from engine.queries import AuditFilter, Page
from tests.bpmn.dmn.models import SPECIFICATION, decision, file, literal, table
from tests.engine.support import World, end, line, start

RULE = (
    "decide",
    '<bpmn:businessRuleTask id="decide"><bpmn:extensionElements><zeebe:calledDecision decisionId="d" '
    'resultVariable="result"/></bpmn:extensionElements>%s</bpmn:businessRuleTask>',
)
PROCESS = line("p", start(), RULE, end())
KNOWS = '<knowledgeRequirement><requiredKnowledge href="there#b"/></knowledgeRequirement>'
IMPORTING = file(
    '<import name="lib" namespace="there" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
    decision("d", KNOWS + literal("lib.add(1)")),
    namespace=SPECIFICATION,
)


def library(body: str) -> bytes:
    knowledge = (
        '<businessKnowledgeModel id="b" name="add"><variable name="add"/><encapsulatedLogic><formalParameter name="x"/>'
        f"{literal(body)}</encapsulatedLogic></businessKnowledgeModel>"
    )
    return file(knowledge, namespace=SPECIFICATION).replace(b'"here"', b'"there"').replace(b'"defs"', b'"library"')


def result(world: World, **variables: Any) -> Any:
    return world.engine.queries.variables(world.start("p", **variables).key)["result"]


def test_remarks_about_decisions_are_told_and_do_not_keep_them_from_deploying(quick: World) -> None:
    overlapping = file(decision("d", table(["n"], ["x"], ("[1..5]", "1"), ("[5..9]", "2"))))
    deployed = quick.deploy(rates_dmn=overlapping)
    found = deployed.findings["rates.dmn"]
    assert ("warning", "rules-overlap", "d") in [(one.severity, one.rule, one.element) for one in found]
    assert any("when n is 5" in one.message for one in found)


def test_every_expression_that_cannot_be_read_refuses_the_deployment(quick: World) -> None:
    with pytest.raises(ModelRejected, match="2 more errors|1 more error") as caught:
        quick.deploy(a_dmn=file(decision("d", literal("1 +")), decision("e", literal("("))))
    assert [one.rule for one in caught.value.findings["a.dmn"]] == ["expression-syntax", "expression-syntax"]
    assert quick.engine.queries.deployments().items == ()


def test_a_file_may_import_another_of_its_deployment(world: World) -> None:
    world.deploy(PROCESS, main_dmn=IMPORTING, library_dmn=library("x + 1"))
    assert result(world) == 2
    with pytest.raises(ModelRejected, match="which was not given with this one"):
        world.deploy(main_dmn=IMPORTING.replace(b'name="Defs"', b'name="Other"'))


def test_a_change_of_what_is_imported_is_a_new_version_of_what_imports_it(quick: World) -> None:
    quick.deploy(PROCESS, main_dmn=IMPORTING, library_dmn=library("x + 1"))
    again = quick.deploy(main_dmn=IMPORTING, library_dmn=library("x + 1"))
    assert again.duplicate
    changed = quick.deploy(main_dmn=IMPORTING, library_dmn=library("x + 10"))
    assert [(one.decision_id, one.version) for one in changed.decisions] == [("d", 2)]
    assert result(quick) == 11


def test_the_audit_says_which_rules_matched_for_which_inputs(quick: World) -> None:
    quick.deploy(PROCESS, rates_dmn=file(decision("d", table(["n"], ["x"], ("< 5", '"low"'), (">= 5", '"high"')))))
    instance = quick.start("p", n=7)
    records = quick.engine.queries.audit(AuditFilter(instance_key=instance.key), Page(limit=100)).items
    events = [event for record in records for event in json.loads(record.payload or '{"events": []}')["events"]]
    [decided] = [event["data"] for event in events if event["type"] == "decision-evaluated"]
    [evaluated] = decided["matched"]
    assert (decided["decision_id"], decided["output"]) == ("d", "high")
    assert evaluated["inputs"] == [{"id": "", "name": "n", "value": 7}]
    assert evaluated["rules"] == [{"id": "r2", "index": 2, "outputs": {"x": "high"}}]


def test_a_decision_that_fails_is_an_incident_that_names_it(quick: World) -> None:
    quick.deploy(PROCESS, rates_dmn=file(decision("d", table(["n"], ["x"], ("> 1", "1"), ("> 2", "2")))))
    instance = quick.start("p", n=3)
    [incident] = quick.engine.queries.incidents().items
    assert quick.state(instance) != "completed"
    assert "Rules 1 (r1), 2 (r2) match" in incident.message
