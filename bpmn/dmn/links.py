"""Who refers to whom: files with their imports, and each element with the names by which others see it.

Every reference is resolved when the file is read; what points nowhere, or in a circle, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bpmn import feel
from bpmn.dmn.item_types import Types
from bpmn.dmn.model import (
    ContextBox,
    Decision,
    DecisionTable,
    Element,
    File,
    Import,
)
from bpmn.errors import ModelError


class Key(NamedTuple):
    """An element among all files."""

    namespace: str
    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """A resolved reference. `prefix` is the import's name, "" for an element of the same file."""

    prefix: str
    key: Key


@dataclass
class Unit:
    """A file with what it imports."""

    file: File
    dialect: feel.Dialect
    types: Types
    imports: Sequence[tuple[str, Unit]] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """Names with spaces or operators that expressions may use without a requirement: those behind a dot, and those
        with spaces, which could mean nothing else."""
        found = {name for name in self.types.members() if not name.isidentifier()}
        found.update(item.name for item in self.file.items if " " in item.name)
        found.update(one.name for one in self.file.imports if " " in one.name)
        for element in self.file.elements:
            found.update(name for name in seen_as(element) if " " in name)
            if isinstance(element, Decision):
                found.update(name for name in _parts(element) if name and not name.isidentifier())
        return frozenset(found.union(*(unit.names for _, unit in self.imports)))


def _parts(decision: Decision) -> Iterable[str]:
    match decision.logic:
        case DecisionTable(outputs=outputs):
            return (output.name for output in outputs)
        case ContextBox(entries=entries):
            return (variable.name for variable, _ in entries)
    return ()


class Links:
    """All elements of a file and of those it imports."""

    def __init__(
        self,
        main: File,
        others: Sequence[File],
        dialect: feel.Dialect | None,
        problems: list[ModelError] | None = None,
    ) -> None:
        self._problems = problems
        self._files = {other.namespace: other for other in others if other.namespace != main.namespace}
        self._dialect = dialect
        self._units: dict[str, Unit] = {}
        self.main = self._unit(main, ())
        self._elements = {
            Key(unit.file.namespace, element.id): (element, unit)
            for unit in self._units.values()
            for element in unit.file.elements
        }
        self._variables = {
            Key(unit.file.namespace, one.variable_id): Key(unit.file.namespace, one.id)
            for unit in self._units.values()
            for one in unit.file.inputs
        }

    def _unit(self, file: File, above: tuple[str, ...]) -> Unit:
        if file.namespace in self._units:
            return self._units[file.namespace]
        if file.namespace in above:
            raise ModelError(f"The file '{file.name}' imports itself by way of others.", element=file.id)
        dialect: feel.Dialect = self._dialect or ("camunda" if file.is_camunda else "dmn")
        imports = [
            (one.name, self._unit(self._files[one.namespace], (*above, file.namespace)))
            for one in file.imports
            if one.namespace in self._files
        ]
        types = Types(file.items, [(name, unit.types) for name, unit in imports], dialect=dialect)
        types.prepare()
        self._units[file.namespace] = unit = Unit(file, dialect, types, imports)
        return unit

    def items(self) -> Iterable[tuple[Key, Element, Unit]]:
        return ((key, element, unit) for key, (element, unit) in self._elements.items())

    def element(self, key: Key) -> Element:
        return self._elements[key][0]

    def resolve(self, references: Iterable[str], unit: Unit, owner: Element) -> tuple[Link, ...]:
        """The elements that are meant. One that is not there is a problem, or raises `ModelError`."""
        found = []
        for reference in references:
            try:
                found.append(self._resolve(reference, unit, owner))
            except ModelError as error:
                if self._problems is None:
                    raise
                self._problems.append(error)
        return tuple(found)

    def _resolve(self, reference: str, unit: Unit, owner: Element) -> Link:
        namespace, _, id = reference.rpartition("#")
        if namespace in ("", unit.file.namespace):
            key, prefix = Key(unit.file.namespace, id), ""
        else:
            key, prefix = Key(namespace, id), self._prefix(namespace, unit, owner)
        key = key if key in self._elements else self._variables.get(key, key)
        if key not in self._elements:
            raise ModelError(
                f"'{owner.id}' requires '{reference}', which is not there.",
                line=owner.line,
                element=owner.id,
                hint="Connect it again in the modeler, or remove the requirement.",
                code="requirement-unresolved",
            )
        return Link(prefix, key)

    def _prefix(self, namespace: str, unit: Unit, owner: Element) -> str:
        found: Import | None = next((one for one in unit.file.imports if one.namespace == namespace), None)
        if found is not None and namespace in self._files:
            return found.name
        raise ModelError(
            f"'{owner.id}' requires something of the DMN file '{namespace}', which was not given with this one.",
            line=found.line if found else owner.line,
            element=owner.id,
            hint="Deploy both together, or put them into one file.",
            code="import-missing",
        )


def seen_as(element: Element) -> tuple[str, ...]:
    """The names by which others read an element; the last one counts most."""
    if isinstance(element, Decision):
        names = [name for name in (element.variable.name, element.name, element.id) if name]
        return tuple(reversed(dict.fromkeys(names)))
    return (element.variable.name,)


def refuse_circles(required: Mapping[Key, Sequence[Key]], lines: Mapping[Key, int]) -> None:
    """Raises `ModelError` when a decision requires itself, whatever the number of steps."""
    done: set[Key] = set()
    for start in required:
        path: dict[Key, Iterator[Key]] = {}
        current: Key | None = start
        while current is not None:
            if current not in path and current not in done:
                path[current] = iter(required.get(current, ()))
            following = next(path[current], None) if current in path else None
            if following is None:
                path.pop(current, None)
                done.add(current)
                current = next(reversed(path), None)
            elif following in path:
                text = f"Decision '{following.id}' requires itself, by way of '{current.id}'."
                line, hint = lines.get(following, 0), "Break the circle."
                raise ModelError(text, line=line, element=following.id, hint=hint, code="requirement-circle")
            elif following not in done:
                current = following
