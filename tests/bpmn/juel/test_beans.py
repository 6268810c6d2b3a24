"""Beans: what an application offers to its diagrams by name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from bpmn import juel
from bpmn.errors import EvaluationError
from bpmn.juel import beans


@pytest.fixture(autouse=True)
def pricing() -> Iterator[None]:
    def discount(customer: str, factor: int = 1) -> float:
        return {"ann": 0.1}[customer] * factor

    beans.offer("pricing", {"discount": discount}, {"currency": lambda: "EUR"})
    yield
    beans.withdraw("pricing")


def test_a_bean_answers_with_its_methods_and_properties() -> None:
    assert juel.evaluate("${pricing.discount(who, 2)}", {"who": "ann"}) == 0.2
    assert juel.evaluate("${pricing.currency} ${pricing.getCurrency()}", {}) == "EUR EUR"


def test_a_variable_of_the_same_name_comes_first() -> None:
    assert juel.evaluate("${pricing}", {"pricing": 3}) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${pricing.margin()}", "The bean 'pricing' has no method 'margin'. It has: discount"),
        ("${pricing.discount.__globals__}", "has no property 'discount'. It has: currency"),
        ("${pricing.__class__}", "has no property '__class__'"),
        ("${pricing.discount('bob')}", "'pricing.discount' failed: KeyError"),
        ("${pricing.discount()}", "'pricing.discount' failed: TypeError"),
    ],
)
def test_nothing_else_of_it_can_be_reached(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        juel.evaluate(text, {})


def test_installed_packages_offer_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("shop", "tests.bpmn.juel.test_beans:offering", beans.GROUP)
    monkeypatch.setattr(beans, "entry_points", lambda group: [point] if group == beans.GROUP else [])
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda offer: offer("shop", {"open": lambda: True}))
    beans.load_installed()
    try:
        assert juel.evaluate("${shop.open()}", {}) is True
    finally:
        beans.withdraw("shop")
