"""Flowable's functions over variables, as its own classes answer (VariableEqualsExpressionFunction and the others)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bpmn import juel
from bpmn.juel.variable_functions import PREFIXES

VARIABLES = {"count": 5, "half": 0.5, "name": "kermit", "blank": "", "list": [1, "two"], "none": [], "nothing": None}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", ["count", "'count'"])
def test_every_prefix_and_both_ways_to_write_a_name(prefix: str, name: str) -> None:
    assert juel.evaluate(f"${{{prefix}:equals({name}, 5)}}", VARIABLES) is True


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("eq(count, 5.9)", True),  # the variable is a whole number, so the other becomes one
        ("eq(count, '5')", False),
        ("eq(missing, null)", True),
        ("equals(missing, 5)", False),
        ("notEquals(count, 6)", True),
        ("ne(missing, 5)", False),
        ("get(name)", "kermit"),
        ("get(missing)", None),
        ("getOrDefault(nothing, 'piggy')", "piggy"),
        ("getOrDefault(name, 'piggy')", "kermit"),
        ("exists(name)", True),
        ("exist(nothing)", False),
        ("isEmpty(blank)", True),
        ("empty(missing)", True),
        ("isEmpty(count)", False),
        ("notEmpty(list)", True),
        ("isNotEmpty(none)", False),
        ("contains(name, 'ker', 'mit')", True),
        ("contains(list, 1, 2)", False),
        ("contains(count, 5)", False),
        ("containsAny(list, 2, 'two')", True),
        ("containsAny(name, 'x')", False),
        ("lt(count, 6)", True),
        ("lessThan(half, 0.5)", False),
        ("lowerThanOrEquals(half, 0.5)", True),
        ("gt(missing, 1)", False),
        ("greaterThan(count, 4)", True),
        ("gte(count, 5)", True),
        ("base64(name)", "a2VybWl0"),
        ("base64(missing)", None),
    ],
)
def test_a_function_over_a_variable(call: str, value: Any) -> None:
    found = juel.evaluate(f"${{variables:{call}}}", VARIABLES)
    assert (found, type(found)) == (value, type(value))


def test_conditions_know_which_variables_such_a_function_reads() -> None:
    assert juel.compile("${vars:gt(total, limit) && var:exists('order')}").names == {"total", "limit", "order"}


def test_a_date_becomes_text() -> None:
    assert juel.evaluate("${date:format(now())}", {}, now=datetime(2026, 3, 1, 12)) == "2026-03-01T12:00:00"


def test_only_texts_can_be_encoded() -> None:
    with pytest.raises(juel.EvaluationError, match="takes a text"):
        juel.evaluate("${var:base64(count)}", VARIABLES)


def test_an_unknown_function_is_told_with_those_there_are_each_once() -> None:
    told = juel.unavailable(juel.compile("${vars:equal(a, 1)}"))
    assert told is not None
    assert "variables:equals" in told
    assert "vars:equals" not in told
