"""Camunda Forms (`.form`, the JSON of form-js) into the model.

FEEL in properties is compiled here, so that it is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bpmn import feel
from bpmn.errors import EvaluationError, LanguageError, ModelError
from bpmn.forms.model import CONTAINERS, INPUTS, Component, Form, Json, Rule, Scope

MAXIMUM_BYTES = 2 * 1024 * 1024
MAXIMUM_COMPONENTS = 5_000
MAXIMUM_DEPTH = 20
_MODELER = "Open the form in Camunda Modeler, correct it and save it again."


def read(data: bytes, *, source: str = "") -> Form:
    """The form of a `.form` file of at most 2 MB, 5,000 components and 20 levels.

    `source` is the name it was uploaded under. Raises `ModelError` for what is no form, with the line or the component
    and what to do.
    """
    schema = _schema(data)
    reader = _Reader()
    components = reader.components(schema["components"], 0, "")
    return Form(
        id=_text(schema.get("id")),
        components=components,
        version_tag=_text(schema.get("versionTag")),
        platform=" ".join(
            filter(None, (_text(schema.get("executionPlatform")), _text(schema.get("executionPlatformVersion"))))
        ),
        schema_version=schema["schemaVersion"] if isinstance(schema.get("schemaVersion"), int) else 0,
        schema=MappingProxyType(schema),
    )


def _schema(data: bytes) -> dict[str, Json]:
    if len(data) > MAXIMUM_BYTES:
        raise ModelError(f"The form has {len(data):,} bytes; at most {MAXIMUM_BYTES:,} are read.", hint="Split it up.")
    try:
        schema = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ModelError(f"The form is not JSON: {error.msg}.", line=error.lineno, hint=_MODELER) from None
    except UnicodeDecodeError:
        raise ModelError("The form is not UTF-8 text.", hint=_MODELER) from None
    except (RecursionError, ValueError):
        raise ModelError("The form is nested too deeply, or holds an impossible number.", hint=_MODELER) from None
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), list):
        raise ModelError(
            "This is no form: it has no list of components.", hint="Upload a form as Camunda Modeler saves it."
        )
    return schema


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


class _Reader:
    """One form being read; keeps the keys that were seen, since two components must not share one."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.count = 0

    def components(self, listed: Json, depth: int, path: str) -> tuple[Component, ...]:
        if depth > MAXIMUM_DEPTH:
            raise ModelError(f"The form is nested more than {MAXIMUM_DEPTH} levels deep.", hint=_MODELER)
        if not isinstance(listed, list):
            raise ModelError("'components' must be a list.", hint=_MODELER)
        return tuple(self.component(part, depth, path) for part in listed)

    def component(self, part: Json, depth: int, path: str) -> Component:
        self.count += 1
        if self.count > MAXIMUM_COMPONENTS:
            raise ModelError(f"The form has more than {MAXIMUM_COMPONENTS:,} components.", hint="Split it up.")
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise ModelError("A component of the form has no type.", hint=_MODELER)
        kind, key = part["type"], _text(part.get("key")).strip()
        place = _Place(_text(part.get("id")) or key or kind)
        if kind in INPUTS:
            self.claim(place, key, path)
        inner = _text(part.get("path")) if kind in CONTAINERS else ""
        below = ".".join(filter(None, (path, inner))) + ("[]" if kind == "dynamiclist" else "")
        return Component(
            id=place.id,
            type=kind,
            key=key,
            label=_text(part.get("label")) or _text(part.get("dateLabel")),
            path=inner,
            rules=self.rules(part, place),
            default=part.get("defaultValue"),
            options=_options(part, place),
            option_source=self.option_source(part, place),
            hidden=self.hidden(part, place),
            readonly=self.rule(part.get("readonly"), place, "readonly"),
            is_disabled=part.get("disabled") is True,
            subtype=_text(part.get("subtype")),
            decimal_digits=part["decimalDigits"] if isinstance(part.get("decimalDigits"), int) else None,
            step=str(part.get("increment") or ""),
            value=self.rule(part.get("expression"), place, "expression") if kind == "expression" else None,
            components=self.components(part.get("components", []), depth + 1, below) if kind in CONTAINERS else (),
        )

    def claim(self, place: _Place, key: str, path: str) -> None:
        if not key:
            raise place.error("has no key, so its answer could not be kept")
        full = f"{path}.{key}" if path else key
        if full in self.seen:
            raise place.error(f"has the key '{full}', which another component has, too")
        self.seen.add(full)

    # -- properties ----------------------------------------------------------------------------------------------

    def rules(self, part: Mapping[str, Json], place: _Place) -> Mapping[str, Rule]:
        validate = part.get("validate")
        if validate is None:
            return MappingProxyType({})
        if not isinstance(validate, dict):
            raise place.error("has a 'validate' that is no object")
        found = {name: self.rule(value, place, f"validate.{name}") for name, value in validate.items()}
        return MappingProxyType({name: rule for name, rule in found.items() if rule is not None})

    def hidden(self, part: Mapping[str, Json], place: _Place) -> Rule | None:
        conditional = part.get("conditional")
        return self.rule(conditional.get("hide"), place, "conditional.hide") if isinstance(conditional, dict) else None

    def option_source(self, part: Mapping[str, Json], place: _Place) -> Rule | None:
        key = _text(part.get("valuesKey"))
        if key:
            return lambda scope: scope.get(key)
        return self.rule(part.get("valuesExpression"), place, "valuesExpression")

    def rule(self, value: Json, place: _Place, name: str) -> Rule | None:
        """A constant, or the FEEL expression after a leading `=`."""
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not value.strip().startswith("="):
            return lambda scope: value
        try:
            expression = feel.compile(value.strip()[1:], dialect="camunda")
        except LanguageError as error:
            raise place.error(f"has a broken expression in '{name}' (column {error.column + 1}): {error}") from None

        def evaluate(scope: Scope) -> Any:
            try:
                return expression.evaluate(scope)
            except EvaluationError:
                return None

        return evaluate


class _Place:
    """The component at hand, for messages."""

    def __init__(self, id: str) -> None:
        self.id = id

    def error(self, what: str) -> ModelError:
        return ModelError(f"The component '{self.id}' {what}.", element=self.id, hint=_MODELER)


def _options(part: Mapping[str, Json], place: _Place) -> tuple[tuple[Json, str], ...]:
    listed = part.get("values")
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise place.error("has 'values' that are no list")
    return tuple(option(item) for item in listed)


def option(item: Json) -> tuple[Json, str]:
    """One option: an object with value and label, or the value itself."""
    if isinstance(item, dict):
        value = item.get("value", item.get("label"))
        return value, str(item.get("label", value))
    return item, str(item)
