"""Generated forms: the fields of a Camunda 7 diagram (`camunda:formData`), as a form of the kind of Camunda Forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bpmn.forms.model import Component, Form, Json, Rule
from bpmn.model import FormField

_TYPES = {"string": "textfield", "long": "number", "boolean": "checkbox", "date": "datetime", "enum": "select"}
_RULES = {"min": "min", "max": "max", "minlength": "minLength", "maxlength": "maxLength", "required": "required"}


def from_fields(fields: Sequence[FormField | Mapping[str, Json]], id: str = "") -> Form:
    """The form of generated fields: those of a diagram, or the JSON that a task keeps of them, its defaults evaluated.

    Types other than string, long, boolean, date and enum are texts. Of a diagram's defaults only literal ones are
    taken: the others are expressions, which the engine evaluates when the task is made.
    """
    return Form(id, tuple(_component(*_parted(field)) for field in fields))


def _parted(field: FormField | Mapping[str, Json]) -> tuple[FormField, Json]:
    """The field and its default."""
    if isinstance(field, FormField):
        literal = field.default.text if field.default is not None and field.default.is_literal else None
        return field, _typed(literal, field.type)
    plain = FormField(
        id=field["id"],
        label=field.get("label") or "",
        type=field.get("type") or "string",
        values=tuple((str(key), str(label)) for key, label in field.get("values") or ()),
        constraints=tuple((str(name), str(config)) for name, config in field.get("constraints") or ()),
    )
    default = field.get("default")
    return plain, _typed(default, plain.type) if isinstance(default, str) else default


def _component(field: FormField, default: Json) -> Component:
    constraints = dict(field.constraints)
    rules: dict[str, Rule] = {}
    for name, config in constraints.items():
        if name in _RULES:
            rules[_RULES[name]] = _constant(True if name == "required" else _number(config))
    return Component(
        id=field.id,
        type=_TYPES.get(field.type, "textfield"),
        key=field.id,
        label=field.label,
        rules=MappingProxyType(rules),
        default=default,
        options=field.values,
        is_disabled="readonly" in constraints,
        readonly=_constant(True) if "readonly" in constraints else None,
        subtype="any" if field.type == "date" else "",
        decimal_digits=0 if field.type == "long" else None,
        is_false_an_answer=True,
    )


def _constant(value: Json) -> Rule:
    return lambda scope: value


def _number(text: str) -> Json:
    try:
        return int(text)
    except ValueError:
        return text


def _typed(text: str | None, kind: str) -> Json:
    """A literal default as its field's type has it."""
    if text is None or text == "":
        return None
    if kind == "boolean":
        return text.strip().lower() == "true"
    return _number(text) if kind == "long" else text
