"""Cells of a column that differ in nothing but their constants, as one: `> base * 3`, `> base * 4` and a thousand more.

One of them is read. The others are rows of constants, which generated code goes through in one loop
(`bpmn.feel.generating.scans`); so a large table of computed cells loads and decides in a fraction of the time. A cell
that the loop has to leave is read and evaluated by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bpmn import feel
from bpmn.dmn.cells import Sense, sense_of_tree
from bpmn.dmn.compiler import checks, compile_tests, read_tests, shape_of
from bpmn.dmn.model import LiteralExpression
from bpmn.dmn.place import Place
from bpmn.dmn.turn import Turn, Variables
from bpmn.feel import shapes
from bpmn.feel.generating import Row, Scan, scan_of
from bpmn.feel.run import Run, Warning  # noqa: A004 the word FEEL has for it
from bpmn.feel.shapes import Shape
from bpmn.feel.values import Value, take_in

LEAST = 40  # cells for which writing a loop pays: it costs about as much as reading so many of them
MOST = 16  # families of a file: writing their loops takes a second when there are hundreds
FEW = 8  # a loop over all rows is faster than finding those that are left, unless they are so many times fewer
Mask = int
Cell = tuple[LiteralExpression, Mask]


class Member(NamedTuple):
    """A cell of a family, with the rules that hold it and its constants."""

    cell: LiteralExpression
    mask: Mask
    constants: tuple[Value, ...]


class Family:
    """Cells that generated code goes through together."""

    def __init__(self, scan: Scan, rows: Sequence[Row], aliases: Iterable[str]) -> None:
        self.mask: Mask = 0
        self._scan = scan
        self._rows = rows
        self._aliases = tuple(aliases)
        self._of_rule: dict[int, Row] = {}
        for row in rows:
            self.mask |= row[0]
            self._of_rule |= dict.fromkeys(bits(row[0]), row)

    def __len__(self) -> int:
        return len(self._rows)

    def matching(self, value: Value, left: Mask, variables: Variables, turn: Turn) -> Mask:
        """Which rules have a cell here that takes the value; at least those that are `left` are asked."""
        if self._aliases:
            variables = {**variables, **dict.fromkeys(self._aliases, value)}
        wanted = left & self.mask
        rows = self._rows
        if is_open := wanted.bit_count() * FEW < len(rows):
            rows = [self._of_rule[number] for number in bits(wanted)]
        return self._scan(take_in(value), variables, turn.run, rows, left, is_open or wanted == self.mask)


def bits(mask: Mask) -> Iterator[int]:
    """The rules in a mask, the first one first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def gathered(cells: Iterable[Cell], place: Place) -> tuple[list[list[Member]], list[Cell]]:
    """The cells that seem to be families, and the others."""
    found: dict[shapes.Key, list[Member]] = {}
    others: list[Cell] = []
    for cell, mask in cells:
        divided = shape_of(cell, place)
        if divided is None:
            others.append((cell, mask))
        else:
            found.setdefault(divided[0], []).append(Member(cell, mask, divided[1]))
    families = [members for members in found.values() if len(members) >= LEAST]
    small = (members for members in found.values() if len(members) < LEAST)
    return families, others + [(member.cell, member.mask) for members in small for member in members]


class Reading:
    """What reading a family gives: its `senses` where an index can hold them, or a `family`, and what is left over."""

    def __init__(self, members: Sequence[Member], aliases: Sequence[str], place: Place) -> None:
        self.senses: list[tuple[Sense, Mask]] = []
        self.family: Family | None = None
        self.others: list[Cell] = []
        first = members[0]
        tests = compile_tests(first.cell, place)
        shape = (
            Shape.of(tests.tree, first.constants) if isinstance(tests, feel.UnaryTests) and tests.tree.tests else None
        )
        if shape is None or not isinstance(tests, feel.UnaryTests):
            self._leave(members)
            return
        for member in members:
            place.budget.spend(member.cell, place.owner)
        if place.is_indexed and sense_of_tree(tests.tree) is not None:
            self._index(members, shape)
        else:
            self._write(members, shape, tests, [name for name in aliases if name in tests.names], place)

    def _leave(self, members: Iterable[Member]) -> None:
        self.others += [(member.cell, member.mask) for member in members]

    def _index(self, members: Sequence[Member], shape: Shape) -> None:
        for member in members:
            sense = sense_of_tree(shape.tree(member.constants))
            if sense is None:
                self._leave([member])
            else:
                self.senses.append((sense, member.mask))

    def _write(
        self, members: Sequence[Member], shape: Shape, tests: feel.UnaryTests, aliases: list[str], place: Place
    ) -> None:
        rows: list[Row] = []
        for member in members:
            values = feel.hole_values(shape, member.constants, place.dialect)
            if values is None:
                self._leave([member])
            else:
                rows.append((member.mask, member.cell, *values))
        slow = _OneByOne(place)
        scan = None
        if rows and place.budget.take_family(MOST):
            scan = scan_of(shape, rows, place.dialect, checks(tests.text, place), slow)
        if scan is None:
            kept = {id(row[1]) for row in rows}
            self._leave(member for member in members if id(member.cell) in kept)
            return
        self.family = Family(scan, rows, aliases)


class _OneByOne:
    """Cells of a family evaluated by themselves, each read when it is first needed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._read: dict[str, feel.UnaryTests] = {}

    def __call__(
        self,
        cell: LiteralExpression,
        value: Value,
        variables: Mapping[str, Value],
        run: Run,
        noted: Sequence[Warning] | None,
    ) -> bool:
        if noted is not None:
            run.warnings = noted
        tests = self._read.get(cell.text)
        if tests is None:
            tests = self._read[cell.text] = read_tests(cell, self._place)
        return bool(tests.evaluate_in(value, variables, run))
