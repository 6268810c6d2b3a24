"""An input column of a decision table: which rules take a value, as the bits of one number.

Cells that are intervals of a domain stand in an index per domain, so a value is looked up among them. All others are
evaluated, once however many rules share them, and only while a rule is left that they could decide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from bpmn import feel
from bpmn.dmn.cells import DOMAINS, Sense, is_anything, sense_of_tests, sense_of_text
from bpmn.dmn.compiler import compile_literal, compile_tests
from bpmn.dmn.families import Cell, Family, Reading, gathered
from bpmn.dmn.from_json import OF_COLUMNS
from bpmn.dmn.model import Input, LiteralExpression
from bpmn.dmn.place import Place
from bpmn.dmn.turn import Evaluate, Turn, Variables
from bpmn.errors import EvaluationError
from bpmn.feel.text import shown
from bpmn.feel.values import Value
from bpmn.model import Language

CELL_INPUT = "cellInput"  # how Camunda 7's cells may call the value beside `?`
MAXIMUM_BYTES = 1_000_000  # of an index with an answer for each segment; larger ones keep every so manyth
Mask = int
Test = Callable[[Value, Variables, Turn], bool]


class Column:
    """An input and its cells. Where `place` is not indexed, every cell is evaluated: the same answers, slower."""

    def __init__(self, clause: Input, cells: Sequence[LiteralExpression], place: Place) -> None:
        self.value = _reader(clause, place)
        self._allowed = _allowed(clause, place)
        self.tests: list[tuple[Test, Mask]] = []
        self.families: list[Family] = []
        self._any: Mask = 0
        self._null: Mask = 0
        self._indexes: dict[type, tuple[Index, Callable[[Any], Any] | None]] = {}
        self._fill(_distinct(cells), tuple(name for name in (CELL_INPUT, clause.variable) if name), place)

    def _fill(self, cells: Iterable[Cell], aliases: tuple[str, ...], place: Place) -> None:
        senses: list[tuple[Sense, Mask]] = []
        others: list[Cell] = []
        for cell, mask in cells:
            if is_anything(cell.text):
                self._any |= mask
            elif (sense := _sense_at_a_glance(cell, place)) is not None:
                senses.append((sense, mask))
            else:
                others.append((cell, mask))
        for cell, mask in self._families_of(others, aliases, senses, place):
            found = _understood(cell, aliases, place)
            if isinstance(found, Sense):
                senses.append((found, mask))
            else:
                self.tests.append((found, mask))
        self._index(senses)

    def _families_of(
        self, cells: Sequence[Cell], aliases: tuple[str, ...], senses: list[tuple[Sense, Mask]], place: Place
    ) -> list[Cell]:
        """Takes the cells that come in families; gives the others."""
        families, others = gathered(cells, place)
        for members in families:
            read = Reading(members, aliases, place)
            senses += read.senses
            others += read.others
            self.families += [] if read.family is None else [read.family]
        return others

    def _index(self, senses: Iterable[tuple[Sense, Mask]]) -> None:
        domains: dict[str, list[tuple[Sense, Mask]]] = {}
        for sense, mask in senses:
            domains.setdefault(sense.domain, []).append((sense, mask))
            self._null |= mask if sense.of_null else 0
        indexes = {domain: _index(found) for domain, found in domains.items()}
        self._indexes = {type: (indexes[domain], key) for type, (domain, key) in DOMAINS.items() if domain in indexes}

    @property
    def cost(self) -> int:
        """How many cells are evaluated, at most."""
        return len(self.tests) + sum(len(family) for family in self.families)

    def matching(self, value: Value, left: Mask, variables: Variables, turn: Turn) -> Mask:
        """Which of the rules that are left take the value."""
        if self._allowed is not None and value is not None and not self._allowed(value, variables, turn):
            return 0
        found = self._any
        index = self._indexes.get(type(value))
        if index is not None:
            look_up, key = index
            found |= look_up(value if key is None else key(value))
        elif value is None:
            found |= self._null
        for family in self.families:
            if family.mask & left:
                found |= family.matching(value, left, variables, turn)
        for test, mask in self.tests:
            if mask & left & ~found and test(value, variables, turn):
                found |= mask
        return left & found


def _reader(clause: Input, place: Place) -> Evaluate:
    """The input's value. In Camunda, the text of a typed column is read as that type, and other types are refused."""
    if not clause.expression.text and not place.follows_the_specification:
        return _variable(clause.variable or CELL_INPUT)
    expression = compile_literal(clause.expression, place)
    type = clause.expression.type.removeprefix("feel:")
    read, check = OF_COLUMNS.get(type), place.types.check(type)
    if read is None or check is None or place.follows_the_specification:
        return expression
    name = clause.label or clause.expression.text

    def value(variables: Variables, turn: Turn) -> Value:
        found = expression(variables, turn)
        found = read(found) if isinstance(found, str) else found
        if found is not None and not check(found):
            raise EvaluationError(
                f"The input '{name}' of decision '{place.owner}' is {shown(found)}, which is not of its type '{type}'. "
                "Give it a value of that type, or correct the column's type."
            )
        return found

    return value


def _variable(name: str) -> Evaluate:
    """Without an expression, Camunda 7's cells test the variable that is called like the input (inputVariable)."""
    return lambda variables, turn: variables.get(name)


def _allowed(clause: Input, place: Place) -> Test | None:
    """In the specification, a value outside of the allowed ones has no decision (DMN 1.5, 8.3.2)."""
    if not clause.values or not place.follows_the_specification:
        return None
    tests = compile_tests(LiteralExpression(clause.values, line=clause.expression.line), place)
    return _evaluated(tests, ()) if isinstance(tests, feel.UnaryTests) else None


def _distinct(cells: Sequence[LiteralExpression]) -> list[Cell]:
    """Each different cell with the rules that hold it."""
    found: dict[tuple[str, Language | None], tuple[LiteralExpression, list[int]]] = {}
    for row, cell in enumerate(cells):
        found.setdefault((cell.text, cell.language), (cell, []))[1].append(row)
    return [(cell, mask_of(rows)) for cell, rows in found.values()]


def mask_of(rows: Iterable[int]) -> Mask:
    """The number with these bits."""
    mask = 0
    for row in rows:
        mask |= 1 << row
    return mask


def _sense_at_a_glance(cell: LiteralExpression, place: Place) -> Sense | None:
    is_feel = cell.language in (Language.FEEL, None)
    return sense_of_text(cell.text) if place.is_indexed and is_feel else None


def _understood(cell: LiteralExpression, aliases: tuple[str, ...], place: Place) -> Sense | Test:
    """What an index can hold of a cell, else its test."""
    tests = compile_tests(cell, place)
    if not isinstance(tests, feel.UnaryTests):
        return _aliased(lambda value, variables, turn: tests(variables, turn) is True, aliases)
    sense = sense_of_tests(tests) if place.is_indexed else None
    return _evaluated(tests, aliases) if sense is None else sense


def _evaluated(tests: feel.UnaryTests, aliases: tuple[str, ...]) -> Test:
    evaluate = tests.evaluate_in
    return _aliased(
        lambda value, variables, turn: evaluate(value, variables, turn.run) is True,
        tuple(name for name in aliases if name in tests.names),
    )


def _aliased(test: Test, aliases: tuple[str, ...]) -> Test:
    if not aliases:
        return test
    return lambda value, variables, turn: test(value, {**variables, **dict.fromkeys(aliases, value)}, turn)


# -- indexes -----------------------------------------------------------------------------------------------------


class Index(Protocol):
    """Which rules take a key of one domain."""

    def __call__(self, key: Any, /) -> Mask: ...


def _index(senses: Sequence[tuple[Sense, Mask]]) -> Index:
    if all(part.is_point for sense, _ in senses for part in sense.parts):
        return _by_value(senses)
    return Segments(senses)


def _by_value(senses: Iterable[tuple[Sense, Mask]]) -> Index:
    found: dict[Any, Mask] = {}
    for sense, mask in senses:
        for part in sense.parts:
            found[part.low] = found.get(part.low, 0) | mask
    get = found.get
    return lambda key: get(key, 0)


class Segments:
    """An index of intervals: between two neighbouring ends, and on each end, the answer is always the same.

    Segment 2n + 1 is the n-th end itself, 2n what lies before it. Answers are kept for every `_stride`-th segment;
    from there on, `_changes` says which cells begin or end.
    """

    def __init__(self, senses: Sequence[tuple[Sense, Mask]]) -> None:
        ends = {end for sense, _ in senses for part in sense.parts for end in (part.low, part.high) if end is not None}
        self._ends: list[int | Decimal | str] = sorted(ends)
        count = 2 * len(self._ends) + 1
        changes = self._toggles(senses, count)
        weight = max(mask.bit_length() for _, mask in senses) // 8 + 28
        self._stride = 1 + count * weight // MAXIMUM_BYTES
        self._masks = [mask for _, mask in senses]
        self._changes = changes if self._stride > 1 else {}
        self._answers = list(self._walk(changes, count))

    def _toggles(self, senses: Sequence[tuple[Sense, Mask]], count: int) -> dict[int, list[int]]:
        place = {end: number for number, end in enumerate(self._ends)}
        changes: dict[int, list[int]] = defaultdict(list)
        for number, (sense, _) in enumerate(senses):
            for part in sense.parts:
                first = 0 if part.low is None else 2 * place[part.low] + (1 if part.low_included else 2)
                beyond = count if part.high is None else 2 * place[part.high] + (2 if part.high_included else 1)
                changes[first].append(number)
                changes[beyond].append(number)
        return dict(changes)

    def _walk(self, changes: Mapping[int, Sequence[int]], count: int) -> Iterator[Mask]:
        answer = 0
        for segment in range(count):
            for number in changes.get(segment, ()):
                answer ^= self._masks[number]
            if segment % self._stride == 0:
                yield answer

    def __call__(self, key: Any, /) -> Mask:
        place = bisect_left(self._ends, key)
        is_end = place < len(self._ends) and self._ends[place] == key
        segment = 2 * place + is_end
        if self._stride == 1:
            return self._answers[segment]
        start = segment - segment % self._stride
        answer = self._answers[start // self._stride]
        for passed in range(start + 1, segment + 1):
            for number in self._changes.get(passed, ()):
                answer ^= self._masks[number]
        return answer
