"""HTML forms of Camunda 7 as Camunda Forms: one component for each field that names a variable.

A field names its variable by `cam-variable-name`. Of the markup only labels, rules and choices are kept; scripts do not
run, and what AngularJS shows or hides by a condition is always shown and never required.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import html
from lxml.etree import LxmlError

Json = Any
MOST_FIELDS = 500
MOST_OPTIONS = 2_000
_WHOLE = frozenset(("integer", "long", "short"))
_NUMBERS = _WHOLE | {"double", "float", "number"}
_TRUE = frozenset(("", "true", "required", "readonly", "disabled", "checked", "multiple", "selected"))
_CONDITIONS = ("ng-if", "ng-show", "ng-hide", "ng-switch-when")
_CREATED = re.compile(r"createVariable\s*\(\s*\{(?P<inside>[^{}]*)\}")
_SETTING = re.compile(r"\b(name|type)\s*:\s*(['\"])([^'\"]*)\2")
_BOUNDS = {"min": "min", "max": "max"}
_LENGTHS = {
    "minlength": "minLength",
    "ng-minlength": "minLength",
    "maxlength": "maxLength",
    "ng-maxlength": "maxLength",
}


def schema(text: str, id: str) -> dict[str, Json]:
    """The JSON of a form with one component per variable, in the order of the page."""
    reader = _Page(text)
    parts = list(reader.components())
    return {"type": "default", "id": id, "schemaVersion": 16, "components": parts}


class _Page:
    """One HTML page being read."""

    def __init__(self, text: str) -> None:
        self.fields: dict[str, list[html.HtmlElement]] = {}
        self.labels: dict[str, str] = {}
        self.created: dict[str, str] = {}
        try:
            root = html.fragment_fromstring(text, create_parent="div") if text.strip() else None
        except (LxmlError, ValueError):
            root = None
        if root is not None:
            self.read(root)

    def read(self, root: html.HtmlElement) -> None:
        for element in root.iter("input", "select", "textarea", "label", "script"):
            if element.tag == "label":
                self.labels.setdefault(element.get("for") or "", _words(element))
            elif element.tag == "script":
                self.created |= _created(element.text or "")
            else:
                self.read_field(element, (element.get("cam-variable-name") or "").strip())

    def read_field(self, element: html.HtmlElement, name: str) -> None:
        if name and (name in self.fields or len(self.fields) < MOST_FIELDS):
            self.fields.setdefault(name, []).append(element)

    def components(self) -> Iterator[dict[str, Json]]:
        for name, elements in self.fields.items():
            yield {"id": f"field_{name}", "key": name, "label": self.label(elements[0], name), **_field(elements)}
        for name, type_ in self.created.items():
            if name not in self.fields:
                yield {"id": f"field_{name}", "key": name, "label": name, **_typed(type_)}

    def label(self, element: html.HtmlElement, name: str) -> str:
        """What stands on the label of the field, around it, or in it as long as it is empty."""
        own = self.labels.get(element.get("id") or "\0", "")
        around = next((_words(outer) for outer in element.iterancestors("label")), "")
        return own or around or _label_beside(element) or element.get("placeholder") or name


def _label_beside(element: html.HtmlElement) -> str:
    """The label of the group that holds this field only."""
    for outer in element.iterancestors("div", "p", "td", "li", "fieldset"):
        if len(list(outer.iter("input", "select", "textarea"))) > 1:
            return ""
        label = next((label for label in outer.iter("label") if not label.get("for")), None)
        if label is not None:
            return _words(label)
    return ""


def _words(element: html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split()).rstrip(":*").strip()[:200]


def _created(script: str) -> dict[str, str]:
    """The variables that a page's script makes: somebody has to give them a value here."""
    found = {}
    for call in _CREATED.finditer(script):
        settings = {setting[1]: setting[3] for setting in _SETTING.finditer(call["inside"])}
        if settings.get("name"):
            found[settings["name"]] = settings.get("type", "")
    return found


# -- one field -----------------------------------------------------------------------------------------------------


def _field(elements: list[html.HtmlElement]) -> dict[str, Json]:
    element = elements[0]
    type_ = (element.get("cam-variable-type") or "").strip().lower()
    part = _kind(elements, type_)
    rules = _rules(element, part["type"])
    is_conditional = any(outer.get(name) is not None for outer in _up(element) for name in _CONDITIONS)
    if rules.get("required") and not is_conditional:
        part["validate"] = rules
    else:
        part["validate"] = {name: rule for name, rule in rules.items() if name != "required"}
    if _is_on(element, "disabled"):
        part["disabled"] = True
    if _is_on(element, "readonly") or _is_on(element, "ng-readonly"):
        part["readonly"] = True
    return part | _default(elements, part["type"], type_)


def _up(element: html.HtmlElement) -> Iterator[html.HtmlElement]:
    yield element
    yield from element.iterancestors()


def _is_on(element: html.HtmlElement, name: str) -> bool:
    value = element.get(name)
    return value is not None and value.strip().lower() in _TRUE | {name}


def _kind(elements: list[html.HtmlElement], type_: str) -> dict[str, Json]:
    element = elements[0]
    widget = (element.get("type") or "text").lower()
    if element.tag == "select":
        many = element.get("multiple") is not None
        return {"type": "taglist" if many else "select", **_choices(element, type_)}
    if widget == "radio":
        return {"type": "radio", "values": [_option(one.get("value") or "", _near(one), type_) for one in elements]}
    if element.tag == "textarea":
        return {"type": "textarea"}
    if widget == "file" or type_ in ("file", "bytes"):
        return {"type": "filepicker"}
    if widget == "checkbox" or type_ == "boolean":
        return {"type": "checkbox"}
    return _typed(type_ or ("double" if widget == "number" else "date" if widget == "date" else ""))


def _typed(type_: str) -> dict[str, Json]:
    """The component of a type of Camunda 7's variables."""
    word = type_.strip().lower()
    if word in _NUMBERS:
        return {"type": "number", **({"decimalDigits": 0} if word in _WHOLE else {})}
    if word == "date":
        return {"type": "datetime", "subtype": "date"}
    return {"type": {"boolean": "checkbox", "file": "filepicker", "bytes": "filepicker"}.get(word, "textfield")}


def _choices(element: html.HtmlElement, type_: str) -> dict[str, Json]:
    source = (element.get("cam-choices") or "").strip()
    if source:
        return {"valuesKey": source}
    options = list(element.iter("option"))[:MOST_OPTIONS]
    values = [
        _option(one.get("value") if one.get("value") is not None else _words(one), _words(one), type_)
        for one in options
    ]
    return {"values": [value for value in values if value["value"] != ""]}


def _option(value: str | None, label: str, type_: str) -> dict[str, Json]:
    known = _value(value or "", type_)
    return {"value": known, "label": label or str(known)}


def _near(element: html.HtmlElement) -> str:
    """What stands after a radio button."""
    around = next((_words(outer) for outer in element.iterancestors("label")), "")
    return around or " ".join((element.tail or "").split())


def _value(text: str, type_: str) -> Json:
    """A value of the page as its variable has it."""
    text = text.strip()
    if type_ == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if type_ in _NUMBERS:
        try:
            return int(text) if type_ in _WHOLE else float(text)
        except ValueError:
            return text
    return text


def _rules(element: html.HtmlElement, kind: str) -> dict[str, Json]:
    rules: dict[str, Json] = {}
    if _is_on(element, "required") or _is_on(element, "ng-required"):
        rules["required"] = True
    for attribute, rule in (_BOUNDS if kind == "number" else _LENGTHS).items():
        bound = _value(element.get(attribute) or "", "double")
        if isinstance(bound, float):
            rules[rule] = int(bound) if bound.is_integer() else bound
    pattern = element.get("pattern") or (element.get("ng-pattern") or "").strip("/")
    if pattern and "{{" not in pattern and kind in ("textfield", "textarea"):
        # A pattern of HTML must match as a whole.
        rules["pattern"] = f"^(?:{pattern})$" if element.get("pattern") else pattern
    if (element.get("type") or "").lower() == "email":
        rules["validationType"] = "email"
    return rules


def _default(elements: list[html.HtmlElement], kind: str, type_: str) -> dict[str, Json]:
    element = elements[0]
    if kind == "checkbox":
        return {"defaultValue": True} if element.get("checked") is not None else {}
    if kind == "radio":
        chosen = next((one.get("value") for one in elements if one.get("checked") is not None), None)
    elif kind == "select":
        chosen = next((one.get("value") for one in element.iter("option") if one.get("selected") is not None), None)
    elif kind == "textarea":
        chosen = (element.text or "").strip()
    else:
        chosen = element.get("value")
    if not chosen or "{{" in chosen or kind == "filepicker":
        return {}
    return {"defaultValue": _value(chosen, type_)}
