"""The generated forms of Camunda 7: fields with types and constraints."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn import forms
from bpmn.model import Expression, FormField, Language


def judged(value: Any, type: str = "string", *constraints: tuple[str, str]) -> list[str]:
    field = FormField(
        "x", type=type, constraints=constraints, values=(("a", "A"), ("b", "B")) if type == "enum" else ()
    )
    evaluated = {
        "id": "x",
        "label": "",
        "type": type,
        "default": None,
        "values": [list(pair) for pair in field.values],
        "constraints": [list(pair) for pair in constraints],
        "properties": {},
        "datePattern": "",
    }
    of_diagram, of_task = (forms.from_fields([one]).validate({"x": value}) for one in (field, evaluated))
    assert of_diagram == of_task
    return [fault.message for fault in of_diagram]


@pytest.mark.parametrize(
    ("type", "good", "bad", "message"),
    [
        ("string", "a", 1, "must be a text"),
        ("long", 5, 5.5, "must be a whole number"),
        ("long", -5, "five", "must be a number"),
        ("boolean", False, "no", "must be true or false"),
        ("date", "2026-01-31", "soon", "must be a date"),
        ("date", "31/01/2026", 5, "must be a date"),
        ("enum", "a", "c", "must be one of a, b"),
    ],
)
def test_answers_are_of_their_field_s_type(type: str, good: Any, bad: Any, message: str) -> None:
    assert judged(good, type) == []
    assert judged(bad, type) == [message]


def test_constraints_are_kept() -> None:
    assert judged(None, "string", ("required", "")) == ["is required"]
    assert judged(False, "boolean", ("required", "true")) == []
    assert judged(4, "long", ("min", "5")) == ["must be at least 5"]
    assert judged(6, "long", ("max", "5")) == ["must be at most 5"]
    assert judged("ab", "string", ("minlength", "3")) == ["must have at least 3 characters"]
    assert judged("abcd", "string", ("maxlength", "3")) == ["must have at most 3 characters"]
    assert judged(None, "string", ("required", ""), ("readonly", "")) == []


def test_defaults_are_literal_ones_of_diagrams_and_evaluated_ones_of_tasks() -> None:
    fields = [
        FormField("n", type="long", default=Expression("5")),
        FormField("yes", type="boolean", default=Expression("true")),
        FormField("later", default=Expression("${x}", Language.JUEL)),
    ]
    assert forms.from_fields(fields).defaults({}) == {"n": 5, "yes": True}
    assert forms.from_fields([{"id": "later", "type": "string", "default": "evaluated"}]).defaults({}) == {
        "later": "evaluated"
    }
    assert forms.from_fields([{"id": "n", "type": "long", "default": "7"}]).defaults({"n": 9}) == {"n": 9}
