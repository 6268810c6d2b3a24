"""The inputs of an AI task: literals as modelers store them, and errors that name the input."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Permanent
from connectors.llm.inputs import Inputs
from tests.support.books import request

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}
GOOD: dict[str, Any] = {
    "prompt": "Read the invoice.",
    "input": "Total: 12",
    "schema": SCHEMA,
    "models": ["small", "large"],
    "minConfidence": 0.8,
    "maxCost": 0.05,
    "onExhausted": "reviewers",
}


def read(**changes: Any) -> Inputs:
    return Inputs.read(request({**GOOD, **changes}))


def test_values_are_read() -> None:
    inputs = read()
    assert inputs.models == ("small", "large")
    assert (inputs.min_confidence, inputs.max_cost, inputs.group) == (0.8, Decimal("0.05"), "reviewers")


def test_texts_are_as_good_as_values() -> None:
    given = {"schema": json.dumps(SCHEMA), "models": " small , large ", "minConfidence": "0.8", "maxCost": "0.05"}
    assert read(**given) == read()
    assert read(models='["small", "large"]').models == ("small", "large")


def test_what_may_be_absent_has_a_meaning() -> None:
    inputs = read(minConfidence=None, maxCost="")
    assert (inputs.min_confidence, inputs.max_cost) == (0, None)


def test_a_model_named_twice_is_asked_once() -> None:
    assert read(models="a,b,a").models == ("a", "b")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", None),
        ("prompt", "  "),
        ("prompt", 3),
        ("prompt", "x" * 100_001),
        ("input", None),
        ("input", ""),
        ("input", {}),
        ("input", "x" * 500_001),
        ("schema", None),
        ("schema", "not json"),
        ("schema", "[" * 100_000),
        ("schema", []),
        ("schema", {"type": "string"}),
        ("schema", {"type": "object"}),
        ("schema", {"type": "objekt", "properties": {"a": {}}}),
        ("schema", {**SCHEMA, "$ref": "http://127.0.0.1:9/schema"}),
        ("schema", {**SCHEMA, "$defs": {"a": {"$ref": "file:///etc/passwd"}}}),
        ("models", None),
        ("models", "a,,b"),
        ("models", [1]),
        ("models", [f"m{n}" for n in range(11)]),
        ("models", {"a": 1}),
        ("minConfidence", 1.5),
        ("minConfidence", -0.1),
        ("minConfidence", "high"),
        ("minConfidence", True),
        ("minConfidence", "NaN"),
        ("maxCost", -1),
        ("maxCost", "cheap"),
        ("maxCost", "Infinity"),
        ("onExhausted", None),
        ("onExhausted", ["a"]),
        ("onExhausted", "x" * 256),
    ],
)
def test_a_wrong_input_is_named(name: str, value: Any) -> None:
    with pytest.raises(Permanent, match=f"AI task 'Read': input '{name}'") as caught:
        read(**{name: value})
    assert caught.value.code == "AI_TASK_INPUT_INVALID"
    assert len(str(caught.value)) < 500
