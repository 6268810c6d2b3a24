"""Whatever is thrown at FEEL and JUEL, only their own errors come back."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn import feel, juel
from bpmn.errors import EvaluationError, LanguageError
from bpmn.languages import as_json

_WORDS = (
    "1 0 -1 2.5 1e3 a b item ? null true false ( ) [ ] { } , : . .. + - * / ** = != < <= > >= and or not( in between "
    "if then else for return some every satisfies instance of function( sum( count( string( date( duration( "
    'matches( replace( sort( flatten( context( @"P1D" @"2024-01-01" "text" "2024-01-01" `a b` list number'
).split(" ")
_TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join))
_CONTEXT = {"a": 3, "b": [1, 2.5, {"a": "x"}], "item": {"a": None}}


@given(_TEXTS)
@settings(max_examples=400, deadline=2000)
def test_any_text_is_a_value_or_one_of_our_errors(text: str) -> None:
    for dialect in ("dmn", "camunda"):
        with contextlib.suppress(LanguageError, EvaluationError):
            feel.evaluate(text, _CONTEXT, dialect=dialect)
        with contextlib.suppress(LanguageError, EvaluationError):
            feel.evaluate_unary(text, 3, _CONTEXT, dialect=dialect)


@given(_TEXTS)
@settings(max_examples=200, deadline=2000)
def test_any_juel_text_is_a_value_or_one_of_our_errors(text: str) -> None:
    with contextlib.suppress(LanguageError, EvaluationError):
        juel.evaluate(f"${{{text}}}", _CONTEXT)


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), st.lists, max_leaves=8)
)
@settings(max_examples=200, deadline=2000)
def test_any_value_comes_in(value: object) -> None:
    for text in ("x", "string(x)", "x + x", "x = x", "x[1]", "count(x)", "x in [1..5]", "sum(x)", "-x", "x.a"):
        with contextlib.suppress(EvaluationError):
            feel.evaluate(text, {"x": value}, dialect="camunda")


_LONG = "for i in 1..1000000 return [i]"
_DEEP = "for i in 1..5000 return if i = 1 then [1] else [partial[-1]]"
_WIDE = "for i in 1..40 return if i = 1 then [1] else [partial[-1], partial[-1]]"
_TOWER = "9" * 50_000
_HOSTILE = [
    "(" * 5000,
    "-" * 5000 + "1",
    "1" + "+1" * 20_000,
    "a" + ".a" * 20_000,
    "f" + "()" * 20_000,
    "x instance of " + "list<" * 5000,
    "a and " * 20_000 + "a",
    "/*" * 5000,
    '"' + "\\" * 50_001,
    "9**9**9**9**9",
    "1.0000000001 ** 1e30",
    "exp(1e30)",
    _TOWER,
    f"1e{_TOWER[:999]}",
    f'number("{_TOWER}")',
    f'duration("P{_TOWER}Y")',
    f'date("{_TOWER}-01-01")',
    '@"P1D" * 1e6000',
    "time(0, 0, 1e6000)",
    'substring("abc", -1e6000, 1e6000)',
    "sublist([1], 1e6000)",
    "partition([1], 1e6000)",
    'cycle(1e6000, @"PT1H")',
    'backoff(5, @"PT1H", 1e300, @"PT1H", 1e6000)',
    "to json(1e6000)",
    f'from json("{"[" * 50_000}")',
    "for i in -1e15..1e15 return i",
    "for i in 1..10000000 return i",
    'for i in @"-999999999-01-01"..@"999999999-01-01" return i',
    "{f: function(x) f(x + 1) + f(x + 2), r: f(1)}.r",
    "{f: function(n) if n < 2 then 1 else f(n - 1) + f(n - 2), r: f(60)}.r",
    "sort(for i in 1..100000 return i, function(a, b) true)",
    'sort([1, "a", null, true, [], {}], function(a, b) a < b)',
    f"index of({_LONG}, [5])",
    f"list contains({_LONG}, [0])",
    f"distinct values({_LONG})",
    f"string({_WIDE})",
    f"3 in ({_WIDE})",
    f"flatten({_WIDE})",
    f"({_DEEP})[-1]",
    f"({_DEEP})[-1] = ({_DEEP})[-2]",
    "for i in 1..30000 return partial",
    "for i in 1..30 return [partial, partial]",
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
    'for i in 1..100000 return matches("aaaaaaaaaaaaaaaaaaaa!", "^(a|a?)+$")',
    'matches("x", "((((a{100}){100}){100}){100})")',
    'replace("aaaa", "", "x")',
    'date and time("2024-01-01T00:00:00@../../etc/passwd")',
    '"\\uD800"',
    "a\ud800b",
    "\x00",
]


@pytest.mark.parametrize("text", _HOSTILE, ids=lambda text: ascii(text[:40]))
def test_hostile_texts_are_values_or_our_errors(text: str) -> None:
    with contextlib.suppress(LanguageError, EvaluationError):
        as_json(feel.evaluate(text, _CONTEXT, dialect="camunda"))
    with contextlib.suppress(LanguageError, EvaluationError):
        feel.evaluate_unary(text, 3, _CONTEXT, dialect="dmn")
