"""JUEL as Camunda 7 diagrams write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bpmn import juel
from bpmn.errors import EvaluationError, LanguageError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class _Execution:
    """A host object with one variable and one property."""

    def get(self, name: str) -> Any:
        if name == "businessKey":
            return "A-1"
        raise EvaluationError(f"no {name}")

    def call(self, method: str, args: Sequence[Any]) -> Any:
        if method == "getVariable":
            return {"amount": 5}.get(args[0])
        raise EvaluationError(f"no {method}")


def _value(text: str, **variables: Any) -> Any:
    return juel.evaluate(text, variables, now=NOW, objects={"execution": _Execution()})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${approved}", True),
        ("${!approved}", False),
        ("#{amount gt 3 and not (amount eq 7)}", True),
        ("${amount > 3 && amount <= 10 || false}", True),
        ("${amount + 1}", 6),
        ("${amount / 2}", 2.5),
        ("${7 mod 4}", 3),
        ("${'5' + 1}", 6),
        ("Hello ${name}, ${amount} of ${name}!", "Hello Ann, 5 of Ann!"),
        ("no expression", "no expression"),
        ("\\${amount}", "${amount}"),
        ("${order.items[1].price}", 2),
        ("${order['items'][0]['price']}", 1),
        ("${order.items.size() == 2 ? 'two' : \"other\"}", "two"),
        ("${empty nothing and not empty name}", True),
        ("${name.toUpperCase().contains('NN')}", True),
        ("${tags.contains('b')}", True),
        ("${order.missing}", None),
        ("${execution.getVariable('amount')}", 5),
        ("${execution.businessKey}", "A-1"),
        ("${amount == '5'}", True),
        ("${'a}b'}", "a}b"),
        ("${S('{\"a\": {\"b\": [1, 2]}}').prop('a').prop('b').elements().size()}", 2),
        ("${order.prop('items').elements()[0].prop('price').numberValue()}", 1),
        ("${dateTime().plusWeeks(1).toDate()}", NOW + timedelta(weeks=1)),
        ("${dateTime().minusMonths(1).toDate()}", datetime(2026, 2, 1, 12, tzinfo=UTC)),
        ("${now()}", NOW),
    ],
)
def test_an_expression_has_the_value_it_has_in_camunda(text: str, value: Any) -> None:
    order = {"items": [{"price": 1}, {"price": 2}]}
    found = _value(text, approved=True, amount=5, name="Ann", nothing=None, tags=["a", "b"], order=order)
    assert found == value
    assert type(found) is type(value)


def test_an_unknown_name_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(EvaluationError, match=r"Unknown name 'x'.*execution.getVariable"):
        _value("${x}")


@pytest.mark.parametrize(
    "text",
    ["${''.__class__}", "${a.upper()}", "${execution.__init__}", "${a.b.c()}", "${1 / 0}", "${'a' + 1}", "${noSuch()}"],
)
def test_nothing_but_the_offered_methods_can_be_reached(text: str) -> None:
    with pytest.raises((EvaluationError, LanguageError)):
        _value(text, a="text")


@pytest.mark.parametrize(
    ("text", "column"), [("${a", 4), ("${a +}", 6), ("${}", 3), ("${a = 1}", 5), ("${'open}", 3), ("${(((}", 6)]
)
def test_a_broken_text_is_refused_at_its_column(text: str, column: int) -> None:
    with pytest.raises(LanguageError) as refusal:
        juel.compile(text)
    assert refusal.value.column == column


def test_an_expression_names_the_variables_it_reads() -> None:
    assert juel.compile("${a.b + execution.getVariable('c')} ${d[e]}").names == {"a", "d", "e"}


def test_an_application_may_offer_functions() -> None:
    assert juel.evaluate("${twice(4)}", {}, functions={"twice": lambda number: 2 * number}) == 8
