"""A syntax tree as FEEL text: `parse(printed(tree)) == tree`, whatever names and texts it holds.

Every part that is more than a literal or a name stands in parentheses, so that nothing depends on which operator binds
tighter; names that are no plain words, or that a declared name could swallow, stand in backticks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from bpmn.feel import syntax
from bpmn.feel.scanner import KEYWORDS
from bpmn.feel.text import text_of

_RESERVED = KEYWORDS | {"not", "external"}
_UNESCAPED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def printed(tree: syntax.Node) -> str:
    """The text of an expression, or of the unary tests of a decision table's cell.

    Names must not hold a backtick: FEEL has no way to write them. Raises `ValueError` for one that does.
    """
    return _Printer(all(_is_plain(name) for name in _declared(tree))).node(tree)


def _is_plain(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name not in _RESERVED


def _declared(node: Any) -> Iterator[str]:
    """All names that the tree declares anywhere."""
    match node:
        case syntax.ContextLiteral():
            yield from (name for name, _ in node.entries)
        case syntax.FunctionLiteral():
            yield from (name for name, _ in node.parameters)
        case syntax.Iterator():
            yield node.name
    for part in _parts(node):
        yield from _declared(part)


def _parts(node: Any) -> Iterator[Any]:
    if isinstance(node, syntax.Node):
        yield from (getattr(node, name) for name in node.__dataclass_fields__ if name != "column")
    elif isinstance(node, tuple):
        yield from node


class _Printer:
    """`has_plain_names` says that no declared name can swallow the words around another one."""

    def __init__(self, has_plain_names: bool) -> None:
        self.has_plain_names = has_plain_names

    def node(self, node: syntax.Node) -> str:
        return _WRITERS[type(node)](self, node)

    def part(self, node: syntax.Node) -> str:
        """A node as an operand."""
        is_closed = isinstance(node, syntax.Literal | syntax.Name | syntax.ListLiteral | syntax.ContextLiteral)
        return self.node(node) if is_closed else f"({self.node(node)})"

    def all(self, nodes: tuple[syntax.Node, ...]) -> str:
        return ", ".join(map(self.node, nodes))

    def word(self, name: str) -> str:
        if self.has_plain_names and _is_plain(name):
            return name
        if "`" in name or not name:
            raise ValueError(f"FEEL cannot write the name {name!r}.")
        return f"`{name}`"

    def key(self, name: str) -> str:
        return name if self.has_plain_names and _is_plain(name) else quoted(name)

    # -- values and names ----------------------------------------------------------------------------------------

    def literal(self, node: syntax.Literal) -> str:
        value = node.value
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, bool | int | Decimal | None):
            return str(value).lower() if value is not None else "null"
        return f'@"{text_of(value)}"'

    def name(self, node: syntax.Name) -> str:
        return self.word(node.name)

    def path(self, node: syntax.Path) -> str:
        return f"({self.node(node.base)}).{self.word(node.name)}"

    def filter(self, node: syntax.Filter) -> str:
        return f"({self.node(node.base)})[{self.node(node.condition)}]"

    def call(self, node: syntax.Call) -> str:
        function = (
            self.node(node.function) if isinstance(node.function, syntax.Name) else f"({self.node(node.function)})"
        )
        if node.names is None:
            return f"{function}({self.all(node.arguments)})"
        pairs = zip(node.names, node.arguments, strict=True)
        return f"{function}({', '.join(f'`{name}`: {self.node(argument)}' for name, argument in pairs)})"

    # -- operators -----------------------------------------------------------------------------------------------

    def binary(self, node: syntax.Arithmetic | syntax.Comparison) -> str:
        return f"{self.part(node.left)} {node.operator} {self.part(node.right)}"

    def negation(self, node: syntax.Negation) -> str:
        return f"-{self.part(node.operand)}"

    def logic(self, node: syntax.Logic) -> str:
        return f" {node.operator} ".join(map(self.part, node.operands))

    def between(self, node: syntax.Between) -> str:
        return f"{self.part(node.value)} between {self.part(node.low)} and {self.part(node.high)}"

    def in_(self, node: syntax.In) -> str:
        return f"{self.part(node.value)} in ({self.all(node.tests)})"

    def test(self, node: syntax.Test) -> str:
        return f"{node.operator} {self.part(node.operand)}"

    def tests(self, node: syntax.Tests) -> str:
        if not node.tests:
            return "-"
        return f"not({self.all(node.tests)})" if node.negated else self.all(node.tests)

    def instance_of(self, node: syntax.InstanceOf) -> str:
        return f"{self.part(node.value)} instance of {self.type(node.type)}"

    def type(self, node: syntax.Type) -> str:
        """A type's name stands bare where the grammar has words for it, such as `date and time`."""
        name = node.name if all(map(str.isalpha, node.name.split(" "))) and self.has_plain_names else f"`{node.name}`"
        if node.name in ("function", "context", "list", "range"):
            name = node.name
        inner = [f"{quoted(key)}: {self.type(field)}" for key, field in node.fields] + list(
            map(self.type, node.arguments)
        )
        if inner or node.result is not None:
            name += f"<{', '.join(inner)}>"
        return name if node.result is None else f"{name} -> {self.type(node.result)}"

    # -- control -------------------------------------------------------------------------------------------------

    def if_(self, node: syntax.If) -> str:
        return f"if {self.part(node.condition)} then {self.part(node.yes)} else {self.part(node.no)}"

    def for_(self, node: syntax.For) -> str:
        return f"for {self.iterators(node.iterators)} return {self.part(node.result)}"

    def quantified(self, node: syntax.Quantified) -> str:
        return f"{node.quantifier} {self.iterators(node.iterators)} satisfies {self.part(node.condition)}"

    def iterators(self, iterators: tuple[syntax.Iterator, ...]) -> str:
        return ", ".join(f"{self.word(each.name)} in {self.domain(each)}" for each in iterators)

    def domain(self, iterator: syntax.Iterator) -> str:
        end = "" if iterator.end is None else f"..{self.part(iterator.end)}"
        return self.part(iterator.domain) + end

    # -- containers and functions --------------------------------------------------------------------------------

    def context(self, node: syntax.ContextLiteral) -> str:
        return "{" + ", ".join(f"{self.key(name)}: {self.node(value)}" for name, value in node.entries) + "}"

    def list_(self, node: syntax.ListLiteral) -> str:
        return f"[{self.all(node.items)}]"

    def range_(self, node: syntax.RangeLiteral) -> str:
        if node.operator:
            operand = node.start if node.start is not None else node.end
            return f"({node.operator} {self.part(operand or syntax.Literal(None))})"
        ends = [self.part(end or syntax.Literal(None)) for end in (node.start, node.end)]
        return f"{'[' if node.start_included else '('}{'..'.join(ends)}{']' if node.end_included else ')'}"

    def function(self, node: syntax.FunctionLiteral) -> str:
        parameters = ", ".join(
            self.word(name) + (f": {self.type(type_)}" if type_ is not None else "") for name, type_ in node.parameters
        )
        if node.external:
            return f"function({parameters}) external {self.node(node.body)}"
        return f"function({parameters}) {self.part(node.body)}"


def quoted(text: str) -> str:
    """A text as FEEL writes it, in quotation marks."""
    return '"' + "".join(_UNESCAPED.get(sign) or _escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    return sign if sign.isprintable() else json.dumps(sign)[1:-1] if ord(sign) > 0x1F else f"\\u{ord(sign):04x}"


_WRITERS: dict[type, Callable[[_Printer, Any], str]] = {
    syntax.Literal: _Printer.literal,
    syntax.Name: _Printer.name,
    syntax.Path: _Printer.path,
    syntax.Filter: _Printer.filter,
    syntax.Call: _Printer.call,
    syntax.Arithmetic: _Printer.binary,
    syntax.Comparison: _Printer.binary,
    syntax.Negation: _Printer.negation,
    syntax.Logic: _Printer.logic,
    syntax.Between: _Printer.between,
    syntax.In: _Printer.in_,
    syntax.Test: _Printer.test,
    syntax.Tests: _Printer.tests,
    syntax.InstanceOf: _Printer.instance_of,
    syntax.If: _Printer.if_,
    syntax.For: _Printer.for_,
    syntax.Quantified: _Printer.quantified,
    syntax.ContextLiteral: _Printer.context,
    syntax.ListLiteral: _Printer.list_,
    syntax.RangeLiteral: _Printer.range_,
    syntax.FunctionLiteral: _Printer.function,
}
