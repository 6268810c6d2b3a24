"""HTML forms of Camunda 7, read as forms over the variables that their fields name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bpmn import forms
from bpmn.forms import from_html

PAGE = """
<form class="form-horizontal" name="order">
  <h2>Order {{ number }}</h2>
  <div class="form-group">
    <label for="who">Customer *:</label>
    <input id="who" type="text" cam-variable-name="customer" cam-variable-type="String" required
           ng-minlength="2" maxlength="20" placeholder="Name">
  </div>
  <div class="form-group"><label>Amount</label>
    <input type="number" cam-variable-name="amount" cam-variable-type="Integer" min="1" max="100" value="5"></div>
  <div><label>
    <input type="checkbox" cam-variable-name="express" cam-variable-type="Boolean" checked> Express?</label></div>
  <select cam-variable-name="country" cam-variable-type="String">
    <option value=""></option><option value="de" selected>Germany</option><option>France</option></select>
  <select cam-variable-name="score" cam-variable-type="Integer">
    <option value="1">low</option><option value="2">high</select>
  <select cam-variable-name="product" cam-variable-type="String" cam-choices="products" required></select>
  <label><input type="radio" cam-variable-name="ok" cam-variable-type="Boolean" value="true"> Yes</label>
  <label>
    <input type="radio" cam-variable-name="ok" cam-variable-type="Boolean" value="false" checked="checked"> No</label>
  <textarea cam-variable-name="note" cam-variable-type="String" readonly>Hello</textarea>
  <input type="text" uib-datepicker-popup cam-variable-name="due" cam-variable-type="Date">
  <input type="file" cam-variable-name="paper" cam-variable-type="File" cam-max-filesize="1000">
  <div ng-if="express"><input cam-variable-name="reason" cam-variable-type="String" required></div>
  <input type="email" cam-variable-name="mail" cam-variable-type="String" pattern="[^@]+@x.org" disabled>
  <input type="text" ng-model="nothing" required>
  <script cam-script type="text/form-script">
    camForm.on('form-loaded', function() {
      camForm.variableManager.createVariable({ name: 'total', type: 'Double', value: 3 });
      camForm.variableManager.createVariable({ name: "customer", type: "String" });
    });
  </script>
</form>
"""


def _schema(text: str) -> dict[str, Any]:
    return from_html.schema(text, "order.html")


def _form(text: str = PAGE) -> forms.Form:
    return forms.read(json.dumps(_schema(text)).encode())


def _parts() -> dict[str, dict[str, Any]]:
    return {part["key"]: part for part in _schema(PAGE)["components"]}


def test_every_field_that_names_a_variable_becomes_a_component_in_the_order_of_the_page() -> None:
    assert [(part["key"], part["type"]) for part in _schema(PAGE)["components"]] == [
        ("customer", "textfield"),
        ("amount", "number"),
        ("express", "checkbox"),
        ("country", "select"),
        ("score", "select"),
        ("product", "select"),
        ("ok", "radio"),
        ("note", "textarea"),
        ("due", "datetime"),
        ("paper", "filepicker"),
        ("reason", "textfield"),
        ("mail", "textfield"),
        ("total", "number"),
    ]


def test_labels_are_found_by_reference_around_and_beside_the_field() -> None:
    labels = {key: part["label"] for key, part in _parts().items()}
    assert labels["customer"] == "Customer"
    assert labels["amount"] == "Amount"
    assert labels["express"] == "Express?"
    assert labels["country"] == "country"


def test_rules_choices_and_defaults_are_kept() -> None:
    parts = _parts()
    assert parts["customer"]["validate"] == {"required": True, "minLength": 2, "maxLength": 20}
    assert parts["amount"]["validate"] == {"min": 1, "max": 100}
    assert parts["country"]["values"] == [{"value": "de", "label": "Germany"}, {"value": "France", "label": "France"}]
    assert parts["score"]["values"] == [{"value": 1, "label": "low"}, {"value": 2, "label": "high"}]
    assert parts["product"]["valuesKey"] == "products"
    assert parts["ok"]["values"] == [{"value": True, "label": "Yes"}, {"value": False, "label": "No"}]
    assert parts["note"]["readonly"] is True
    assert parts["reason"]["validate"] == {}  # shown by a condition of AngularJS, so never required
    shown = _form().defaults({"note": "mine"})
    assert shown == {"amount": 5, "express": True, "country": "de", "ok": False, "note": "mine"}


def test_answers_are_judged() -> None:
    answers = {"customer": "A", "amount": 2.5, "country": "us", "product": "a", "products": ["a"], "ok": "true"}
    assert {fault.path: fault.message for fault in _form().validate(answers)} == {
        "customer": "must have at least 2 characters",
        "amount": "must be a whole number",
        "country": "must be one of de, France",
        "ok": "must be one of true, false",
    }
    assert _form().validate({"customer": "Ann", "product": "a", "products": ["a"]}) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no markup",
        "<",
        "<form><input cam-variable-name='a'",
        "<input cam-variable-name=''>",
        "<!-- <input cam-variable-name='a'> -->",
        "<div>" * 3000 + "<input cam-variable-name='a'>",
        "<?xml version='1.0'?><form/>",
        "\x00",
        "<input cam-variable-name='a' cam-variable-type='Integer' value='x' min='y'>" * 3,
        "".join(f"<input cam-variable-name='v{n}'>" for n in range(2000)),
    ],
)
def test_any_text_gives_a_form_that_can_be_read(text: str) -> None:
    assert len(_form(text).components) <= 500
