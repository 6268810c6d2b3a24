"""Trees of any shape become text, and the text becomes the same tree again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.feel import syntax
from bpmn.feel.library import function_names
from bpmn.feel.parser import parse, parse_unary
from bpmn.feel.printer import printed
from bpmn.feel.values import Date, DateTime, DaysTime, Time, YearsMonths

_NAMES = st.sampled_from(
    ["a", "b", "item", "count", "not", "if", "in", "a b", "a+b", "a)", "a.b", "date and time", "?", "für", "x y z"]
)
_KEYS = _NAMES | st.text(st.characters(codec="utf-8"), max_size=6)
_TEMPORAL = st.sampled_from(
    [
        Date(2024, 2, 29),
        Date(-12024, 1, 1),
        Time(10, 30, 5, 500_000_000, 3600),
        DateTime(Date(2024, 1, 1), Time(0, 0, 0, zone="Europe/Paris")),
        YearsMonths(-14),
        DaysTime(90_061_000_000_001),
    ]
)
_NUMBERS = st.integers(0, 10**34 - 1) | st.decimals(0, 10**12, places=3) | st.just(Decimal("1E+100"))
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_LITERALS = (st.none() | st.booleans() | _NUMBERS | _TEXTS | _TEMPORAL).map(syntax.Literal)
_SIMPLE_TYPES = st.sampled_from(["number", "string", "date and time", "Any", "days and time duration", "tFlight"])
_COMPARISONS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_OPERATORS = st.sampled_from(["+", "-", "*", "/", "**"])


def _tuples(part: st.SearchStrategy[syntax.Node], least: int = 0) -> st.SearchStrategy[tuple[syntax.Node, ...]]:
    return st.lists(part, min_size=least, max_size=3).map(tuple)


_TYPES = st.recursive(
    _SIMPLE_TYPES.map(syntax.Type),
    lambda inner: (
        inner.map(lambda item: syntax.Type("list", (item,)))
        | inner.map(lambda item: syntax.Type("range", (item,)))
        | st.builds(lambda parts, result: syntax.Type("function", tuple(parts), (), result), st.lists(inner), inner)
        | st.lists(st.tuples(_KEYS, inner), min_size=1, max_size=2).map(
            lambda fields: syntax.Type("context", (), tuple(fields))
        )
    ),
    max_leaves=3,
)


def _operator_range(operator: str, operand: syntax.Node) -> syntax.RangeLiteral:
    if operator in ("<", "<="):
        return syntax.RangeLiteral(None, operand, False, operator == "<=", operator)
    if operator in (">", ">="):
        return syntax.RangeLiteral(operand, None, operator == ">=", False, operator)
    return syntax.RangeLiteral(operand, operand, True, True, operator)


def _nodes(part: st.SearchStrategy[syntax.Node]) -> st.SearchStrategy[syntax.Node]:
    iterators = st.lists(st.builds(syntax.Iterator, _NAMES, part, st.none() | part), min_size=1, max_size=2).map(tuple)
    parameters = st.lists(st.tuples(_NAMES, st.none() | _TYPES), max_size=2).map(tuple)
    entries = st.lists(st.tuples(_KEYS, part), max_size=3).map(tuple)
    test = part | st.builds(syntax.Test, _COMPARISONS, part)
    named = st.lists(st.tuples(_NAMES, part), min_size=1, max_size=3).map(lambda pairs: tuple(zip(*pairs, strict=True)))
    return st.one_of(
        st.builds(syntax.Path, part, _NAMES),
        st.builds(syntax.Filter, part, part),
        st.builds(syntax.Call, part, _tuples(part)),
        st.builds(lambda function, pairs: syntax.Call(function, pairs[1], pairs[0]), part, named),
        st.builds(syntax.Arithmetic, _OPERATORS, part, part),
        st.builds(syntax.Comparison, _COMPARISONS, part, part),
        st.builds(syntax.Negation, part),
        st.builds(syntax.Logic, st.sampled_from(["and", "or"]), _tuples(part, 2)),
        st.builds(syntax.Between, part, part, part),
        st.builds(syntax.In, part, _tuples(test, 1)),
        st.builds(syntax.InstanceOf, part, _TYPES),
        st.builds(syntax.If, part, part, part),
        st.builds(syntax.For, iterators, part),
        st.builds(syntax.Quantified, st.sampled_from(["some", "every"]), iterators, part),
        st.builds(syntax.ContextLiteral, entries),
        st.builds(syntax.ListLiteral, _tuples(part)),
        st.builds(syntax.RangeLiteral, part, part, st.booleans(), st.booleans()),
        st.builds(_operator_range, _COMPARISONS, part),
        st.builds(syntax.FunctionLiteral, parameters, part),
        st.builds(
            lambda names, body: syntax.FunctionLiteral(names, body, True),
            parameters,
            entries.map(syntax.ContextLiteral),
        ),
    )


_TREES = st.recursive(_LITERALS | _NAMES.map(syntax.Name), _nodes, max_leaves=12)


@given(_TREES, st.sampled_from(["dmn", "camunda"]))
@settings(max_examples=400, deadline=None)
def test_the_text_of_a_tree_means_that_tree(tree: syntax.Node, dialect: str) -> None:
    assert parse(printed(tree), functions=function_names(dialect), lenient=dialect == "dmn") == tree


@given(_tuples(_TREES | st.builds(syntax.Test, _COMPARISONS, _TREES), 1), st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_text_of_unary_tests_means_those_tests(tests: tuple[syntax.Node, ...], negated: bool) -> None:
    tree = syntax.Tests(tests, negated)
    assert parse_unary(printed(tree), functions=function_names("dmn")) == tree


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("1+2*3", "1 + (2 * 3)"),
        ('if a then "x" else -b.c', 'if a then "x" else (-((b).c))'),
        ("x in [1..5)", "x in ([1..5))"),
        ("`a b` and c", "`a b` and c"),
    ],
)
def test_the_text_is_one_that_a_person_can_read(text: str, again: str) -> None:
    assert printed(parse(text, lenient=False)) == again


def test_a_name_that_feel_cannot_write_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot write"):
        printed(syntax.Name("a`b"))
