"""The one door to the expression languages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bpmn import languages
from bpmn.errors import EvaluationError, LanguageError
from bpmn.feel.values import Date, Range
from bpmn.model import Expression, Language, Script


def _evaluate(text: str, language: Language, **variables: Any) -> Any:
    return languages.compile(Expression(text, language)).evaluate(variables)


def test_each_language_evaluates_its_own_text() -> None:
    assert _evaluate("a + 1", Language.LITERAL) == "a + 1"
    assert _evaluate("a + 1", Language.FEEL, a=1) == 2
    assert _evaluate("${a + 1}", Language.JUEL, a=1) == 2


def test_a_compiled_expression_knows_the_variables_it_reads() -> None:
    assert languages.compile(Expression("a.b + c", Language.FEEL)).names == {"a", "c"}


def test_a_text_that_is_no_expression_is_refused() -> None:
    with pytest.raises(LanguageError):
        languages.compile(Expression("1 +", Language.FEEL))
    with pytest.raises(LanguageError):
        languages.compile(Expression("puts 1", Language.UNKNOWN))


def test_a_script_in_feel_gives_its_value_and_a_broken_one_fails_when_run() -> None:
    assert languages.run_script(Script("a * 2", Language.FEEL), {"a": 21}) == 42
    with pytest.raises(EvaluationError):
        languages.run_script(Script("a *", Language.FEEL), {})


def test_an_unknown_script_language_is_named_with_the_way_out() -> None:
    reason = languages.supported(Script("[1].each { print it }", Language.UNKNOWN, format="groovy"))
    assert reason is not None
    assert "groovy" in reason
    assert "worker" in reason
    assert languages.supported(Script("x", Language.FEEL)) is None


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Decimal("2.50"), 2.5),
        (Decimal("2.00"), 2),
        (Decimal(10) ** 20, 10**20),
        (float("nan"), None),
        (Date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00Z"),
        (Range(1, 2), None),
        ({"a": [Decimal(1), (True, None)]}, {"a": [1, [True, None]]}),
    ],
)
def test_every_value_becomes_json(value: Any, json: Any) -> None:
    assert languages.as_json(value) == json
