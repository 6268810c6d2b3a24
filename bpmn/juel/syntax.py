"""The syntax tree of a JUEL text: what the parser reads, the compiler runs and the printer writes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null."""

    value: int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, an object such as `execution`, or a bean."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """`base.name`."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`base[index]`."""

    base: Node
    index: Node


@dataclass(frozen=True, slots=True)
class MethodCall:
    """`base.method(arguments)`."""

    base: Node
    method: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """`name(arguments)`; a function of a namespace is called `prefix:name`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`!`, `-` or `empty` before a value."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two values, always written as a sign: `&&`, not `and`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


Node = Literal | Name | Member | Index | MethodCall | FunctionCall | Unary | Binary | Choice


@dataclass(frozen=True, slots=True)
class Template:
    """A whole text: literal parts, and expressions that stood in braces."""

    parts: tuple[str | Node, ...]


def walk(tree: Template) -> Iterator[Node]:
    """Every node, in no particular order."""
    stack: list[Node] = [part for part in tree.parts if not isinstance(part, str)]
    while stack:
        node = stack.pop()
        yield node
        for field in fields(node):
            inner = getattr(node, field.name)
            stack.extend(one for one in (inner if isinstance(inner, tuple) else (inner,)) if isinstance(one, Node))
