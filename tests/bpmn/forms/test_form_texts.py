"""Labels and texts that hold FEEL; tests/conformance/test_form_js.py compares them with form-js itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bpmn import forms
from bpmn.forms import templates


def form(*components: dict[str, Any]) -> forms.Form:
    return forms.read(json.dumps({"id": "f", "type": "default", "components": components}).encode())


def shown(text: str, data: dict[str, Any], **more: bool) -> str:
    template = templates.read(text, is_one_line=False, **more)
    assert template is not None
    return template.shown(data)


DATA = {"name": "Ann", "amount": 4, "tags": ["a", "b"], "people": [{"name": "Bo", "tags": ["x"]}, {"name": "Cy"}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('="Dear " + name', "Dear Ann"),
        ("=missing", ""),
        ("Dear {{name}}, {{= amount * 2}}", "Dear Ann, 8"),
        ("{{missing}}|{{}}|{{ }}", "||"),
        ("{{1 +}}, {{name}}", " {{⚠}} , Ann"),
        ("{{#if amount > 3}}many{{/if}}{{#if amount > 9}}more{{/if}}", "many"),
        ("{{#if amount > 3}}\nmany{{/if}}\nlast", "many\nlast"),
        ("{{#loop tags}}\n- {{this}}\n{{/loop}}\nlast", "- a\n- b\nlast"),
        (
            "{{#loop people}}{{name}} ({{parent.name}}): {{#loop tags}}{{this}}{{/loop}};{{/loop}}",
            "Bo (Ann): x;Cy (Ann): ;",
        ),
        ("{{#loop name}}<{{_this_}}>{{/loop}}", "<Ann>"),
        ("{{people[1]}}", '{name: "Bo", tags: ["x"]}'),
        ('{{date("2024-01-01")}}', "2024-01-01"),
        ("{{#if amount > 3}}open", "open"),
    ],
)
def test_templates_are_shown_over_the_data(text: str, expected: str) -> None:
    assert shown(text, DATA) == expected


def test_strict_templates_want_booleans_and_lists() -> None:
    assert shown("{{#if amount}}a{{/if}}", DATA) == "a"
    assert shown("{{#if amount}}a{{/if}}", DATA, is_strict=True) == templates.BROKEN
    assert shown("{{#loop name}}a{{/loop}}", DATA, is_strict=True) == templates.BROKEN


def test_what_is_inserted_into_html_is_no_html() -> None:
    text = "<b>{{name}}</b>{{missing}}"
    assert shown(text, {"name": "<i a='1'>"}, is_html=True) == "<b>&lt;i a=&#039;1&#039;&gt;</b> {{⚠}} "


def test_a_text_without_feel_is_no_template() -> None:
    for text in ("Name", "{{open", " =name", 5, None):
        assert templates.read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "{{#loop 1..9999}}" * 19 + "x",
        "{{#loop for i in 1..1000000 return i}}{{this}}{{/loop}}",
        "{{#if true}}" * 5_000,
        "{{count(for i in 1..2000, j in 1..2000 return i)}}" * 50,
    ],
)
def test_a_hostile_template_has_a_text_of_moderate_length(text: str) -> None:
    assert len(shown(text, DATA)) <= 100_000


def test_texts_of_all_components_by_property() -> None:
    read = form(
        {"type": "textfield", "id": "a", "key": "a", "label": "{{name}}\nsecond line", "description": "=name",
         "appearance": {"prefixAdorner": "{{amount}}", "suffixAdorner": "EUR"}},
        {"type": "radio", "id": "b", "key": "b", "label": "B",
         "values": [{"value": 1, "label": "{{name}}"}, {"value": 2, "label": "two"}]},
        {"type": "text", "id": "t", "text": "# {{name}}\n{{amount}}"},
        {"type": "html", "id": "h", "content": "<b>{{name}}</b>"},
        {"type": "image", "id": "i", "source": "=picture", "alt": "{{name}}"},
        {"type": "datetime", "id": "d", "key": "d", "dateLabel": "{{name}}", "timeLabel": "=name"},
    )  # fmt: skip
    assert read.texts(DATA) == {
        "a": {"label": "Ann", "description": "Ann", "prefixAdorner": "4"},
        "b": {"values[0].label": "Ann"},
        "t": {"text": "# Ann\n4"},
        "h": {"content": "<b>Ann</b>"},
        "i": {"source": "", "alt": "Ann"},
        "d": {"dateLabel": "Ann", "timeLabel": "Ann"},
    }


def test_entries_of_lists_have_texts_of_their_own_and_hidden_ones_have_none() -> None:
    inner = {"type": "textfield", "id": "in", "key": "k", "label": "{{this.k}} of {{name}}",
             "conditional": {"hide": '=this.k = "hidden"'}}  # fmt: skip
    read = form({"type": "dynamiclist", "id": "l", "path": "rows", "label": "{{count(rows)}}", "components": [inner]})
    data = {"name": "Ann", "rows": [{"k": "a"}, {"k": "hidden"}, {"k": "b"}]}
    assert read.texts(data) == {"l": {"label": "3"}, "in": {"label": ["a of Ann", None, "b of Ann"]}}
