"""Whatever is thrown at FEEL and JUEL, only their own errors come back."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn import feel, juel
from bpmn.errors import EvaluationError, LanguageError

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
