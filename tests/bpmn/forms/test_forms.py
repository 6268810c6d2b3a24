"""Forms: read, judged as form-js does, and filled with what is known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bpmn import forms
from bpmn.errors import ModelError
from bpmn.model import Expression, FormField


def _form(*components: dict[str, Any]) -> forms.Form:
    return forms.read(json.dumps({"id": "f", "type": "default", "components": components}).encode())


def _faults(component: dict[str, Any], value: Any, **others: Any) -> list[str]:
    return [fault.message for fault in _form({"key": "x", **component}).validate({"x": value, **others})]


@pytest.mark.parametrize(
    ("component", "value", "faults"),
    [
        ({"type": "textfield", "validate": {"required": True}}, "", ["is required"]),
        ({"type": "textfield", "validate": {"required": "=strict"}}, None, ["is required"]),
        ({"type": "textfield", "validate": {"required": False}}, None, []),
        ({"type": "textfield"}, 5, ["must be a text"]),
        ({"type": "textfield", "validate": {"minLength": 3}}, " ab ", ["must have at least 3 characters"]),
        ({"type": "textarea", "validate": {"maxLength": 2}}, "abc", ["must have at most 2 characters"]),
        ({"type": "textfield", "validate": {"pattern": "^C-[0-9]+$"}}, "D-1", ["must match the pattern ^C-[0-9]+$"]),
        ({"type": "textfield", "validate": {"pattern": "^C-[0-9]+$"}}, "C-1", []),
        ({"type": "textfield", "validate": {"validationType": "email"}}, "ann@", ["must be an email address"]),
        ({"type": "textfield", "validate": {"validationType": "email"}}, "ann@example.org", []),
        ({"type": "number", "validate": {"min": 1, "max": 10}}, 0, ["must be at least 1"]),
        ({"type": "number", "validate": {"min": 1, "max": 10}}, 11, ["must be at most 10"]),
        ({"type": "number", "decimalDigits": 2}, 1.255, ["must have at most 2 digits after the point"]),
        ({"type": "number", "increment": "0.5"}, 1.3, ["must be a multiple of 0.5"]),
        ({"type": "number"}, "12.5", []),
        ({"type": "number"}, "twelve", ["must be a number"]),
        ({"type": "number"}, True, ["must be a number"]),
        ({"type": "checkbox", "validate": {"required": True}}, False, ["is required"]),
        ({"type": "checkbox"}, "yes", ["must be true or false"]),
        ({"type": "radio", "values": [{"value": "a", "label": "A"}]}, "b", ["must be one of a"]),
        ({"type": "select", "valuesKey": "known"}, "q", ["must be one of p"]),
        ({"type": "select", "valuesExpression": "=known"}, "p", []),
        ({"type": "select", "valuesKey": "unknown"}, "q", ["has no options to choose from here"]),
        ({"type": "select"}, "q", []),
        ({"type": "number", "validate": {"pattern": "^1"}}, 21, ["must match the pattern ^1"]),
        ({"type": "textarea", "validate": {"pattern": "^a$"}}, "a\n", ["must match the pattern ^a$"]),
        ({"type": "textfield", "validate": {"pattern": "a", "patternErrorMessage": "says no"}}, "b", ["says no"]),
        ({"type": "number", "validate": {"max": "=this.limit"}}, 3, []),
        ({"type": "radio", "values": [{"value": 1, "label": "A"}]}, True, ["must be one of 1"]),
        ({"type": "number"}, "1_000", ["must be a number"]),
        ({"type": "checklist", "values": [{"value": "a"}]}, ["a", "c"], ["must be one of a"]),
        ({"type": "taglist", "validate": {"required": True}}, [], ["is required"]),
        ({"type": "datetime", "subtype": "date"}, "2025-02-30", ["must be a date such as 2025-12-31"]),
        ({"type": "datetime", "subtype": "datetime"}, "2025-02-20T10:30Z", []),
        ({"type": "textfield", "disabled": True, "validate": {"required": True}}, None, []),
        ({"type": "textfield", "conditional": {"hide": "=strict"}, "validate": {"required": True}}, None, []),
    ],
)
def test_an_answer_is_judged_as_form_js_judges_it(component: dict[str, Any], value: Any, faults: list[str]) -> None:
    assert _faults(component, value, strict=True, known=["p"]) == faults


def test_answers_in_groups_and_lists_are_found_by_their_path() -> None:
    price = {"type": "number", "key": "price", "validate": {"required": True}}
    note = {
        "type": "textfield",
        "key": "note",
        "conditional": {"hide": "=this.price < 5"},
        "validate": {"required": True},
    }
    form = _form(
        {
            "type": "group",
            "path": "order",
            "components": [{"type": "textfield", "key": "id", "validate": {"required": True}}],
        },
        {"type": "dynamiclist", "path": "items", "components": [price, note]},
    )
    faults = form.validate({"order": {}, "items": [{"price": 2}, {"price": 9}, {}, 7]})
    assert [fault.path for fault in faults] == [
        "order.id",
        "items[1].note",
        "items[2].price",  # its note is hidden: a condition that gives null hides
        "items[3]",
    ]


def test_a_form_shows_variables_first_and_defaults_second() -> None:
    form = _form(
        {"type": "textfield", "key": "a", "defaultValue": "default"},
        {"type": "textfield", "key": "b", "defaultValue": "default"},
        {"type": "number", "key": "c"},
        {"type": "group", "path": "deep", "components": [{"type": "number", "key": "d", "defaultValue": 1}]},
        {"type": "expression", "key": "sum", "expression": "=e + 1"},
    )
    assert form.defaults({"a": "given", "e": 2}) == {"a": "given", "b": "default", "deep": {"d": 1}, "sum": 3}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not JSON"),
        (b"[]", "no form"),
        (b'{"components": {}}', "no form"),
        (b"\xff\xfe{}", "UTF-8"),
        (b'{"components": [{"type": "textfield"}]}', "has no key"),
        (b'{"components": [{"type": "number", "key": "a"}, {"type": "number", "key": "a"}]}', "another component"),
        (b'{"components": [{"type": "number", "key": "a", "conditional": {"hide": "=1 +"}}]}', "column 5"),
        (b'{"components": [5]}', "no type"),
        (b"[" * 100_000, "JSON|nested"),
    ],
)
def test_what_is_no_form_is_refused_with_words(content: bytes, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        forms.read(content)


def test_generated_fields_make_a_form_of_the_same_kind() -> None:
    form = forms.from_fields(
        (
            FormField("approved", "Do you approve?", "boolean", constraints=(("required", ""),)),
            FormField("amount", type="long", constraints=(("min", "10"),)),
            FormField("kind", type="enum", values=(("a", "A"), ("b", "B")), default=Expression("a")),
            FormField("due", type="date"),
            FormField("fixed", constraints=(("readonly", ""), ("required", ""))),
        )
    )
    assert form.validate({"approved": False, "amount": 12, "kind": "b", "due": "31/12/2025"}) == []
    faults = {fault.path: fault.message for fault in form.validate({"amount": 1.5, "kind": "c", "due": "soon"})}
    assert set(faults) == {"approved", "amount", "kind", "due"}
    assert form.defaults({}) == {"kind": "a"}


@pytest.mark.parametrize(
    ("condition", "is_hidden"),
    [
        ("=true", True),
        ("=n > 3", True),
        ("=n > 9", False),
        ("=missing", True),
        ("=missing > 3", True),
        ("=missing = 3", False),
        ('="text"', False),
        ("=n", False),
    ],
)
def test_a_condition_is_a_unary_test_of_null_as_in_form_js(condition: str, is_hidden: bool) -> None:
    hidden = {"type": "textfield", "validate": {"required": True}, "conditional": {"hide": condition}}
    assert _faults(hidden, None, n=5) == ([] if is_hidden else ["is required"])


def test_lists_inside_lists_see_where_they_stand() -> None:
    limit = {"type": "number", "key": "n", "validate": {"max": "=parent.most", "min": "=i[1] * 10 + i[2]"}}
    inner = {"type": "dynamiclist", "path": "inner", "components": [limit]}
    form = _form({"type": "dynamiclist", "path": "outer", "components": [inner]})
    data = {"outer": [{"most": 5}, {"most": 50, "inner": [{"n": 21}, {"n": 21}, {"n": 51}]}]}
    assert [(fault.path, fault.message) for fault in form.validate(data)] == [
        ("outer[1].inner[1].n", "must be at least 22"),
        ("outer[1].inner[2].n", "must be at most 50"),
    ]


def test_a_list_shows_its_first_entries_with_their_defaults() -> None:
    inner = [{"type": "textfield", "key": "a", "defaultValue": "x"}, {"type": "number", "key": "n"}]
    rows = {"type": "dynamiclist", "path": "rows", "isRepeating": True, "components": inner}
    form = _form({**rows, "defaultRepetitions": 2})
    assert form.defaults({}) == {"rows": [{"a": "x"}, {"a": "x"}]}
    assert form.defaults({"rows": [{"n": 1, "own": 2}]}) == {"rows": [{"a": "x", "n": 1, "own": 2}]}


def test_a_pattern_that_is_none_is_refused_with_its_component() -> None:
    with pytest.raises(ModelError, match="'f' has a pattern that is no regular expression"):
        _form({"type": "textfield", "id": "f", "key": "x", "validate": {"pattern": "("}})


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        (r"^\w+$", "abc\n", False),
        (r"\s", "\u00a0", True),
        (r"^[^\s]+$", "a\u2003b", False),
        (r"[[]", "[", True),
        (r"^[^]$", "\n", True),
        (r"^\d+$", "\u0663", False),
        (r"(?<y>\d)\k<y>", "a11", True),
        (r"\$", "5$", True),
        (r"^a\/b$", "a/b", True),
    ],
)
def test_patterns_mean_what_they_mean_in_javascript(pattern: str, value: str, fits: bool) -> None:
    found = _faults({"type": "textarea", "validate": {"pattern": pattern}}, value)
    assert (found == []) is fits


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("email", "a@b", True),
        ("email", "first.last+tag@mail.example.org", True),
        ("email", "a@-b.org", False),
        ("email", "a b@c.org", False),
        ("email", "a@b_c.org", False),
        ("phone", "+4930664040900", True),
        ("phone", "00493066404090", True),
        ("phone", "+49 30 664040900", False),
        ("phone", "030664040900", False),
    ],
)
def test_addresses_and_numbers_are_those_of_form_js(kind: str, value: str, fits: bool) -> None:
    assert (_faults({"type": "textfield", "validate": {"validationType": kind}}, value) == []) is fits
