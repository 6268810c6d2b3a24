"""The findings about decisions that can be read: each rule with a wrong decision, and with one that is right."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn import dmn
from bpmn.errors import Finding
from tests.bpmn.dmn.models import SPECIFICATION, decision, file, literal, read, table


def findings(*parts: str, namespace: str = "", **more: Any) -> list[Finding]:
    found = read(*parts, **({"namespace": namespace} if namespace else {}), **more)
    return dmn.check(found)


def of(rule: str, *parts: str, namespace: str = "") -> list[str]:
    return [one.message for one in findings(*parts, namespace=namespace) if one.rule == rule]


def rules(*rows: tuple[str, ...], inputs: tuple[str, ...] = ("amount",), **more: Any) -> str:
    written = [(*row, str(number)) for number, row in enumerate(rows, 1)]
    return decision("d", table(inputs, ["x"], *written, **more), name="Level")


TWO = ("amount", "colour")


@pytest.mark.parametrize(
    ("rows", "inputs", "message"),
    [
        ([("[1..5]",), ("[5..9]",)], ("amount",), "Rules 1 and 2 of 'Level' match together when amount is 5"),
        ([("< 100",), (">= 50",)], ("amount",), "when amount is at least 50 and less than 100;"),
        ([("-",), ("7",)], ("amount",), "when amount is 7;"),
        ([('"a", "b"',), ('not("a")',)], ("amount",), 'when amount is "b";'),
        ([('not("a")',), ('not("b")',)], ("amount",), 'when amount is none of "a", "b";'),
        ([("> 1", '"red"'), ("< 9", "-")], TWO, 'when amount is more than 1 and less than 9 and colour is "red";'),
        ([("> limit",), ("> limit",)], ("amount",), "when the same cells match;"),
        ([('>= date("2026-01-01")',), ('date("2026-05-01")',)], ("amount",), "when amount is 2026-05-01;"),
        ([("-",), ("-",)], ("amount",), "when anything is given;"),
    ],
)
def test_rules_that_match_together_are_named_with_values_for_which_they_do(
    rows: list[tuple[str, ...]], inputs: tuple[str, ...], message: str
) -> None:
    [found] = of("rules-overlap", rules(*rows, inputs=inputs))
    assert message in found


@pytest.mark.parametrize(
    "rows",
    [
        [("< 100",), ("[100..200]",), ("> 200",)],
        [("1",), ('"1"',), ("true",)],
        [("[1..5)",), ("[5..9]",)],
        [("> limit",), ("7",)],
        [("[5..1]",), ("3",)],
    ],
)
def test_rules_that_exclude_each_other_or_must_be_evaluated_are_no_overlap(rows: list[tuple[str, ...]]) -> None:
    assert of("rules-overlap", rules(*rows)) == []


def test_only_unique_tables_are_asked_to_exclude() -> None:
    assert of("rules-overlap", rules(("-",), ("1",), policy="COLLECT")) == []


@pytest.mark.parametrize(
    ("rows", "inputs", "severity", "message"),
    [
        ([("< 10",), ("> 10",)], ("amount",), "warning", "when amount is 10."),
        ([("<= 10",), (">= 20",)], ("amount",), "warning", "when amount is more than 10 and less than 20."),
        ([("[0..10]",), ("> 10",)], ("amount",), "info", "when amount is less than 0."),
        ([("true",)], ("amount",), "warning", "when amount is false."),
        ([('"a"',), ('"b"',)], ("amount",), "info", "when amount is any other text."),
        ([("< 5", "true"), (">= 5", "-")], TWO, "info", "when amount is less than 5 and colour is false."),
    ],
)
def test_inputs_without_a_rule_are_named(
    rows: list[tuple[str, ...]], inputs: tuple[str, ...], severity: str, message: str
) -> None:
    [found] = [one for one in findings(rules(*rows, inputs=inputs)) if one.rule == "rules-missing"]
    assert message in found.message
    assert found.severity == severity


@pytest.mark.parametrize(
    "rows",
    [
        [("< 10",), (">= 10",)],
        [("true",), ("false",)],
        [('"a"',), ('not("a")',)],
        [("-",)],
        [("> limit",), ("<= 5",), ("> 5",)],
        [("1",), ('"a"',)],
    ],
)
def test_a_complete_table_has_no_gap_nor_one_that_cannot_be_judged(rows: list[tuple[str, ...]]) -> None:
    assert of("rules-missing", rules(*rows)) == []


def test_between_whole_numbers_there_is_no_gap_and_a_default_closes_all() -> None:
    assert of("rules-missing", rules(("<= 3",), (">= 4",), inputs=("amount:integer",))) == []
    assert of("rules-missing", rules(("<= 3",), (">= 9",), defaults=["0"])) == []


def test_only_allowed_values_need_a_rule() -> None:
    allowed = "</inputExpression><inputValues><text>{}</text></inputValues>"
    logic = rules(('"a"',), ('"b"',))
    assert of("rules-missing", logic.replace("</inputExpression>", allowed.format('"a", "b"'))) == []
    [gap] = of("rules-missing", logic.replace("</inputExpression>", allowed.format('"a", "b", "c"')))
    assert 'when amount is "c".' in gap
    [wrong] = of("cell-not-allowed", logic.replace("</inputExpression>", allowed.format('"a", "c"')))
    assert "Rule 2 of 'Level': \"b\" is not among the allowed values of column 'amount'" in wrong


def test_a_rule_behind_one_that_takes_all_of_it_is_never_reached() -> None:
    [found] = of("rule-unreachable", rules(("[1..9]",), ("> 9",), ("[2..3], 7",), policy="FIRST"))
    assert "Rule 3 of 'Level' is never reached: rule 1 before it" in found
    assert of("rule-unreachable", rules(("[2..3]",), ("[1..9]",), ("-",), policy="FIRST")) == []
    assert len(of("rule-unreachable", rules(("-",), ("1",), ("> limit",), policy="FIRST"))) == 2


@pytest.mark.parametrize("cell", ["[9..1]", "? > 5 and ? < 3", "(5..5)"])
def test_a_cell_that_takes_nothing_is_named(cell: str) -> None:
    [found] = of("rule-never-matches", rules((cell,), policy="COLLECT"))
    assert f"Rule 1 of 'Level' never matches: {cell} takes no value at all" in found.replace("&gt;", ">")


def test_types_of_cells_outputs_and_results_are_compared_with_what_is_declared() -> None:
    [cell] = of("cell-type", rules(("> 5",), ('"a"',), inputs=("amount:number",)))
    assert "Rule 2 of 'Level': \"a\" is for a string, but column 'amount' is of type number" in cell
    typed = rules(("> 5",)).replace('name="x"', 'name="x" typeRef="string"')
    [output] = of("output-type", typed)
    assert "gives output 'x' the number 1, but its type is string" in output
    [result] = of("result-type", decision("d", literal('"a"'), more='<variable name="d" typeRef="number"/>'))
    assert "'d' is the string \"a\", but its type is number" in result
    own = '<itemDefinition name="tSize"><typeRef>number</typeRef></itemDefinition>'
    assert of("result-type", own, decision("d", literal("1"), more='<variable name="d" typeRef="tSize"/>')) == []
    assert of("cell-type", own, rules(("> 5",), inputs=("amount:tSize",))) == []


def test_conditions_that_are_neither_true_nor_false_are_named() -> None:
    branches = f"<then>{literal('1')}</then><else>{literal('2')}</else>"
    [found] = of("condition-type", decision("d", f"<conditional><if>{literal('1 + 1')}</if>{branches}</conditional>"))
    assert "The condition in 'd' is `1 + 1`, which is neither true nor false" in found
    right = f"<filter><in>{literal('[1]')}</in><match>{literal('item > 1')}</match></filter>"
    assert of("condition-type", decision("d", right)) == []


def test_outputs_are_listed_and_ordered() -> None:
    logic = table(["n"], ["x"], ("> 1", '"low"'), ("> 2", '"odd"'), policy="PRIORITY", values=['"high", "low"'])
    [found] = of("output-not-listed", decision("d", logic))
    assert "Rule 2 of 'd' gives output 'x' \"odd\", which is not among its output values" in found
    [unordered] = of("output-without-priority", decision("d", table(["n"], ["x"], ("1", "1"), policy="OUTPUT ORDER")))
    assert "lists none" in unordered


def test_an_aggregation_needs_collect_and_something_to_add_up() -> None:
    ignored = table(["n"], ["x"], ("> 1", "1"), policy="UNIQUE+SUM")
    assert "counts for hit policy COLLECT only" in of("aggregation-ignored", decision("d", ignored))[0]
    summed = table(["n"], ["x"], ("> 1", '"a"'), policy="COLLECT+SUM")
    assert "which cannot be summed up" in of("aggregation-type", decision("d", summed))[0]
    assert of("aggregation-type", decision("d", table(["n"], ["x"], ("> 1", "1"), policy="COLLECT+SUM"))) == []


def test_a_decision_that_is_used_must_be_required() -> None:
    base = decision("base", literal("1"))
    [found] = of("requirement-missing", base, decision("d", literal("base + amount")))
    assert "'d' uses 'base' but does not require it" in found
    assert of("requirement-missing", base, decision("d", literal("base + 1"), requires=["base"])) == []
    [unknown] = of("name-unknown", decision("d", literal("amount + 1")), namespace=SPECIFICATION)
    assert "'d' uses 'amount'" in unknown


def test_what_cannot_be_read_is_one_error_each_when_not_strict() -> None:
    xml = file(decision("a", literal("1 +")), decision("b", literal("(")), decision("c", literal("1"), requires=["x"]))
    found = [(one.severity, one.rule, one.element) for one in dmn.check(dmn.read(xml, strict=False))]
    assert found == [
        ("error", "expression-syntax", "a"),
        ("error", "expression-syntax", "b"),
        ("error", "requirement-unresolved", "c"),
    ]


def test_a_thousand_rules_are_compared_and_too_many_are_left_alone() -> None:
    many = [(f"[{n * 10}..{n * 10 + 10}]",) for n in range(1000)]
    assert len(of("rules-overlap", rules(*many))) == 10
    assert of("rules-overlap", rules(*many, *many, *many)) == []
