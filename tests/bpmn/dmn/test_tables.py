"""Decision tables: matching, hit policies, defaults, and the shapes of their results."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bpmn import dmn
from bpmn.errors import EvaluationError
from tests.bpmn.dmn.models import decision, read, table

LEVELS = (("< 100", '"team"'), ("[100..1000]", '"boss"'), ("> 1000", '"board"'))


def decide(logic: str, **inputs: Any) -> dmn.DecisionResult:
    return read(decision("d", logic)).decide("d", inputs)


@pytest.mark.parametrize(("amount", "level"), [(99.5, "team"), (100, "boss"), (1000, "boss"), (1001, "board")])
def test_the_rule_whose_cell_takes_the_input_gives_the_output(amount: float, level: str) -> None:
    assert decide(table(["amount"], ["level"], *LEVELS), amount=amount).value == level


def test_empty_cells_and_dashes_take_anything_even_null() -> None:
    logic = table(["a", "b"], ["x"], ("", "-", '"any"'))
    assert decide(logic, a=1).value == "any"


def test_cells_may_list_constants_and_take_each_of_them() -> None:
    logic = table(["colour"], ["x"], ('"red", "green"', "1"), ('not("red", "green")', "2"))
    assert [decide(logic, colour=colour).value for colour in ("red", "green", "blue")] == [1, 1, 2]


def test_a_number_is_the_same_written_as_an_integer_or_with_a_point() -> None:
    logic = table(["n"], ["x"], ("1", '"one"'), ("true", '"yes"'), policy="COLLECT")
    assert decide(logic, n=1.0).value == ["one"]
    assert decide(logic, n=Decimal("1.00")).value == ["one"]
    assert decide(logic, n=True).value == ["yes"]


def test_cells_see_other_variables_and_the_value_as_a_question_mark() -> None:
    logic = table(["amount"], ["x"], ("> limit", '"over"'), ("? <= limit and even(?)", '"even"'))
    assert decide(logic, amount=5, limit=3).value == "over"
    assert decide(logic, amount=2, limit=3).value == "even"


def test_cells_may_call_the_value_cell_input_as_in_camunda_7() -> None:
    assert decide(table(["amount"], ["x"], ("cellInput > 3", '"over"')), amount=5).value == "over"


def test_without_an_expression_cells_test_the_variable_that_is_called_like_the_input() -> None:
    columns = table([""], ["x"], ("> 3", '"over"'), ("", '"any"'), policy="FIRST")
    named = columns.replace("<input ", '<input camunda:inputVariable="order.amount" ')
    more = 'xmlns:camunda="http://camunda.org/schema/1.0/dmn"'
    asked = read(decision("d", named), more=more)
    assert [asked.decide("d", {"order.amount": amount}).value for amount in (5, 2, None)] == ["over", "any", "any"]
    assert asked.decide("d", {}).value == "any"
    assert decide(columns, cellInput=5).value == "over"


def test_several_outputs_make_a_context() -> None:
    result = decide(table(["n"], ["a", "b"], ("> 0", "1", "n + 1")), n=7)
    assert result.value == {"a": 1, "b": 8}
    assert result.rows == [{"a": 1, "b": 8}]


def test_no_match_is_null_whatever_the_hit_policy() -> None:
    for policy in ("UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "COLLECT+SUM", "RULE ORDER", "OUTPUT ORDER"):
        result = decide(table(["n"], ["x"], ("> 9", "1"), policy=policy), n=1)
        assert (result.value, result.rows) == (None, [])


def test_without_a_match_the_default_outputs_are_taken() -> None:
    result = decide(table(["n"], ["a", "b"], ("> 9", "1", "2"), defaults=['"none"', "n"]), n=4)
    assert result.value == {"a": "none", "b": 4}
    assert result.rows == [{"a": "none", "b": 4}]


def test_unique_with_two_matches_fails_and_names_both_rules() -> None:
    with pytest.raises(EvaluationError, match=r"Rules 1 \(r1\), 2 \(r2\) match.*UNIQUE.*'d'"):
        decide(table(["n"], ["x"], ("> 1", "1"), ("> 2", "2")), n=3)


def test_any_takes_equal_outputs_and_refuses_different_ones() -> None:
    logic = table(["n"], ["x"], ("> 1", "1"), ("> 2", "1.0"), ("> 3", "2"), policy="ANY")
    assert decide(logic, n=3).value == 1
    with pytest.raises(EvaluationError, match="different outputs"):
        decide(logic, n=4)


def test_first_takes_the_first_match_and_evaluates_no_other_output() -> None:
    logic = table(["n"], ["x"], ("> 1", "1"), ("> 2", 'assert(null, false, "no")'), policy="FIRST")
    assert decide(logic, n=3).value == 1


def test_priority_and_output_order_follow_the_listed_output_values() -> None:
    rules = (("> 1", '"low"'), ("> 2", '"high"'), ("> 3", '"middle"'))
    values = ['"high", "middle", "low"']
    assert decide(table(["n"], ["x"], *rules, policy="PRIORITY", values=values), n=9).value == "high"
    ordered = decide(table(["n"], ["x"], *rules, policy="OUTPUT ORDER", values=values), n=9)
    assert ordered.value == ["high", "middle", "low"]
    assert ordered.rows == [{"x": "high"}, {"x": "middle"}, {"x": "low"}]


def test_rule_order_and_collect_list_the_outputs_of_all_matches() -> None:
    rules = (("> 1", '"a"'), ("> 2", '"b"'), ("> 9", '"c"'))
    for policy in ("RULE ORDER", "COLLECT"):
        assert decide(table(["n"], ["x"], *rules, policy=policy), n=3).value == ["a", "b"]


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 8), ("MIN", 3), ("MAX", 5), ("COUNT", 2)])
def test_collect_aggregates(aggregation: str, expected: int) -> None:
    result = decide(table(["n"], ["x"], ("> 1", "5"), ("> 2", "3"), policy=f"COLLECT+{aggregation}"), n=3)
    assert result.value == expected
    assert result.rows == [{"x": expected}]


def test_what_cannot_be_aggregated_fails_with_the_decision_s_name() -> None:
    with pytest.raises(EvaluationError, match="decision 'd' have no sum"):
        decide(table(["n"], ["x"], ("> 1", "5"), ("> 2", '"five"'), policy="COLLECT+SUM"), n=3)


def test_a_column_of_dates_reads_the_text_that_json_has_instead() -> None:
    logic = table(["day:date"], ["x"], ('>= date("2026-01-01")', '"new"'), ('< date("2026-01-01")', '"old"'))
    assert decide(logic, day="2026-03-01").value == "new"
    assert decide(logic, day="2025-03-01").value == "old"
    with pytest.raises(EvaluationError, match="input 'day' of decision 'd' is \"yesterday\", which is not of its type"):
        decide(logic, day="yesterday")


def test_the_evidence_names_decision_inputs_and_matched_rules_as_json() -> None:
    result = decide(table(["amount"], ["level"], *LEVELS), amount=Decimal("250.5"))
    assert result.matched == [
        {
            "decision_id": "d",
            "decision_name": "d",
            "type": "decision table",
            "output": "boss",
            "hit_policy": "UNIQUE",
            "inputs": [{"id": "", "name": "amount", "value": 250.5}],
            "rules": [{"id": "r2", "index": 2, "outputs": {"level": "boss"}}],
        }
    ]


def test_rules_beyond_sixty_four_are_told_apart() -> None:
    rules = [(f'"k{number}"', str(number)) for number in range(300)]
    definitions = read(decision("d", table(["key"], ["x"], *rules)))
    assert [definitions.evaluate("d", {"key": f"k{number}"}) for number in (0, 63, 64, 65, 299)] == [0, 63, 64, 65, 299]
