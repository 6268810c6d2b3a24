"""Camunda Forms: read with their bounds, judged as form-js judges, shown with variables and defaults."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bpmn import forms
from bpmn.errors import ModelError


def form(*components: dict[str, Any]) -> forms.Form:
    return forms.read(json.dumps({"id": "f", "type": "default", "components": components}).encode())


def field(type: str = "textfield", key: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": type, "key": key, "id": f"id_{key}", "label": key.title(), **more}


def faults(component: dict[str, Any], value: Any) -> list[str]:
    return [fault.message for fault in form(component).validate({"x": value})]


def test_a_form_keeps_id_components_and_its_json() -> None:
    read = form(field(validate={"required": True}), {"type": "text", "text": "Hello"})
    assert read.id == "f"
    assert [(one.key, one.type, one.label) for one in read.components] == [("x", "textfield", "X"), ("", "text", "")]
    assert read.schema["components"][1]["text"] == "Hello"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "no list of components"),
        (b'{"components": {}}', "no list of components"),
        (b'{"components": [{}]}', "has no type"),
        (b'{"components": [{"type": "textfield", "id": "a"}]}', "'a' has no key"),
        (b"[" * 200_000, "nested too deeply"),
        (b" " * (2 * 1024 * 1024 + 1), "at most 2,097,152 are read"),
    ],
)
def test_what_is_no_form_is_refused_with_the_reason(content: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        forms.read(content)


def test_depth_and_number_of_components_are_bounded() -> None:
    nested: dict[str, Any] = field()
    for _ in range(25):
        nested = {"type": "group", "components": [nested]}
    with pytest.raises(ModelError, match="20 levels"):
        form(nested)
    with pytest.raises(ModelError, match="more than 5,000 components"):
        form(*[{"type": "separator"}] * 5001)


def test_two_components_may_not_share_a_key() -> None:
    with pytest.raises(ModelError, match="the key 'x', which another component has"):
        form(field(), field("number"))


def test_a_broken_expression_is_refused_with_its_component() -> None:
    with pytest.raises(ModelError, match="'id_x' has a broken expression in 'conditional.hide'") as caught:
        form(field(conditional={"hide": "=1 +"}))
    assert caught.value.element == "id_x"


@pytest.mark.parametrize("value", [None, "", []])
def test_a_required_answer_may_not_be_empty(value: Any) -> None:
    assert faults(field("textfield", validate={"required": True}), value) == ["is required"]
    assert faults(field("textfield"), value) == []


def test_a_required_checkbox_must_be_checked_and_zero_is_an_answer() -> None:
    assert faults(field("checkbox", validate={"required": True}), False) == ["is required"]
    assert faults(field("checkbox"), False) == []
    assert faults(field("number", validate={"required": True}), 0) == []


@pytest.mark.parametrize(
    ("type", "value", "message"),
    [
        ("textfield", 5, "must be a text"),
        ("textarea", True, "must be a text"),
        ("number", "many", "must be a number"),
        ("number", True, "must be a number"),
        ("number", float("nan"), "must be a number"),
        ("checkbox", "yes", "must be true or false"),
        ("checklist", "a", "must be a list"),
        ("datetime", "tomorrow", "must be a date such as 2025-12-31"),
        ("datetime", 5, "must be a date such as 2025-12-31"),
    ],
)
def test_a_value_of_another_type_is_a_fault(type: str, value: Any, message: str) -> None:
    assert faults(field(type), value) == [message]


@pytest.mark.parametrize(
    ("rules", "good", "bad", "message"),
    [
        ({"min": 3}, 3, 2.5, "must be at least 3"),
        ({"max": 3}, 3, 3.1, "must be at most 3"),
        ({"min": 0}, 0, -1, "must be at least 0"),
    ],
)
def test_numbers_stay_in_their_bounds(rules: dict[str, Any], good: Any, bad: Any, message: str) -> None:
    assert faults(field("number", validate=rules), good) == []
    assert faults(field("number", validate=rules), bad) == [message]


def test_numbers_keep_digits_and_steps_exactly() -> None:
    assert faults(field("number", decimalDigits=2), 1.25) == []
    assert faults(field("number", decimalDigits=0), 1.5) == ["must be a whole number"]
    assert faults(field("number", decimalDigits=2), 1.255) == ["must have at most 2 digits after the point"]
    assert faults(field("number", increment="0.1"), 0.3) == []
    assert faults(field("number", increment="0.1"), 0.35) == ["must be a multiple of 0.1"]


def test_the_length_of_a_text_is_counted_without_white_space_around_it() -> None:
    rules = {"minLength": 3, "maxLength": 4}
    assert faults(field(validate=rules), "  abcd  ") == []
    assert faults(field(validate=rules), "  ab  ") == ["must have at least 3 characters"]
    assert faults(field(validate=rules), "abcde") == ["must have at most 4 characters"]


def test_a_pattern_may_occur_anywhere_and_costs_little_whatever_the_text() -> None:
    assert faults(field(validate={"pattern": "[0-9]+"}), "a1b") == []
    assert faults(field(validate={"pattern": "^C-[0-9]+$"}), "C-") == ["must match the pattern ^C-[0-9]+$"]
    assert faults(field(validate={"pattern": "^(a+)+$"}), "a" * 60 + "!") != []


@pytest.mark.parametrize(("kind", "good", "bad"), [("email", "a.b@example", "a@"), ("phone", "+4930664040900", "12")])
def test_kinds_of_text(kind: str, good: str, bad: str) -> None:
    assert faults(field(validate={"validationType": kind}), good) == []
    assert len(faults(field(validate={"validationType": kind}), bad)) == 1


def test_answers_must_be_among_the_options() -> None:
    values = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
    assert faults(field("select", values=values), "a") == []
    assert faults(field("radio", values=values), "c") == ["must be one of a, b"]
    assert faults(field("checklist", values=values), ["a", "c"]) == ["must be one of a, b"]
    assert form(field("select", valuesKey="all")).validate({"x": "q", "all": ["p", "q"]}) == []
    assert len(form(field("select", valuesKey="all")).validate({"x": "z", "all": ["p", "q"]})) == 1


def test_hidden_and_disabled_components_are_not_judged() -> None:
    needed = {"required": True}
    hidden = form(field(validate=needed, conditional={"hide": '=kind = "simple"'}), field(key="kind"))
    assert hidden.validate({"kind": "simple"}) == []
    assert [fault.path for fault in hidden.validate({"kind": "full"})] == ["x"]
    assert form(field(validate=needed, disabled=True)).validate({}) == []


def test_rules_may_be_expressions_over_the_data() -> None:
    read = form(field("number", validate={"max": "=limit"}), field("number", key="limit"))
    assert read.validate({"x": 5, "limit": 5}) == []
    assert [fault.message for fault in read.validate({"x": 6, "limit": 5})] == ["must be at most 5"]


def test_faults_of_groups_and_lists_carry_their_whole_path() -> None:
    price = field("number", key="price", validate={"min": 0})
    read = form(
        {"type": "group", "path": "buyer", "components": [field(key="name", validate={"required": True})]},
        {"type": "dynamiclist", "path": "items", "components": [price]},
    )
    data = {"buyer": {}, "items": [{"price": 1}, {"price": -1}, "no object"]}
    assert [(fault.path, fault.message) for fault in read.validate(data)] == [
        ("buyer.name", "is required"),
        ("items[1].price", "must be at least 0"),
        ("items[2]", "must be an object"),
    ]


def test_what_the_form_does_not_ask_for_is_allowed() -> None:
    assert form(field()).validate({"x": "a", "other": object()}) == []


def test_a_form_shows_variables_before_defaults_and_leaves_out_what_has_neither() -> None:
    read = form(
        field(defaultValue="d"),
        field("number", key="n", defaultValue=3),
        field(key="empty"),
        {"type": "group", "path": "g", "components": [field(key="inner", defaultValue="i")]},
        {"type": "expression", "key": "sum", "id": "s", "expression": "=n + 1"},
    )
    assert read.defaults({"n": 7, "unrelated": 1}) == {"x": "d", "n": 7, "g": {"inner": "i"}, "sum": 8}


EVERY_TYPE = """textfield textarea number checkbox checklist radio select taglist datetime filepicker dynamiclist group
iframe table html text image button separator spacer expression documentPreview""".split()


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_every_component_of_form_js_is_read(kind: str) -> None:
    part = {"id": "c", "type": kind, "key": "x", "path": "p", "label": "=name", "components": [field(key="inner")]}
    read = form(part | {"expression": "=1 + 1", "dataSource": "=rows", "text": "Hi {{name}}", "readonly": "=true"})
    assert next(read.walk()).type == kind
    assert ("x" in read.keys) is (kind in EVERY_TYPE[:10])
    assert read.validate({}) == []
