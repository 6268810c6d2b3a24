"""Camunda Forms (`.form`, the JSON of form-js) into the model.

FEEL in properties is compiled here, so that it is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bpmn import feel
from bpmn.errors import EvaluationError, LanguageError, ModelError
from bpmn.forms import patterns
from bpmn.forms.model import CONTAINERS, INPUTS, Component, Form, Json, Rule
from bpmn.forms.templates import templates_of
from bpmn.juel.operators import text as written

MAXIMUM_BYTES = 2 * 1024 * 1024
MAXIMUM_COMPONENTS = 5_000
MAXIMUM_DEPTH = 20
MOST_FIRST_ROWS = 100
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


_BOUNDS = frozenset(("min", "max", "minLength", "maxLength"))
_RULES = _BOUNDS | {"required", "pattern", "validationType"}


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
        if kind == "dynamiclist" and not inner:
            raise place.error("has no path, so its entries could not be kept")
        below = ".".join(filter(None, (path, inner))) + ("[]" if kind == "dynamiclist" else "")
        return Component(
            id=place.id,
            type=kind,
            key=key,
            label=_text(part.get("label")) or _text(part.get("dateLabel")),
            path=inner,
            rules=self.rules(part, place),
            messages=_messages(part.get("validate")),
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
            first_rows=_first_rows(part),
            components=self.components(part.get("components", []), depth + 1, below) if kind in CONTAINERS else (),
            templates=MappingProxyType(templates_of(part)),
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
        found = {name: self.one_rule(name, value, place) for name, value in validate.items() if name in _RULES}
        return MappingProxyType({name: rule for name, rule in found.items() if rule is not None})

    def one_rule(self, name: str, value: Json, place: _Place) -> Rule | None:
        """In form-js only bounds may be expressions; whatever else `required` holds makes the answer required."""
        if name in _BOUNDS:
            return self.rule(value, place, f"validate.{name}")
        if not value:
            return None
        constant = value
        if name == "pattern":
            try:
                constant = patterns.read(str(value))
            except ValueError as error:
                raise place.error(f"has a pattern that is no regular expression: {error}") from None
        return lambda scope: constant

    def hidden(self, part: Mapping[str, Json], place: _Place) -> Rule | None:
        """form-js asks whether null passes the condition as a unary test: so null, an unknown name for one, hides."""
        conditional = part.get("conditional")
        condition = conditional.get("hide") if isinstance(conditional, dict) else None
        if not isinstance(condition, str) or not condition.strip().startswith("="):
            return None
        test = self.rule(condition, place, "conditional.hide")
        return None if test is None else lambda scope: _null_passes(test(scope))

    def option_source(self, part: Mapping[str, Json], place: _Place) -> Rule | None:
        key = _text(part.get("valuesKey"))
        if key:
            return lambda scope: scope.get(key, [])
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
            raise place.broken(name, error) from None
        return lambda scope: _quietly(lambda: expression.evaluate(scope))


def _null_passes(value: Json) -> bool:
    """A boolean says it itself; anything else is compared with null."""
    return value is True or value is None or (isinstance(value, list) and None in value)


def _quietly(evaluate: Callable[[], Any]) -> Any:
    """The value, or null for what cannot be evaluated, as form-js has it."""
    try:
        return evaluate()
    except EvaluationError:
        return None


class _Place:
    """The component at hand, for messages."""

    def __init__(self, id: str) -> None:
        self.id = id

    def broken(self, name: str, error: LanguageError) -> ModelError:
        return self.error(f"has a broken expression in '{name}' (column {error.column + 1}): {error}")

    def error(self, what: str) -> ModelError:
        return ModelError(f"The component '{self.id}' {what}.", element=self.id, hint=_MODELER)


def _options(part: Mapping[str, Json], place: _Place) -> tuple[tuple[Json, str], ...]:
    listed = part.get("values")
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise place.error("has 'values' that are no list")
    return tuple(found for item in listed if (found := option(item)))


def option(item: Json) -> tuple[Json, str] | None:
    """One option: an object with value and label, or the value itself. None for what form-js leaves out."""
    if not isinstance(item, dict):
        return (item, written(item)) if _may_be_chosen(item) else None
    value, label = item.get("value"), item.get("label")
    if isinstance(label, str) and label:
        return (value, label) if _may_be_chosen(value) or (isinstance(value, dict | list) and value) else None
    return (value, written(value)) if _may_be_chosen(value) else None


def _may_be_chosen(value: Json) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and value != "")


def _first_rows(part: Mapping[str, Json]) -> int:
    """How many entries a list shows when there are none yet: one, unless the form says how many."""
    rows = part.get("defaultRepetitions", 1)
    is_usual = isinstance(rows, int) and not isinstance(rows, bool)
    return min(max(rows, 0), MOST_FIRST_ROWS) if is_usual and part.get("isRepeating") is True else 0


def _messages(validate: Json) -> Mapping[str, str]:
    """What the author says when a rule is broken."""
    own = validate.get("patternErrorMessage") if isinstance(validate, dict) else None
    return MappingProxyType({"pattern": own} if isinstance(own, str) and own else {})
