"""Files that a Camunda 7 diagram names and that are deployed with it: scripts and HTML forms, put into the model.

A diagram says `deployment://order.js`, `embedded:deployment:form.html` or `embedded:app:forms/form.html`. What it says
is looked for among the uploaded files by whole path, then by the last part of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from bpmn import forms as camunda_forms
from bpmn.errors import ModelError
from bpmn.forms import from_html
from bpmn.model import Expression, FlowNode, FormReference, Model, Process, Script, walk

SUFFIXES = (".js", ".groovy", ".py", ".feel", ".juel", ".html", ".htm")
MAXIMUM_BYTES = 1024 * 1024
_SCRIPT = "deployment://"
_FORMS = ("embedded:deployment:", "embedded:app:")
_LEVELS = frozenset(("processes", "nodes"))  # walked without recursion: sub-processes are nested deeply


def html_file(form: FormReference) -> str:
    """The HTML file that a form key names, or ""."""
    text = form.key.text.strip() if form.key is not None and form.key.is_literal else ""
    start = next((start for start in _FORMS if text.startswith(start)), "")
    return text.removeprefix(start) if start else ""


def named(model: Model) -> frozenset[str]:
    """The files that a model names."""
    parts = [model, *model.processes, *(node for process in model.processes for node in walk(process.nodes))]
    return frozenset(name for part in parts for name in _named(part))


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, Script | Expression) and part.resource.startswith(_SCRIPT):
        yield part.resource.removeprefix(_SCRIPT)
    elif isinstance(part, FormReference):
        yield from filter(None, [html_file(part)])
    elif isinstance(part, tuple):
        for item in part:
            yield from _named(item)
    elif is_dataclass(part):
        for name in _names(part.__class__):
            if name not in _LEVELS:
                yield from _named(getattr(part, name))


@cache
def _names(class_: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(class_))


def find(name: str, files: Mapping[str, bytes]) -> str | None:
    """The uploaded name of a file that a diagram names."""
    if name in files:
        return name
    last = name.rpartition("/")[2]
    return next((known for known in files if known.rpartition("/")[2] == last), None)


def resolved(model: Model, files: Mapping[str, bytes]) -> Model:
    """The model with the scripts and forms of these files in it; what is not among them stays named.

    Raises `ModelError` for a file that is no text.
    """
    names = named(model)
    if not names:
        return model
    return replace(model, processes=tuple(_process(process, files) for process in model.processes), companions=names)


def _process(process: Process, files: Mapping[str, bytes]) -> Process:
    forms: dict[str, str] = {}
    new: dict[int, FlowNode] = {}
    for node in reversed(list(walk(process.nodes))):  # inner ones before those around them
        inner = tuple(new[id(one)] for one in node.nodes)
        around = (
            node if all(one is old for one, old in zip(inner, node.nodes, strict=True)) else replace(node, nodes=inner)
        )
        new[id(node)] = _changed(around, files, forms)
    changed = cast(Process, _changed(process, files, forms))
    changed = replace(changed, nodes=tuple(new[id(node)] for node in process.nodes))
    if not forms:
        return changed
    return replace(changed, embedded_forms=MappingProxyType({**process.embedded_forms, **forms}))


def _changed(part: Any, files: Mapping[str, bytes], forms: dict[str, str]) -> Any:
    if isinstance(part, Script | Expression):
        return _script(part, files)
    if isinstance(part, FormReference):
        return _form(part, files, forms)
    if isinstance(part, tuple):
        items = tuple(_changed(item, files, forms) for item in part)
        return part if all(new is old for new, old in zip(items, part, strict=True)) else items
    if not is_dataclass(part) or isinstance(part, type):
        return part
    values = {name: getattr(part, name) for name in _names(part.__class__) if name not in _LEVELS}
    new = {name: _changed(value, files, forms) for name, value in values.items()}
    different = {name: value for name, value in new.items() if value is not values[name]}
    return replace(part, **different) if different else part


def _script(script: Script | Expression, files: Mapping[str, bytes]) -> Script | Expression:
    if script.text or not script.resource.startswith(_SCRIPT):
        return script
    name = find(script.resource.removeprefix(_SCRIPT), files)
    return script if name is None else replace(script, text=_text(name, files[name]).strip())


def _form(form: FormReference, files: Mapping[str, bytes], forms: dict[str, str]) -> FormReference:
    wanted = html_file(form)
    name = find(wanted, files) if wanted else None
    if name is None:
        return form
    text = json.dumps(from_html.schema(_text(name, files[name]), name), ensure_ascii=False)
    try:
        camunda_forms.read(text.encode())
    except ModelError as error:
        raise ModelError(f"The form '{name}' cannot be used: {error}", hint="Correct the HTML file.") from None
    forms[name] = text
    return FormReference(embedded_id=name)


def _text(name: str, content: bytes) -> str:
    hint = "Save it as UTF-8 text and upload it again."
    if len(content) > MAXIMUM_BYTES:
        raise ModelError(f"'{name}' has {len(content):,} bytes; at most {MAXIMUM_BYTES:,} are read.", hint=hint)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError(f"'{name}' is not UTF-8 text.", hint=hint) from None
