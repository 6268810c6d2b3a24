"""One XML element, sorted once: its own attributes, its BPMN children, and what vendors wrote on it.

Dialects *take* vendor attributes and extension elements as they place them in the model. What nobody took is left over
and gets reported, so nothing with a run-time meaning is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from lxml import etree

from bpmn.vocabulary import DESIGN_TIME_ATTRIBUTES, ENGINE_PREFIXES, MODEL

Unsupported = tuple[str, int]


class Notes(list[Unsupported]):
    """What has a meaning at run time and no place in the model; `ignored` is what has no meaning where it stands."""

    __slots__ = ("ignored",)

    def __init__(self, found: Iterable[Unsupported] = ()) -> None:
        super().__init__(found)
        self.ignored: list[Unsupported] = []

    def add(self, other: Notes) -> None:
        """Takes over all of another's notes."""
        self.extend(other)
        self.ignored.extend(other.ignored)


_MODEL_TAG = f"{{{MODEL}}}"
_MODEL_CUT = len(_MODEL_TAG)
_EXTENSION_ELEMENTS = f"{_MODEL_TAG}extensionElements"


class Part:
    """A BPMN element, seen with the eyes of a dialect whose own namespaces are `vendor`.

    `name` is the local name, `line` counts from 1. `foreign` are attributes and elements of other engines.
    """

    __slots__ = ("_attributes", "_children", "_extensions", "_vendor", "element", "foreign", "line", "name", "prefix")

    def __init__(self, element: etree._Element, vendor: frozenset[str]) -> None:
        self.element = element
        self.name = local_name(element)
        self.line = line_of(element)
        self.prefix = ""
        self.foreign: list[Unsupported] = []
        self._attributes: dict[str, str] = {}
        self._vendor: dict[str, str] = {}
        self._children: dict[str, list[etree._Element]] = {}
        self._extensions: dict[str, list[etree._Element]] = {}
        self._sort_attributes(vendor)
        self._sort_children(vendor)

    def _sort_attributes(self, vendor: frozenset[str]) -> None:
        for name, value in attributes_of(self.element):
            if name[0] != "{":
                self._attributes[name] = value
                continue
            namespace, _, local = name[1:].partition("}")
            if namespace in vendor:
                if value.strip():  # an empty attribute is what a modeler leaves after clearing a field
                    self._vendor[local] = value
                self.prefix = ENGINE_PREFIXES[namespace]
            elif namespace in ENGINE_PREFIXES and local not in DESIGN_TIME_ATTRIBUTES:
                self.foreign.append((f"{ENGINE_PREFIXES[namespace]}:{local}", self.line))

    def _sort_children(self, vendor: frozenset[str]) -> None:
        for child in self.element:
            tag = child.tag
            if tag == _EXTENSION_ELEMENTS:
                self._sort_extensions(child, vendor)
            elif tag.startswith(_MODEL_TAG):
                self._children.setdefault(tag[_MODEL_CUT:], []).append(child)

    def _sort_extensions(self, holder: etree._Element, vendor: frozenset[str]) -> None:
        for child in holder:
            namespace, _, local = child.tag[1:].partition("}")
            if namespace in vendor:
                self._extensions.setdefault(local, []).append(child)
                self.prefix = ENGINE_PREFIXES[namespace]
            elif namespace in ENGINE_PREFIXES:
                self.foreign.append((f"{ENGINE_PREFIXES[namespace]}:{local}", line_of(child)))

    def get(self, attribute: str, default: str = "") -> str:
        """A BPMN attribute."""
        return self._attributes.get(attribute, default)

    def is_true(self, attribute: str, default: bool = False) -> bool:
        """A BPMN boolean attribute; XML Schema allows 1 and 0 too."""
        return truth(self._attributes.get(attribute), default)

    def child(self, name: str) -> etree._Element | None:
        """The first BPMN child of this local name."""
        found = self._children.get(name)
        return found[0] if found else None

    def children(self, name: str) -> list[etree._Element]:
        """All BPMN children of this local name, in document order."""
        return self._children.get(name, [])

    def child_names(self) -> Iterable[str]:
        """The local names of the BPMN children there are."""
        return self._children.keys()

    def child_text(self, name: str) -> str:
        """The stripped text of the first child of this name, or ""."""
        found = self.child(name)
        return text_of(found) if found is not None else ""

    def vendor(self, attribute: str) -> str | None:
        """Takes a vendor attribute: after this it counts as placed."""
        return self._vendor.pop(attribute, None)

    def vendor_is(self, attribute: str, value: str) -> bool:
        """Takes a vendor attribute if it has this value."""
        if self._vendor.get(attribute, "").strip() != value:
            return False
        del self._vendor[attribute]
        return True

    def extension(self, name: str) -> etree._Element | None:
        """Takes the one extension element of this name; any second one stays and is reported."""
        found = self._extensions.get(name)
        if not found:
            return None
        first = found.pop(0)
        if not found:
            del self._extensions[name]
        return first

    def extensions(self, name: str) -> list[etree._Element]:
        """Takes all extension elements of this name."""
        return self._extensions.pop(name, [])

    def left_over(self) -> Iterator[tuple[str, str, int]]:
        """The vendor's attributes and elements that nobody took: local name, how to show it, line."""
        for attribute, value in self._vendor.items():
            if attribute not in DESIGN_TIME_ATTRIBUTES:
                yield attribute, f'{self.prefix}:{attribute}="{shorten(value)}"', self.line
        for name, elements in self._extensions.items():
            for element in elements:
                yield name, f"{self.prefix}:{name}", line_of(element) or self.line


def local_name(element: etree._Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attributes_of(element: etree._Element) -> list[tuple[str, str]]:
    """All attributes; those of a namespace as `{namespace}name`."""
    return cast("list[tuple[str, str]]", element.attrib.items())


def line_of(element: etree._Element) -> int:
    """The line of an element, counted from 1. Beyond line 65,535 libxml2 knows it from the text around only."""
    return cast("int | None", element.sourceline) or 0


def text_of(element: etree._Element) -> str:
    """The stripped text of an element; children (there should be none) are left out."""
    return (element.text or "").strip()


def all_text_of(element: etree._Element) -> str:
    """The stripped text of an element and of all that stands in it: what DOM calls its text content."""
    return "".join(cast("Iterator[str]", element.itertext())).strip()


def truth(value: str | None, default: bool = False) -> bool:
    """An XML Schema boolean; anything that is neither true nor false counts as the default."""
    word = (value or "").strip().lower()
    if word in ("true", "1"):
        return True
    return False if word in ("false", "0") else default


def shorten(text: str, limit: int = 60) -> str:
    """One line of at most `limit` characters, for messages."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def vendor_children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The children of an extension element with one of these local names (all, when none is named), in order."""
    for child in element:
        if not names or local_name(child) in names:
            yield child
