"""A form as it was read: its components in document order, nested ones under their group or list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bpmn.forms.templates import Template

Json = Any
Scope = Mapping[str, Json]
Rule = Callable[[Scope], Json]  # a property that may be a FEEL expression over the form's data

INPUTS = frozenset(
    ("textfield", "textarea", "number", "checkbox", "checklist", "radio", "select", "taglist", "datetime", "filepicker")
)
ONE_OF_MANY = frozenset(("radio", "select"))
SOME_OF_MANY = frozenset(("checklist", "taglist"))
CONTAINERS = frozenset(("group", "dynamiclist"))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one answer. `path` is the key, with dots and indices for nested ones: `items[0].price`.

    `message` continues the path to a sentence: "is required".
    """

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a form. `key` is "" for what asks nothing; it may be dotted, and stands under `path` of its
    group.

    `rules` are the properties of `validate` (required, min, max, minLength, maxLength, pattern, validationType).
    `templates` are the labels and texts that hold FEEL. `options` are (value, label) pairs;
    `option_source` gives the options from the data when they are not written out.
    """

    id: str
    type: str
    key: str = ""
    label: str = ""
    path: str = ""
    rules: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
    messages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # of the form's author, by rule
    default: Json = None
    options: tuple[tuple[Json, str], ...] = ()
    option_source: Rule | None = None
    hidden: Rule | None = None
    readonly: Rule | None = None
    is_disabled: bool = False
    subtype: str = ""
    decimal_digits: int | None = None
    step: str = ""
    value: Rule | None = None  # of an expression component
    is_false_an_answer: bool = (
        False  # a required yes-or-no question, unlike a required checkbox, takes no for an answer
    )
    first_rows: int = 0  # entries that a list shows when there are none
    components: tuple[Component, ...] = ()
    templates: Mapping[str, Template] = field(default_factory=lambda: MappingProxyType({}))  # by property

    @property
    def asks(self) -> bool:
        """Whether a person answers here."""
        return self.type in INPUTS and bool(self.key)


@dataclass(frozen=True)
class Form:
    """A form. `validate` and `defaults` are what the engine asks of it; `schema` is its JSON, as it was read."""

    id: str
    components: tuple[Component, ...]
    version_tag: str = ""
    platform: str = ""
    schema_version: int = 0
    schema: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}), repr=False, compare=False)

    def validate(self, data: Mapping[str, Json]) -> list[Fault]:
        """What is wrong with the answers, as form-js would say it, in the order of the components.

        Hidden and disabled components are not looked at; data that no component asks for is not either.
        """
        from bpmn.forms.judge import faults_of  # noqa: PLC0415 it judges what is defined here

        return faults_of(self.components, data)

    def defaults(self, variables: Mapping[str, Json]) -> dict[str, Json]:
        """What the form shows at first:

        Per key the variable's value, else the default. Keys without either are missing.
        """
        from bpmn.forms.judge import defaults_of  # noqa: PLC0415 it judges what is defined here

        return defaults_of(self.components, variables)

    def texts(self, data: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
        """The labels and texts that are FEEL (`=...`) or hold it (`{{...}}`), as form-js shows them over these values.

        By component id and property; within a list, one per entry. A text that cannot be evaluated holds a warning
        sign, as there. Texts without FEEL are shown as `schema` has them.
        """
        from bpmn.forms.texts import texts_of  # noqa: PLC0415 it shows what is defined here

        return texts_of(self.components, data)

    def walk(self) -> Iterator[Component]:
        """Every component, outer before inner."""
        stack = list(reversed(self.components))
        while stack:
            component = stack.pop()
            yield component
            stack.extend(reversed(component.components))

    @property
    def keys(self) -> frozenset[str]:
        """The keys that a person answers, without the paths of their groups."""
        return frozenset(component.key for component in self.walk() if component.asks)
