"""The types of a DMN file: whether a value is of one, and what a value becomes where one is asked for.

The specification makes null of what does not conform (DMN 1.5, 10.3.2.9.4); Camunda ignores types of the file's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bpmn import feel
from bpmn.dmn.from_json import TEMPORAL
from bpmn.dmn.model import ItemDefinition
from bpmn.errors import LanguageError, ModelError
from bpmn.feel.kinds import ANY, SIMPLE, Check, check_of, fitted
from bpmn.feel.syntax import Type
from bpmn.feel.values import Value

Conform = Callable[[Value], Value]
_ALIASES = {"integer": "number", "long": "number", "double": "number"}  # Camunda 7's
_CANONICAL = _ALIASES | {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}
_LARGEST = 200  # parts of a type that is compared with another
_DEEPEST = 20  # levels of types within types
_ANY = frozenset({"", "Any", "any"})


class Types:
    """The item definitions of a file, with those of imported files under `import.name`."""

    def __init__(
        self, items: Sequence[ItemDefinition], imported: Sequence[tuple[str, Types]], *, dialect: feel.Dialect
    ) -> None:
        self._dialect = dialect
        self._items = {item.name: item for item in items}
        self._imported = imported
        self._checks: dict[str, Check] = {}
        self._structures: dict[str, Type] = {}
        self.named: dict[str, Check] = {name: self._later(name) for name in self._items}
        for prefix, types in imported:
            self.named |= {f"{prefix}.{name}" if prefix else name: check for name, check in types.named.items()}

    def item(self, name: str) -> ItemDefinition | None:
        """The definition of a type, in this file or in an imported one."""
        found = self._items.get(name)
        for prefix, types in () if found else self._imported:
            inner = name.removeprefix(f"{prefix}.") if prefix else name
            if found is None and (not prefix or inner != name):
                found = types.item(inner)
        return found

    def members(self) -> Iterator[str]:
        """The names of all components, at any depth."""
        waiting = list(self._items.values())
        while waiting:
            item = waiting.pop()
            yield from (part.name for part in item.components)
            waiting.extend(item.components)
        for _, types in self._imported:
            yield from types.members()

    def conform(self, name: str) -> Conform | None:
        """What makes a value of the type, or null; None for a type that takes anything."""
        check = self.check(name)
        if check is None:
            return None

        return lambda value: fitted(value, check)

    def conform_input(self, name: str) -> Conform | None:
        """As `conform`, for variables: they are JSON, so temporal values may be ISO 8601 texts."""
        conform = self.conform(name)
        return None if conform is None else lambda value: conform(self._read(name, value, 0))

    def _read(self, name: str, value: Value, depth: int) -> Value:
        name = name.removeprefix("feel:")
        item = self.item(name)
        if item is not None and depth < _DEEPEST:
            return self._read_item(item, value, depth + 1)
        read = TEMPORAL.get(name)
        return read(value) if read is not None and type(value) is str else value

    def _read_item(self, item: ItemDefinition, value: Value, depth: int) -> Value:
        if item.is_collection and type(value) is list:
            return [self._read_item(replace(item, is_collection=False), part, depth) for part in value]
        if item.components and type(value) is dict:
            parts = {part.name: part for part in item.components}
            return {key: self._read_item(parts[key], one, depth) if key in parts else one for key, one in value.items()}
        return self._read(item.type, value, depth) if item.type else value

    def check(self, name: str) -> Check | None:
        """Whether a value that is not null is of the type; None for a type that takes anything or is not known."""
        name = name.removeprefix("feel:").strip()
        if name in _ANY:
            return None
        known = self.named.get(name) or self.named.get(name.rpartition(":")[2])
        if known is not None:
            return known
        allowed = SIMPLE.get(_ALIASES.get(name, name))
        return None if allowed is None else lambda value: type(value) in allowed

    def result_of(self, name: str) -> str:
        """The type of what a function gives back, where `name` is its own type or directly that of its result."""
        item = self.item(name)
        return item.function_result if item is not None and item.is_function else name

    def structure(self, name: str) -> Type:
        """A type by its parts, as types of functions are compared. Types within themselves, and very large ones, count
        as Any there."""
        name = name.removeprefix("feel:").strip()
        if name in _ANY:
            return ANY
        item = self.item(name)
        if item is None:
            return Type(_CANONICAL.get(name, name))
        if name not in self._structures:
            self._structures[name] = ANY  # what it is within itself
            found = self._structure_of(item)
            self._structures[name] = found if _size(found, _LARGEST) >= 0 else ANY
        return self._structures[name]

    def _structure_of(self, item: ItemDefinition) -> Type:
        if item.is_function:
            taken = tuple(self.structure(parameter.type) for parameter in item.function_parameters)
            found = Type("function", taken, result=self.structure(item.function_result))
        elif item.components:
            found = Type("context", fields=tuple((one.name, self._structure_of(one)) for one in item.components))
        else:
            found = self.structure(item.type)
        return Type("list", (found,)) if item.is_collection else found

    def is_known(self, name: str) -> bool:
        """Whether the type means something here."""
        return name.removeprefix("feel:") in _ANY or self.check(name) is not None

    def _later(self, name: str) -> Check:
        """A check that is built at its first use: types may name each other in circles."""

        def check(value: Value) -> bool:
            found = self._checks.get(name)
            if found is None:
                found = self._checks[name] = self._of_item(self._items[name])
            return found(value)

        return check

    def prepare(self) -> None:
        """Build all checks. Raises `ModelError` for allowed values that are no unary tests."""
        for name, item in self._items.items():
            if name not in self._checks:
                self._checks[name] = self._of_item(item)

    def _of_item(self, item: ItemDefinition) -> Check:
        single = self._of_single(item)
        allowed = self._tests(item, item.allowed_values)
        whole = self._tests(item, item.constraint)

        def check_one(value: Value) -> bool:
            return single(value) and (allowed is None or allowed(value))

        def check(value: Value) -> bool:
            if not item.is_collection:
                return check_one(value) and (whole is None or whole(value))
            if type(value) is not list:
                return False
            return all(part is None or check_one(part) for part in value) and (whole is None or whole(value))

        return check

    def _of_single(self, item: ItemDefinition) -> Check:
        if item.is_function:
            return check_of(self._structure_of(item))
        if item.components:
            parts = [(part.name, self._of_item(part)) for part in item.components]
            return lambda value: (
                type(value) is dict
                and all(name in value and (value[name] is None or check(value[name])) for name, check in parts)
            )
        return self.check(item.type) or (lambda value: True)

    def _tests(self, item: ItemDefinition, text: str) -> Check | None:
        if not text:
            return None
        try:
            tests = feel.compile_unary(text, dialect=self._dialect)
        except LanguageError as error:
            raise ModelError(
                f"The allowed values of type '{item.name}' are no unary tests: {error}",
                line=item.line,
                element=item.name,
            ) from None
        return lambda value: tests.evaluate(value) is True


def _size(type_: Type, left: int) -> int:
    """What is left of so many parts; negative when the type has more."""
    left -= 1
    parts = (*type_.arguments, *(part for _, part in type_.fields), *((type_.result,) if type_.result else ()))
    for part in parts:
        if left >= 0:
            left = _size(part, left)
    return left
