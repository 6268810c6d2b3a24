"""Forms of tasks: which version is meant, what it asks for, and whether an answer satisfies it.

What the diagram says arrives as JSON (`UserTaskWait.form`): `type` is form-id (`formId`, and `formKey` once the version
is fixed), embedded (`formId` inside the process), generated (`fields`), key or external.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from bpmn import forms
from engine.errors import NotFound
from engine.moves import Kept, Moves
from engine.step import UserTaskWait
from engine.store import UnitOfWork, definitions
from engine.store.definitions import FormDefinition, Home, ProcessDefinition
from engine.store.user_tasks import UserTask
from engine.user_tasks import generated

Json = Any

_BY_FILE = "camunda-forms:deployment:"
_HTML = ("embedded:", "app:")


@dataclass(frozen=True, slots=True)
class ResolvedForm:
    """What to show for a task. `type` is camunda-form (`schema`), generated (`fields`), external (`key`) or none.

    An HTML form that was not uploaded with its diagram is generated over the variables, with its `key` to say so.
    """

    type: str
    schema: Json = None
    fields: Json = None
    key: str | None = None
    form_id: str = ""
    version: int = 0
    variables: Mapping[str, Json] | None = None
    data: Mapping[str, Json] | None = None  # what its fields hold at first
    texts: Mapping[str, Mapping[str, Json]] | None = None  # its labels and texts that are FEEL, over the data
    form: forms.Form | None = None

    def over(self, variables: Mapping[str, Json]) -> ResolvedForm:
        """The form with the values that are known, and what its fields hold at first: those, else the defaults."""
        fields = self.fields
        if self.type == "generated" and fields is None:
            fields = _fields_over(variables)
        if self.form is None:
            return replace(self, variables=variables, fields=fields, data=_first_values(fields or (), variables))
        data = self.form.defaults(variables)
        return replace(self, variables=variables, data=data, texts=self.form.texts({**variables, **data}))


@dataclass(frozen=True, slots=True)
class _Parsed:
    form: forms.Form
    schema: Json


class Forms:
    """Finds forms, parses them once, and judges answers."""

    def __init__(self) -> None:
        self._kept: Kept[_Parsed] = Kept()
        self._embedded: Kept[dict[str, _Parsed]] = Kept()

    def task_form(self, tx: UnitOfWork, wait: UserTaskWait, home: Home) -> UserTaskWait:
        """The task with its form fixed: a later deployment does not change what a person was asked."""
        form = wait.form
        if not form or form.get("type") != "form-id" or "formKey" in form:
            return wait
        how, which = form["binding"]
        found = self.find(tx, form["formId"], (how, which), home)
        if found is None:
            return wait
        return replace(wait, form={**form, "formKey": str(found[0]), "version": found[1]})

    def find(self, tx: UnitOfWork, form_id: str, binding: tuple[str, str], home: Home) -> tuple[int, int] | None:
        """The key and version of a deployed form; None when none is."""
        row = definitions.bound(tx, FormDefinition, form_id, binding, home)
        return None if row is None else (row.key, row.version)

    def resolve(self, moves: Moves | Reader, task: UserTask) -> ResolvedForm:
        """What to show for a task, without variables."""
        form = task.form or {}
        if form.get("type") == "generated":
            return ResolvedForm("generated", fields=form["fields"])
        if str(form.get("key", "")).startswith(_HTML):
            return ResolvedForm("generated", key=form["key"])
        if form.get("type") in ("key", "external") and not self._is_by_file(form):
            return ResolvedForm("external", key=form.get("key") or form.get("reference"))
        parsed = self._parsed(moves, task)
        if parsed is None:
            return ResolvedForm("none", form_id=str(form.get("formId", "")))
        version = int(form.get("version", 0))
        return ResolvedForm("camunda-form", parsed.schema, form_id=parsed.form.id, version=version, form=parsed.form)

    def faults(
        self, moves: Moves, task: UserTask, data: Mapping[str, Json], *, changed: frozenset[str] | None = None
    ) -> dict[str, str]:
        """What is wrong with an answer, by field. `changed` names what the person sent, when `data` holds more."""
        form = task.form or {}
        if form.get("type") == "generated":
            return generated.faults(form["fields"], data, frozenset(data) if changed is None else changed)
        parsed = self._parsed(moves, task)
        if parsed is None:
            return {}
        return {fault.path: fault.message for fault in parsed.form.validate(data)}

    def has_approved_field(self, moves: Moves, task: UserTask) -> bool:
        """Whether the form asks a yes-or-no question named `approved`."""
        form = task.form or {}
        if form.get("type") == "generated":
            return any(field["id"] == "approved" and field["type"] == "boolean" for field in form["fields"])
        parsed = self._parsed(moves, task)
        return parsed is not None and _asks_approved(parsed.schema.get("components", ()))

    def _is_by_file(self, form: Mapping[str, Json]) -> bool:
        return str(form.get("key", "")).startswith(_BY_FILE)

    def _parsed(self, moves: Moves | Reader, task: UserTask) -> _Parsed | None:
        form = task.form or {}
        if form.get("formKey"):
            key = int(form["formKey"])
            return self._kept.get(key, lambda: self._by_key(moves.tx, key))
        if form.get("type") == "embedded":
            return self._of_process(moves, task.definition_key).get(form["formId"])
        if self._is_by_file(form):
            return self._by_file(moves.tx, task.definition_key, form["key"].removeprefix(_BY_FILE))
        if form.get("type") == "form-id":
            # It was not deployed when the task was made; it may be now.
            row = definitions.latest(moves.tx, FormDefinition, form["formId"], task.tenant_id)
            return None if row is None else self._kept.get(row.key, lambda: self._by_key(moves.tx, row.key))
        return None

    def _by_key(self, tx: UnitOfWork, key: int) -> _Parsed:
        row = definitions.by_key(tx, FormDefinition, key)
        if row is None:
            raise NotFound(f"There is no form {key}.")
        return _parse(definitions.content(tx, row.resource_key))

    def _by_file(self, tx: UnitOfWork, definition_key: int, name: str) -> _Parsed | None:
        process = definitions.by_key(tx, ProcessDefinition, definition_key)
        found = definitions.in_deployment(tx, FormDefinition, process.deployment_key) if process else []
        for row in found:
            if row.resource_name == name:
                return self._kept.get(row.key, lambda key=row.key: self._by_key(tx, key))  # type: ignore[misc]
        return None

    def _of_process(self, moves: Moves | Reader, definition_key: int) -> dict[str, _Parsed]:
        def parse() -> dict[str, _Parsed]:
            process = moves.library.process(moves.tx, definition_key).definition.process
            return {id: _parse(text.encode()) for id, text in process.embedded_forms.items()}

        return self._embedded.get(definition_key, parse)


@dataclass(frozen=True, slots=True)
class Reader:
    """What forms need when nothing is changed: a look at the database, and the library."""

    tx: UnitOfWork
    library: Any


def _first_values(fields: Sequence[Mapping[str, Json]], variables: Mapping[str, Json]) -> dict[str, Json]:
    values = {field["id"]: variables.get(field["id"], field.get("default")) for field in fields}
    return {name: value for name, value in values.items() if value is not None}


def _fields_over(variables: Mapping[str, Json]) -> list[dict[str, Json]]:
    """A field for each variable that a person can type; lists and objects stay as they are."""
    types = {bool: "boolean", int: "long", float: "string", str: "string", type(None): "string"}
    return [
        {"id": name, "label": name, "type": types[type(value)], "default": value}
        | {"values": [], "constraints": [], "properties": {}, "datePattern": ""}
        for name, value in sorted(variables.items())
        if type(value) in types
    ]


def _parse(content: bytes) -> _Parsed:
    return _Parsed(forms.read(content), msgspec.json.decode(content))


def _asks_approved(components: Json) -> bool:
    return any(
        (part.get("key") == "approved" and part.get("type") in ("checkbox", "radio", "select"))
        or _asks_approved(part.get("components", ()))
        for part in components
    )
