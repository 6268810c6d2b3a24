"""Texts and data that want to do harm: an answer or one of our errors, soon, whatever they are."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn import juel
from bpmn.errors import EvaluationError, LanguageError

BIG = "a" * 900_000
DEEP: list[Any] = []
for _ in range(5_000):
    DEEP = [DEEP]
VALUES: dict[str, Any] = {"big": BIG, "deep": DEEP, "long": list(range(400_000)), "n": 10**300, "a": "a"}

HOSTILE = [
    "${" + "(" * 50_000,
    "${" + "!" * 90_000 + "a}",
    "${" + "a." * 40_000 + "b}",
    "${" + "a+" * 40_000 + "a}",
    "${" + "-" * 79 + "1}",
    "${a" + "[a" * 79 + "]" * 79 + "}",
    "${" + "9" * 90_000 + "}",
    "${1e" + "9" * 1000 + "}",
    "${a}" * 24_000,
    "${big}" * 16_000,
    "${'" + "\\\\" * 40_000 + "'}",
    "${'" + "x" * 90_000,
    "${n" + "*n" * 300 + "}",
    "${big.replaceAll('', big)}",
    "${big.replace('a', big)}",
    "${big" + ".concat(big)" * 300 + "}",
    "${big" + ".toUpperCase()" * 300 + "}",
    "${a.repeat(999999999999)}",
    "${" + " && ".join(["!long.contains(-1)"] * 300) + "}",
    "${long.containsAll(long)}",
    "${" + " || ".join(["'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('(a+)+$')"] * 300) + "}",
    "${big.matches('(.*)(.*)(.*)(.*)(.*)[^a]')}",
    "${a.matches('((((((a{1,999}){1,999}){1,999}){1,999}){1,999}){1,999})')}",
    "${deep == deep}${deep}",
    "${S(deep)}",
    "${S(deep).jsonPath('$..*..*..*..*')}",
    "${S(long).jsonPath('$[*]')}",
    "${S('" + "[" * 50_000 + "')}",
    "${long}",
    "${dateTime}${a['x']['y']}",
    "${a.__class__.__mro__[1].__subclasses__()}",
    "${''.getClass().forName('java.lang.Runtime')}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
@pytest.mark.timeout(10)
def test_a_hostile_text_ends_in_an_answer_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(LanguageError, EvaluationError):
        juel.evaluate(text, VALUES)


@given(st.text("${}#()[].,'\"\\ab1+-*/%<>=!&|?: eémptynot", max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(LanguageError, EvaluationError):
        juel.evaluate(text, {"a": 1, "b": None})


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("${a", 4, "Expected '}' to close the expression, but found the end of the text."),
        ("${}", 3, "Expected a value before the closing '}'."),
        ("Hi ${a = 1}", 8, "A single '=' sets nothing here. To compare, write '=='."),
        ("${a +}", 6, "Expected a value before the closing '}'."),
        ("${'open}", 3, "This text is not closed: the quotation mark at its end is missing."),
        ("${a.}", 5, "Expected a name after the dot, but found '}'."),
        ("${f(1,)}", 7, "After the comma there must be another value."),
        ("${a ? b}", 8, "Expected ':', but found '}'."),
        ("${'\\d'}", 3, "'\\d' means nothing in a text. For a backslash write two of them."),
        ("${99999999999999999999}", 3, "The number 99999999999999999999 is too large. Write it with a point: "),
        ("${a b}", 5, "Expected '}' to close the expression, but found 'b'."),
    ],
)
def test_a_fault_is_told_with_its_column_in_an_analysts_words(text: str, column: int, message: str) -> None:
    with pytest.raises(LanguageError) as refusal:
        juel.compile(text)
    assert refusal.value.column == column
    assert str(refusal.value).startswith(message)
