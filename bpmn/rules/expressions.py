"""Every expression and script of a model, with the place it stands at. Not a rule: what several rules walk over.

The walk follows the model's own fields, so that a field added later is checked without anybody remembering to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from bpmn.errors import Finding, Severity
from bpmn.model import Expression, Language, Script
from bpmn.rules.wording import Thing, named, sentence

_LEVEL_FIELDS = frozenset({"nodes", "flows"})
# Connector headers whose value is FEEL by their own convention, evaluated by the worker when the job is done.
_FEEL_HEADERS = frozenset({"resultExpression", "errorExpression"})
_WORDS = {
    "active_elements": "list of active elements",
    "ad_hoc_output_element": "output element",
    "code": "error code",
    "correlation_key": "correlation key",
    "decision_id": "decision id",
    "default": "default value",
    "fields": "injected field",
    "inputs": "input mapping",
    "outputs": "output mapping",
    "process_id": "called process id",
    "type": "job type",
    "value": "time",
}


@dataclass(frozen=True)
class Found:
    """One expression: whose it is, what for, and itself. `path` are the model's field names that lead to it."""

    owner: Thing
    path: tuple[str, ...]
    value: Expression | Script

    @property
    def is_checkable(self) -> bool:
        """Whether there is a text in a language; literals mean themselves and resources lie elsewhere."""
        return self.value.language is not Language.LITERAL and bool(self.value.text)

    @property
    def purpose(self) -> str:
        """What it is for, such as "input mapping" or "assignee"."""
        for name in ("inputs", "outputs"):
            if name in self.path:
                return _WORDS[name]
        last = next((name for name in reversed(self.path) if name not in ("source", "name")), "expression")
        return _WORDS.get(last, last.replace("_", " "))

    def finding(self, code: str, severity: Severity, says: str, hint: str) -> Finding:
        message = sentence(f"the {self.purpose} of {named(self.owner)} {says}")
        return Finding(severity, code, message, self.owner.id, self.value.line or self.owner.line, hint)


def find_expressions(owners: Iterable[Thing]) -> Iterator[Found]:
    """Every expression of these, in order; one that several share (a message's key) only once."""
    seen: set[Expression | Script] = set()
    for owner in owners:
        for found in _inside(owner, owner, ()):
            if found.value.line and found.value in seen:
                continue
            seen.add(found.value)
            yield found


def _inside(owner: Thing, value: Any, path: tuple[str, ...]) -> Iterator[Found]:
    if isinstance(value, Expression | Script):
        yield Found(owner, path, value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(owner, item, path)
    elif is_dataclass(value):
        for name in _field_names(value.__class__):
            inner = getattr(value, name)
            if name == "headers":
                yield from _feel_headers(owner, inner, path)
            elif inner is not None and not isinstance(inner, str | int | bool):
                yield from _inside(owner, inner, (*path, name))


def _feel_headers(owner: Thing, headers: Mapping[str, str], path: tuple[str, ...]) -> Iterator[Found]:
    for key in _FEEL_HEADERS & headers.keys():
        text = headers[key].strip()
        if text.startswith("="):
            yield Found(owner, (*path, key), Expression(text[1:].strip(), Language.FEEL, owner.line))


@cache
def _field_names(class_: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(class_) if field.name not in _LEVEL_FIELDS)
