"""What is no DMN, or wrong in it, is refused with its place; what is merely odd gets a finding."""

from __future__ import annotations

import pytest

from bpmn import dmn
from bpmn.errors import ModelError
from tests.bpmn.dmn.models import CAMUNDA, SPECIFICATION, decision, file, literal, read, table


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        CAMUNDA,
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        SPECIFICATION,
    ],
)
def test_all_versions_from_1_1_to_1_5_are_read(namespace: str) -> None:
    definitions = read(decision("d", literal("1 + 1")), namespace=namespace)
    assert (definitions.id, definitions.name) == ("defs", "Defs")
    assert [(one.id, one.name, one.line) for one in definitions.decisions] == [("d", "d", 2)]
    assert definitions.evaluate("d", {}) == 2


@pytest.mark.parametrize(
    ("namespace", "more", "dialect"),
    [
        (CAMUNDA, "", "camunda"),
        (SPECIFICATION, "", "dmn"),
        (SPECIFICATION, 'exporter="Camunda Modeler"', "camunda"),
        (SPECIFICATION, 'xmlns:camunda="http://camunda.org/schema/1.0/dmn"', "camunda"),
    ],
)
def test_whose_feel_is_meant_follows_from_version_and_marks(namespace: str, more: str, dialect: str) -> None:
    assert read(decision("d", literal("1")), namespace=namespace, more=more).dialect == dialect


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"", "empty"),
        (b"<definitions/>", "not a DMN file"),
        (b'<x xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "Expected <definitions>"),
        (b'<definitions xmlns="http://www.omg.org/spec/DMN/20130901"/>', "DMN 1.0 draft"),
        (b"<!DOCTYPE x><x/>", "document type"),
        (file("<decision/>"), "neither id nor name"),
        (file(decision("d", literal("1")), decision("d", literal("2"))), "The id 'd' stands twice"),
        (file(decision("d", "<decisionTable/>")), "has no output"),
        (file(decision("d", table(["a"], ["b"], ("1",)))), "Rule 1 of 'd' has 1 input and 0 output cells"),
        (file(decision("d", table([], ["a", "b"], ("1", "2"), policy="COLLECT+SUM"))), "aggregates 2 outputs"),
        (file(decision("d", table([], ["a"], ("1",), policy="BEST"))), "hit policy 'BEST'"),
        (file('<itemDefinition name="t"><allowedValues><text>((</text></allowedValues></itemDefinition>'), "type 't'"),
    ],
)
def test_what_is_no_decision_is_refused_with_the_reason(xml: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        dmn.read(xml)


def test_an_expression_that_cannot_be_read_is_refused_with_text_line_and_owner() -> None:
    with pytest.raises(ModelError, match=r"'d' holds `1 \+`, which cannot be read") as caught:
        read("", decision("d", literal("1 +")))
    assert (caught.value.line, caught.value.element) == (3, "d")


def test_what_reads_like_juel_gets_that_hint() -> None:
    with pytest.raises(ModelError) as caught:
        read(decision("d", literal("amount > 5 ? 'a' : 'b'")))
    assert 'expressionLanguage="juel"' in caught.value.hint


def test_when_not_strict_a_broken_expression_fails_alone() -> None:
    xml = file(decision("good", literal("1")), decision("bad", literal("1 +")))
    definitions = dmn.read(xml, strict=False)
    assert definitions.evaluate("good", {}) == 1
    with pytest.raises(dmn.EvaluationError, match="cannot be read"):
        definitions.evaluate("bad", {})


def test_findings_name_rule_element_and_line() -> None:
    definitions = read(
        decision("empty", ""),
        decision("ruleless", table(["a"], ["x"])),
        decision("unnamed", table([], ["x", ""], ("1", "2"))),
        decision("twice", table([], ["x", "x"], ("1", "2"))),
        decision("equal", table(["a"], ["x"], ("-", "1"), ("1", "2"), ("", "3"))),
        decision("first", table(["a"], ["x"], ("-", "1"), ("1", "2"), policy="FIRST")),
        decision("typed", literal("1"), more='<variable name="typed" typeRef="tGone"/>'),
    )
    assert [(one.severity, one.rule, one.element, one.line) for one in dmn.check(definitions)] == [
        ("warning", "decision-without-logic", "empty", 2),
        ("warning", "table-without-rules", "ruleless", 3),
        ("warning", "output-without-name", "unnamed", 4),
        ("warning", "output-named-twice", "twice", 5),
        ("warning", "rules-overlap", "equal", 6),
        ("warning", "rules-overlap", "equal", 6),
        ("warning", "rule-unreachable", "first", 7),
        ("warning", "unknown-type", "typed", 8),
    ]


def test_a_sound_file_has_no_findings() -> None:
    definitions = read(decision("d", table(["a"], ["x"], ("1", "2"), ("-", "3"), policy="FIRST")))
    assert dmn.check(definitions) == []
