"""Texts that differ in nothing but their constants: the cells of a column, the outputs of a table.

Such texts have one syntax tree, with other numbers and strings in it. So one of them is parsed, and the others need not
be: thousands of cells become a `Shape` and rows of values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from bpmn.feel import syntax
from bpmn.feel.scanner import number_value
from bpmn.feel.values import Value

_NUMBER = r"\d{1,15}(?:\.\d{1,15})?(?!\w|\.\d)"
_CONSTANT = re.compile(rf'("[^"\\\n\r]*"|(?<![\w.]){_NUMBER}|(?<=\.\.){_NUMBER})')
# Comments, escapes, `@"..."` and names in backticks may hold what looks like a constant.
_UNSURE = re.compile(r"[\\@`]|//|/\*")
FOLDED = frozenset(("date", "time", "date and time", "duration"))  # with a constant they are constants
Key = tuple[str, ...]
Build = Callable[[Sequence[Value]], Any]


def split(text: str) -> tuple[Key, tuple[Value, ...]] | None:
    """What is equal in texts of one shape, and this text's constants; None where that cannot be told at a glance."""
    if _UNSURE.search(text):
        return None
    parts = _CONSTANT.split(text)
    rest, constants = parts[::2], parts[1::2]
    kinds = "".join('"' if one[0] == '"' else "." if "." in one else "1" for one in constants)
    key = (kinds, *rest)
    if not constants or any('"' in part for part in rest):
        return None
    return key, tuple(one[1:-1] if one[0] == '"' else number_value(one) for one in constants)


class Shape:
    """What the trees of all texts of one shape have in common.

    In its `pattern`, names that no text can mention (`hole_name`) stand where the texts differ; `holes` build the nodes
    that a text has there.
    """

    def __init__(self, pattern: syntax.Node, holes: list[Build]) -> None:
        self.pattern = pattern
        self.holes = holes
        self._build = _builder(pattern, {hole_name(number): hole for number, hole in enumerate(holes)})

    @classmethod
    def of(cls, tree: syntax.Node, constants: Sequence[Value]) -> Shape | None:
        """The shape of a text that has this tree; None when its constants are not where they seem to be."""
        literals = sorted(
            (node for node in _nodes(tree) if isinstance(node, syntax.Literal) and _is_constant(node)),
            key=lambda node: node.column,
        )
        if [(type(node.value), node.value) for node in literals] != [(type(one), one) for one in constants]:
            return None
        places = {id(node): number for number, node in enumerate(literals)}
        holes: list[Build] = []
        return cls(_with_holes(tree, places, holes), holes)

    def tree(self, constants: Sequence[Value]) -> Any:
        """The tree of the text with these constants; its columns are those of the text that was parsed."""
        return self._build(constants)


def hole_name(number: int) -> str:
    """The name that stands for a hole."""
    return f" {number}"


def _is_constant(node: syntax.Literal) -> bool:
    return node.value is not None and type(node.value) is not bool


def _nodes(part: Any) -> Iterator[syntax.Node]:
    if isinstance(part, syntax.Node):
        yield part
        for value in _parts(part):
            yield from _nodes(value)
    elif isinstance(part, tuple):
        for one in part:
            yield from _nodes(one)


def _parts(node: syntax.Node) -> list[Any]:
    return [getattr(node, one.name) for one in fields(node) if not one.kw_only]


def _with_holes(part: Any, places: Mapping[int, int], holes: list[Build]) -> Any:
    if isinstance(part, tuple):
        return tuple(_with_holes(one, places, holes) for one in part)
    if not isinstance(part, syntax.Node):
        return part
    build = _filling(part, places)
    if build is not None:
        holes.append(build)
        return syntax.Name(hole_name(len(holes) - 1), column=part.column)
    return type(part)(*(_with_holes(one, places, holes) for one in _parts(part)), column=part.column)


def _filling(node: syntax.Node, places: Mapping[int, int]) -> Build | None:
    """What builds the node where it is a constant, the negative of one, or `date("...")` and its like."""
    column = node.column
    match node:
        case syntax.Literal() if id(node) in places:
            place = places[id(node)]
            return lambda constants: syntax.Literal(constants[place], column=column)
        case syntax.Negation(operand=syntax.Literal() as operand) if id(operand) in places:
            amount = _filling(operand, places)
            return None if amount is None else lambda constants: syntax.Negation(amount(constants), column=column)
        case syntax.Call(function=syntax.Name(name=name) as function, arguments=(syntax.Literal() as argument,)) if (
            name in FOLDED and id(argument) in places
        ):
            text = _filling(argument, places)
            return None if text is None else lambda constants: syntax.Call(function, (text(constants),), column=column)
    return None


def _builder(part: Any, holes: Mapping[str, Build]) -> Build:
    if isinstance(part, syntax.Name) and part.name in holes:
        return holes[part.name]
    if isinstance(part, tuple):
        items = [_builder(one, holes) for one in part]
        return lambda constants: tuple(item(constants) for item in items)
    if not any(isinstance(node, syntax.Name) and node.name in holes for node in _nodes(part)):
        return lambda constants: part
    kind, column, inner = type(part), part.column, [_builder(one, holes) for one in _parts(part)]
    return lambda constants: kind(*(one(constants) for one in inner), column=column)
