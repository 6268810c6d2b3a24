"""Deploying: all or nothing, versions, and what is refused."""

from __future__ import annotations

import json

import pytest

from engine.deployments import NamedFile
from engine.errors import InvalidInput, ModelRejected, NotFound, TooLarge
from tests.engine.support import ANALYST, World, call, document, end, line, process, service, start

PLAIN = line("p", start(), service("work"), end())
FORM = json.dumps({"id": "invoice", "type": "default", "components": []})
DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="drd" name="Rates" namespace="http://baton">
  <decision id="rate" name="Rate"><decisionTable id="t" hitPolicy="FIRST">
    <input id="i"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
    <output id="o" name="rate" typeRef="number"/>
    <rule id="r1"><inputEntry id="a1"><text>&gt; 100</text></inputEntry>
      <outputEntry id="b1"><text>2</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="a2"><text>-</text></inputEntry>
      <outputEntry id="b2"><text>1</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>"""


def test_the_same_file_again_keeps_key_and_version(world: World) -> None:
    first, second = world.deploy(PLAIN), world.deploy(PLAIN)
    assert first.processes == second.processes
    assert (first.duplicate, second.duplicate) == (False, True)
    third = world.deploy(PLAIN.replace('name="work"', 'name="Work"'))
    assert (third.processes[0].version, third.duplicate) == (2, False)
    assert [one.version for one in world.engine.queries.processes(process_id="p", all_versions=True)] == [2, 1]
    assert [one.version for one in world.engine.queries.processes()] == [2]
    fourth = world.deploy(PLAIN)
    assert fourth.processes[0].version == 3


def test_a_deployment_brings_processes_decisions_and_forms(world: World) -> None:
    deployed = world.deploy(PLAIN, rates_dmn=DMN, invoice_form=FORM)
    assert [one.process_id for one in deployed.processes] == ["p"]
    assert [(one.decision_id, one.name, one.version) for one in deployed.decisions] == [("rate", "Rate", 1)]
    assert [one.requirements_id for one in deployed.requirements] == ["drd"]
    assert [(one.form_id, one.version) for one in deployed.forms] == [("invoice", 1)]
    shown = world.engine.queries.deployment(deployed.key)
    assert (shown.processes, shown.decisions, shown.forms) == (deployed.processes, deployed.decisions, deployed.forms)
    assert world.engine.queries.deployments().items == (shown,)
    assert world.engine.queries.process_xml(deployed.processes[0].key) == PLAIN.encode()


def test_a_business_rule_task_asks_the_deployed_decision(world: World) -> None:
    rule = (
        "decide",
        '<bpmn:businessRuleTask id="decide"><bpmn:extensionElements><zeebe:calledDecision decisionId="rate" '
        'resultVariable="rate"/></bpmn:extensionElements>%s</bpmn:businessRuleTask>',
    )
    world.deploy(line("p", start(), rule, end()), rates_dmn=DMN)
    instance = world.start("p", amount=500)
    assert world.state(instance) == "completed"
    assert world.engine.queries.variables(instance.key)["rate"] == 2
    assert "decision-evaluated" in world.events(instance)


def test_two_decision_files_may_carry_the_same_model_id(world: World) -> None:
    """Modelers call every model "definitions"; it is the decision's id that counts."""
    other = DMN.replace('<decision id="', '<decision id="other_')
    deployed = world.deploy(PLAIN, rates_dmn=DMN, other_dmn=other)
    assert len({one.decision_id for one in deployed.decisions}) == 2
    assert [one.version for one in deployed.requirements] == [1, 2]


def test_all_files_or_none(world: World) -> None:
    broken = line("q", start(), call("sub", ""), end()).replace("zeebe:calledElement", "zeebe:other")
    with pytest.raises(ModelRejected) as caught:
        world.deploy(PLAIN, broken)
    errors = [
        (name, one.line) for name, all_ in caught.value.findings.items() for one in all_ if one.severity == "error"
    ]
    assert {name for name, _ in errors} == {"file1.bpmn"}
    assert all(line for _, line in errors)
    assert "Nothing was deployed" in str(caught.value)
    assert world.engine.queries.processes() == []


def test_a_dry_run_stores_nothing(world: World) -> None:
    tried = world.engine.deploy([NamedFile("p.bpmn", PLAIN.encode())], by=ANALYST, dry_run=True)
    assert (tried.key, [one.version for one in tried.processes]) == (0, [1])
    assert world.engine.queries.processes() == []
    assert len(world.engine.queries.deployments()) == 0


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", b"hello", InvalidInput),
        ("", b"hello", InvalidInput),
        ("a.bpmn", b"x" * (4 * 1024 * 1024 + 1), TooLarge),
        ("a.bpmn", b"", ModelRejected),
        ("a.bpmn", b"PK\x03\x04zip", ModelRejected),
        ("a.bpmn", b"<a><b></a>", ModelRejected),
        ("a.bpmn", document(process("p", start(), end())).replace("true", "false").encode(), ModelRejected),
        ("a.form", b"{", ModelRejected),
        ("a.dmn", b"<a/>", ModelRejected),
    ],
)
def test_what_is_no_diagram_is_refused_and_nothing_stored(
    quick: World, name: str, content: bytes, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        quick.engine.deploy([NamedFile(name, content)], by=ANALYST)
    assert len(quick.engine.queries.deployments()) == 0


def test_a_file_of_another_kind_is_told_what_is_accepted(quick: World) -> None:
    with pytest.raises(InvalidInput, match=r"\.bpmn, \.dmn, \.form"):
        quick.engine.deploy([NamedFile("invoice.pdf", b"")], by=ANALYST)
    with pytest.raises(InvalidInput, match="Nothing to deploy"):
        quick.engine.deploy([], by=ANALYST)
    with pytest.raises(InvalidInput, match="Two files"):
        quick.engine.deploy([NamedFile("a.bpmn", b""), NamedFile("a.bpmn", b"")], by=ANALYST)


def test_the_same_process_id_twice_in_one_deployment_is_refused(quick: World) -> None:
    with pytest.raises(ModelRejected, match="'p' is in 'file0.bpmn' too"):
        quick.deploy(PLAIN, PLAIN.replace('name="work"', 'name="Work"'))


def test_what_is_not_deployed_cannot_be_started(quick: World) -> None:
    quick.deploy(PLAIN)
    for options in ({"process_id": "x"}, {"process_id": "p", "version": 9}, {"definition_key": 5}):
        with pytest.raises(NotFound, match="process list"):
            quick.engine.start(by=ANALYST, **options)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        quick.engine.start(by=ANALYST)


def test_an_older_version_can_be_started_by_number_or_key(quick: World) -> None:
    first = quick.deploy(PLAIN).processes[0]
    quick.deploy(PLAIN.replace('name="work"', 'name="Work"'))
    assert quick.engine.start(process_id="p", by=ANALYST).version == 2
    assert quick.engine.start(process_id="p", version=1, by=ANALYST).version == 1
    assert quick.engine.start(definition_key=first.key, by=ANALYST).version == 1
