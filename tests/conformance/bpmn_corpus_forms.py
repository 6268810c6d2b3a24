"""Answers to forms: what a person would fill in so that the form lets it pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bpmn import forms
from bpmn.forms.model import Component
from engine.user_tasks import ResolvedForm

Json = Any
_BY_SUBTYPE = {"date": "2026-03-02", "time": "09:30", "datetime": "2026-03-02T09:30"}
_GENERATED = {"long": 7, "boolean": True, "date": "2026-03-02", "string": "text"}


def answers(form: ResolvedForm, known: Mapping[str, Json], wanted: Mapping[str, Json]) -> dict[str, Json]:
    """The answers to every field; `wanted` values where the form takes them."""
    if form.type == "generated":
        fields = form.fields or ()
        return _generated(fields, {one["id"]: known[one["id"]] for one in fields if one["id"] in known} | {**wanted})
    if form.type != "camunda-form":
        return dict(wanted)
    read = forms.read(msgspec.json.encode(form.schema))
    given: dict[str, Json] = {}
    _fill(read.components, {**known, **wanted}, given)
    better = {**given, **wanted}
    for name in {fault.path.split(".")[0].split("[")[0] for fault in read.validate({**known, **better})}:
        better[name] = given.get(name)
    return {**wanted, **better}


def _generated(fields: Sequence[Mapping[str, Json]], wanted: Mapping[str, Json]) -> dict[str, Json]:
    given = dict(wanted)
    for field in fields:
        constraints = dict(field["constraints"])
        if "readonly" in constraints:
            given.pop(field["id"], None)
            continue
        likely = field["values"][0][0] if field["values"] else _GENERATED.get(field["type"], "text")
        if isinstance(likely, str) and not field["values"]:
            likely = likely.ljust(int(constraints.get("minlength") or 0), "x")
        if isinstance(likely, int) and not isinstance(likely, bool):
            likely = max(likely, int(constraints.get("min") or likely))
            likely = min(likely, int(constraints.get("max") or likely))
        offered = [value for value, *_ in field["values"]]
        is_offered = not offered or given.get(field["id"]) in offered
        if field["id"] not in given or not isinstance(given[field["id"]], type(likely)) or not is_offered:
            given[field["id"]] = likely
    return given


def _fill(components: Sequence[Component], scope: Mapping[str, Json], given: dict[str, Json]) -> None:
    for part in components:
        if part.type == "group":
            inner = given if not part.path else given.setdefault(part.path, {})
            _fill(part.components, scope, inner)
        elif part.type == "dynamiclist" and part.path:
            row: dict[str, Json] = {}
            _fill(part.components, scope, row)
            given[part.path] = [row]
        elif part.asks and not part.is_disabled:
            _put(given, part.key, _answer(part, scope))


def _put(given: dict[str, Json], key: str, value: Json) -> None:
    *outer, last = key.split(".")
    for name in outer:
        given = given.setdefault(name, {})
    given[last] = value


def _answer(part: Component, scope: Mapping[str, Json]) -> Json:
    if part.type in ("radio", "select", "checklist", "taglist"):
        options = [value for value, _ in part.options] or _sourced(part, scope)
        first = options[0] if options else None
        return first if part.type in ("radio", "select") else ([first] if options else [])
    if part.type == "checkbox":
        return True
    if part.type == "number":
        return _bounded(part, scope)
    if part.type == "datetime":
        return _BY_SUBTYPE.get(part.subtype or "date", "2026-03-02")
    return _text(part, scope)


def _sourced(part: Component, scope: Mapping[str, Json]) -> list[Json]:
    found = part.option_source(scope) if part.option_source else None
    if not isinstance(found, list):
        return []
    return [one.get("value") if isinstance(one, Mapping) else one for one in found]


def _rule(part: Component, name: str, scope: Mapping[str, Json]) -> Json:
    rule = part.rules.get(name)
    return rule(scope) if rule is not None else None


def _bounded(part: Component, scope: Mapping[str, Json]) -> Json:
    lowest, highest = _rule(part, "min", scope), _rule(part, "max", scope)
    value: Json = 7
    if lowest is not None:
        value = max(value, float(lowest))
    if highest is not None:
        value = min(value, float(highest))
    return int(value) if float(value).is_integer() else value


def _text(part: Component, scope: Mapping[str, Json]) -> str:
    kind = _rule(part, "validationType", scope)
    text = {"email": "ada@example.org", "phone": "+4930123456"}.get(kind or "", "text")
    pattern = _rule(part, "pattern", scope)
    if pattern:
        text = next((one for one in _PATTERNED if forms_match(str(pattern), one)), text)
    shortest = _rule(part, "minLength", scope)
    longest = _rule(part, "maxLength", scope)
    text = text.ljust(int(shortest or 0), "x")
    return text[: int(longest)] if longest else text


_PATTERNED = ("text", "12345", "ada@example.org", "+4930123456", "DE89370400440532013000", "2026-03-02", "ABC", "1.5")


def forms_match(pattern: str, text: str) -> bool:
    """Whether a text has a pattern."""
    import re

    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False
