"""What a form's labels and texts read over the answers, where they are FEEL or hold it (`bpmn.forms.templates`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bpmn.forms.judge import Place, at
from bpmn.forms.model import Component, Json

MAXIMUM_TEXTS = 5_000


def texts_of(components: Sequence[Component], data: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """By component and property, the texts of what is not hidden; within a list, one for each of its entries.

    At most 5,000 texts are made; the rest of them is missing.
    """
    found: dict[str, dict[str, Json]] = {}
    _collect(components, data, Place(data), _Shelf(found))
    return found


class _Shelf:
    """Where texts are put: by component, and within lists by the places of the entries."""

    def __init__(self, found: dict[str, dict[str, Json]]) -> None:
        self._found = found
        self._left = MAXIMUM_TEXTS

    def put(self, component: Component, place: Place) -> None:
        if self._left < len(component.templates):
            return
        self._left -= len(component.templates)
        scope = place.scope
        for name, template in component.templates.items():
            texts = self._found.setdefault(component.id, {})
            texts[name] = _placed(texts.get(name), place.indexes, template.shown(scope))


def _placed(before: Json, indexes: Sequence[int], text: str) -> Json:
    """A text at its place in the lists of entries, which count from 1; entries without one are null."""
    if not indexes:
        return text
    entries = before if isinstance(before, list) else []
    entries += [None] * (indexes[0] - len(entries))
    entries[indexes[0] - 1] = _placed(entries[indexes[0] - 1], indexes[1:], text)
    return entries


def _collect(components: Sequence[Component], data: Json, place: Place, shelf: _Shelf) -> None:
    for component in components:
        if component.hidden is not None and component.hidden(place.scope) is True:
            continue
        if component.templates:
            shelf.put(component, place)
        if component.type == "group":
            _collect(component.components, at(data, component.path), place, shelf)
        elif component.type == "dynamiclist":
            rows = at(data, component.path)
            for index, row in enumerate(rows if isinstance(rows, list) else ()):
                if isinstance(row, dict):
                    _collect(component.components, row, place.within(row, index, component.path), shelf)
