"""The syntax tree of FEEL: what the parser builds and the compiler reads. Nodes are frozen; `column` counts from 1.

Two trees are equal when they mean the same; where something stood in the text plays no part in it.
"""

from __future__ import annotations

from collections.abc import Iterator as Every
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of an expression."""

    column: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant: number, string, boolean, null or `@"..."`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or function, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`base.name`."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`base[condition]`, which is an index when the condition is a number."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`; `names` is None when they are positional."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left operator right` with + - * / or **."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`-operand`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`left operator right` with = != < <= > or >=."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` or `or` over two or more operands, three-valued."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`value between low and high`, both ends included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """`value in tests`; true when any of the tests holds."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Test(Node):
    """A unary test `operator operand`, such as `< 5`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The unary tests of a decision table's cell. No tests at all is `-`, which always holds."""

    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then yes else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """`name in domain`, or `name in domain..end`, of for, some and every."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for iterators return result`."""

    iterators: tuple[Iterator, ...]
    result: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some` or `every` iterators `satisfies` condition."""

    quantifier: str
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    """`{key: value, ...}`; a value may use the keys before it."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[item, ...]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    """`[start..end]` in any of its spellings, or `(< end)` with its operator."""

    start: Node | None
    end: Node | None
    start_included: bool
    end_included: bool
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Type(Node):
    """A type after `instance of` or of a parameter: a name, or list, range, context and function with their parts."""

    name: str
    arguments: tuple[Type, ...] = ()
    fields: tuple[tuple[str, Type], ...] = ()
    result: Type | None = None


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`value instance of type`."""

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class FunctionLiteral(Node):
    """`function(parameters) body`; `external` when the body names code outside of FEEL."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node
    external: bool = False


def walk(tree: Node) -> Every[Node]:
    """The node and everything in it, from left to right."""
    waiting: list[Any] = [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Node):
            yield here
        waiting.extend(reversed(list(_parts(here))))


def _parts(node: Any) -> Every[Any]:
    if isinstance(node, tuple):
        yield from node
    elif isinstance(node, Node):
        for one in fields(node):
            part = getattr(node, one.name)
            if isinstance(part, Node | tuple):
                yield part
