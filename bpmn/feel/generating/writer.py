"""What writes generated code, statement by statement: blocks, ways out of them, and what is known of each value.

Generated code only knows the usual case: paths that are there, numbers, texts, lists of moderate length. Whatever else
comes leaves it (`leave`), and the closures of the same expression start anew, so only they say what null and warnings
there are. That is right because evaluating FEEL changes nothing; what it used up is given back (`Course.rewind`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from bpmn.feel import syntax
from bpmn.feel.compiling.frame import Compiler, Scope
from bpmn.feel.generating import python
from bpmn.feel.run import Fault
from bpmn.feel.values import KNOWN, take_in

Kinds = frozenset[type] | None  # the types that a value may have; None when it may be no value of FEEL yet
MOST_NODES = 120
MOST_LOOPS = 5  # one within the other: Python nests twenty blocks at most, and a loop here is two or three
TEXT: frozenset[type] = frozenset({str})
BOOLEAN: frozenset[type] = frozenset({bool})
LIST: frozenset[type] = frozenset({list})
CONTEXT: frozenset[type] = frozenset({dict})
TRUTH: frozenset[type] = frozenset({bool, type(None)})
_SHARED = {
    "type": type,
    "len": len,
    "range": range,
    "int": int,
    "Decimal": Decimal,
    "str": str,
    "bool": bool,
    "list": list,
    "dict": dict,
    "none": None,
    "zero": 0,
    "true": True,
    "false": False,
    "KNOWN": KNOWN,
    "take_in": take_in,
    # A TypeError is what no variables at all (None) give.
    "UNUSUAL": (KeyError, TypeError, Fault, RecursionError),
}


WARNINGS = ast.Attribute(python.name("run"), "warnings", ast.Load())


class Unsupported(Exception):
    """There is no generated code for a part: its closure is called instead."""


class CodeTooLarge(Exception):
    """An expression whose code would take longer to make than it could ever save."""


class Writer:
    """Writes one function. `rules` has the way to write each kind of node."""

    def __init__(self, compiler: Compiler, rules: Mapping[type, Rule], leave: python.Code) -> None:
        self.compiler = compiler
        self.namespace: dict[str, Any] = dict(_SHARED)
        self.block: list[ast.stmt] = []
        self.leave = list(leave)
        self.has_frame = self.has_run = self.may_warn = False
        self.unset: set[int] = set()  # slots that no name of generated code stands for
        self.depth = 0  # of loops
        self._rules = rules
        self._count = self._nodes = 0
        self._constants: dict[tuple[type, Any], str] = {}
        self._kinds: dict[str, Kinds] = {}
        self._found: dict[tuple[str, ...], str] = {}  # what was read before, and is still there
        self._kept: set[int] = set()  # slots of loops that stand in the frame

    # -- parts ---------------------------------------------------------------------------------------------------

    def write(self, node: syntax.Node, scope: Scope) -> str:
        """Write what computes a node. Gives the name of its value. Raises `CodeTooLarge`."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise CodeTooLarge
        length, kinds, found = len(self.block), dict(self._kinds), dict(self._found)
        try:
            rule = self._rules.get(type(node))
            if rule is not None:
                return rule(self, node, scope)
        except Unsupported:
            del self.block[length:]
            self._kinds, self._found = kinds, found
        return self._by_closure(node, scope)

    def value(self, node: syntax.Node, scope: Scope) -> str:
        """As `write`, for a place where nothing but a value of FEEL may stand."""
        return self.known(self.write(node, scope))

    def _by_closure(self, node: syntax.Node, scope: Scope) -> str:
        closure = self.constant(self.compiler.compile(node, scope))
        for _, slot in scope.bindings:
            self.keep(slot)
        self.has_frame = self.may_warn = True
        return self.let(python.call(closure, "frame"), KNOWN)

    def keep(self, slot: int) -> None:
        """See to it that the frame has what a loop's name stands for, as closures expect."""
        if slot in self._kept or slot in self.unset:
            return
        self._kept.add(slot)
        place = self.known(slot_name(slot))
        self.add(ast.Assign([ast.Subscript(python.name("frame"), ast.Constant(slot), ast.Store())], python.name(place)))
        self.has_frame = True

    # -- names ---------------------------------------------------------------------------------------------------

    def add(self, *statements: ast.stmt) -> None:
        self.block.extend(statements)

    def let(self, value: ast.expr, kinds: Kinds = None) -> str:
        """A new local with this value."""
        local = self.local(kinds)
        self.add(python.assign(local, value))
        return local

    def local(self, kinds: Kinds = None) -> str:
        """A new local, to be assigned."""
        self._count += 1
        self._kinds[f"v{self._count}"] = kinds
        return f"v{self._count}"

    def constant(self, value: Any) -> str:
        """The name of a value in the namespace."""
        key = (type(value), value if isinstance(value, str | int) else id(value))
        if key not in self._constants:
            self._constants[key] = found = f"k{len(self._constants)}"
            self.namespace[found] = value
            self._kinds[found] = frozenset({type(value)}) if type(value) in KNOWN else None
        return self._constants[key]

    def remembered(self, key: tuple[str, ...], write: Callable[[], str]) -> str:
        """What was written for this key before, if that is sure to have been passed; else what `write` writes now."""
        if key not in self._found:
            self._found[key] = write()
        return self._found[key]

    # -- what is known -------------------------------------------------------------------------------------------

    def kinds(self, local: str) -> Kinds:
        """The types that a value may have."""
        return self._kinds.get(local)

    def learn(self, local: str, kinds: Kinds) -> None:
        """From here on, a value is known to have one of these types."""
        self._kinds[local] = kinds

    def known(self, local: str) -> str:
        """Leave unless this is a value of FEEL."""
        if self._kinds.get(local) is None:
            self.leave_if(python.compared(python.call("type", local), ast.NotIn(), "KNOWN"))
            self._kinds[local] = KNOWN
        return local

    def expect(self, local: str, wanted: frozenset[type]) -> str:
        """Leave unless a value has one of these types."""
        kinds = self._kinds.get(local)
        possible = wanted if kinds is None else wanted & kinds
        if not possible:
            raise Unsupported
        if kinds is None or not kinds <= wanted:
            self.leave_if(self.is_none_of(local, wanted))
            self._kinds[local] = possible
        return local

    def is_none_of(self, local: str, kinds: Collection[type]) -> ast.expr:
        """The condition that a value has none of these types."""
        if len(kinds) > 2:
            return python.compared(python.call("type", local), ast.NotIn(), self.constant(kinds))
        ordered = sorted(kinds, key=lambda kind: kind is not int)
        return python.every(
            *(python.compared(python.call("type", local), ast.IsNot(), self.constant(kind)) for kind in ordered)
        )

    def leave_if(self, condition: ast.expr) -> None:
        """Leave the block when this holds."""
        self.add(python.when(condition, self.leave))

    # -- blocks --------------------------------------------------------------------------------------------------

    @contextmanager
    def branch(self) -> Iterator[list[ast.stmt]]:
        """A block that may be passed by: what is learnt in it holds in it only."""
        outer, kinds, found, kept = self.block, dict(self._kinds), dict(self._found), set(self._kept)
        inner: list[ast.stmt] = []
        self.block = inner
        try:
            yield inner
        finally:
            self.block, self._kinds, self._found, self._kept = outer, kinds, found, kept

    @contextmanager
    def turn(self, leave: python.Code) -> Iterator[list[ast.stmt]]:
        """The body of a loop, with its own way to leave it for the closure of the same body."""
        if self.depth == MOST_LOOPS:
            raise Unsupported
        outer, self.leave = self.leave, list(leave)
        self.depth += 1
        try:
            with self.branch() as body:
                yield body
        finally:
            self.leave = outer
            self.depth -= 1

    @contextmanager
    def noting(self) -> Iterator[tuple[ast.Name, list[ast.stmt]]]:
        """A name for the warnings so far, and what notes them: nothing, and no name for it, when none can come."""
        outer, self.may_warn = self.may_warn, False
        noted, note = ast.Name("none", ast.Load()), list[ast.stmt]()
        try:
            yield noted, note
        finally:
            if self.may_warn:
                noted.id = self.local()
                note.append(python.assign(noted.id, WARNINGS))
            self.may_warn = self.may_warn or outer


def slot_name(slot: int) -> str:
    """The local that stands for a slot of the frame."""
    return f"s{slot}"


Rule = Callable[[Writer, Any, Scope], str]
