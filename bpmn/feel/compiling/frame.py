"""What all compiled code shares: the frame it runs in, the scope that names are resolved in, and the compiler itself.

A frame is a list: the variables, the `Run`, then one slot per name that the expression itself declares. Slots are known
when compiling; only variables, and what a filter's item brings into scope, are looked up by name while running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpmn.feel import syntax
from bpmn.feel.kinds import Check
from bpmn.feel.library.registry import Library
from bpmn.feel.run import Run
from bpmn.feel.values import Value

Frame = list[Any]
Closure = Callable[[Frame], Value]
VARIABLES, RUN, FIRST_SLOT = 0, 1, 2
_NODES_PER_STEP = 16
FEW = 1000  # items that a loop goes through without looking at its limits in between


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at one place: innermost last, (name, slot) or (None, slot) for a filter's item."""

    bindings: tuple[tuple[str | None, int], ...] = ()

    def with_name(self, name: str, slot: int) -> Scope:
        return Scope((*self.bindings, (name, slot)))

    def with_item(self, slot: int) -> Scope:
        return Scope((*self.bindings, ("item", slot), (None, slot)))

    def find(self, name: str) -> tuple[int | None, list[int]]:
        """The slot of a name, None when it is a variable, and the filter items that may hide it, innermost first."""
        items = []
        for bound, slot in reversed(self.bindings):
            if bound is None:
                items.append(slot)
            elif bound == name:
                return slot, items
        return None, items


class Compiler:
    """Compiles one expression. `names` collects the variables it reads, `size` the slots a frame needs."""

    def __init__(self, library: Library, dialect: str, types: Mapping[str, Check]) -> None:
        self.library = library
        self.dialect = dialect
        self.types = types
        self.is_dmn = dialect == "dmn"
        self.size = FIRST_SLOT
        self.count = 0
        self.names: set[str] = set()
        self.growing: set[int] = set()  # slots of lists that a loop is still adding to
        self.read: set[int] = set()  # slots that some name reads

    def slot(self) -> int:
        """A new slot of the frame."""
        self.size += 1
        return self.size - 1

    def compile(self, node: syntax.Node, scope: Scope) -> Closure:
        """The closure of a node."""
        self.count += 1
        return RULES[type(node)](self, node, scope)

    def weighed(self, node: syntax.Node, scope: Scope) -> tuple[Closure, int]:
        """The closure of what a loop repeats, and how many steps a turn counts for."""
        before = self.count
        closure = self.compile(node, scope)
        return closure, 1 + (self.count - before) // _NODES_PER_STEP


def in_chunks(items: Sequence[Value], weight: int, run: Run) -> Iterable[Sequence[Value]]:
    """The items, as a whole when they are few, with their steps counted before each chunk."""
    count = len(items)
    if count > FEW:
        return _chunks(items, weight, run)
    run.tick(count * weight)
    return (items,)


def _chunks(items: Sequence[Value], weight: int, run: Run) -> Iterator[Sequence[Value]]:
    for start in range(0, len(items), FEW):
        chunk = items[start : start + FEW]
        run.tick(len(chunk) * weight)
        yield chunk


Rule = Callable[[Compiler, Any, Scope], Closure]
RULES: dict[type, Rule] = {}
