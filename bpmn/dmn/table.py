"""Decision tables (DMN 1.5, chapter 8), compiled column by column.

A column knows, for each of its different tests, which rules hold it, as the bits of one number. Tests that only list
constants are looked up, all others are evaluated once however many rules share them, and only while a rule is left that
they could decide. So a table of a thousand rules costs about as much as its different tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bpmn import feel
from bpmn.dmn.compiler import Place, checks, compile_literal, failing, is_juel, refused
from bpmn.dmn.from_json import OF_COLUMNS
from bpmn.dmn.hit_policies import HIT_POLICIES, Matches, Priorities
from bpmn.dmn.model import DecisionTable, Input, LiteralExpression, Output, Rule
from bpmn.dmn.turn import Evaluate, Turn, Variables
from bpmn.errors import LanguageError
from bpmn.feel import syntax
from bpmn.feel.values import Value
from bpmn.model import Language

CELL_INPUT = "cellInput"  # how Camunda 7's cells may call the value beside `?`
Row = dict[str, Value]
Key = tuple[bool, Any]


@dataclass(frozen=True, slots=True)
class TableResult:
    """What a table says: its value, the rows it took, the rules that matched with their outputs, and the inputs."""

    value: Value
    rows: list[Row] = field(default_factory=list)
    matches: list[tuple[Rule, Row]] = field(default_factory=list)
    inputs: list[Value] = field(default_factory=list)


class Table:
    """A compiled decision table."""

    def __init__(self, table: DecisionTable, place: Place) -> None:
        self.model = table
        self._owner = place.owner
        self._columns = [_Column(clause, number, table.rules, place) for number, clause in enumerate(table.inputs)]
        # Those that only look up come first: they leave less for the others.
        self._order = sorted(range(len(self._columns)), key=lambda number: self._columns[number].cost)
        self._outputs = [_compile_outputs(rule, table.outputs, place) for rule in table.rules]
        self._defaults = [
            (_output_name(output), compile_literal(output.default, place)) for output in table.outputs if output.default
        ]
        self._hit_policy = HIT_POLICIES[table.hit_policy, table.aggregation]
        self._priorities = Priorities(table.outputs, place)
        self._takes_first = table.hit_policy == "FIRST"

    def decide(self, variables: Variables, turn: Turn) -> TableResult:
        """Evaluate. Raises `EvaluationError` when the matching rules are not what the hit policy allows."""
        inputs = [column.value(variables, turn) for column in self._columns]
        numbers = self._matching(inputs, variables, turn)
        if not numbers:
            return self._default(inputs, variables, turn)
        matches = [
            (self.model.rules[number], {name: output(variables, turn) for name, output in self._outputs[number]})
            for number in numbers
        ]
        found = self._hit_policy(Matches(self._owner, matches, self._priorities, turn))
        return TableResult(found.value, found.rows, matches, inputs)

    def _matching(self, inputs: Sequence[Value], variables: Variables, turn: Turn) -> list[int]:
        left = (1 << len(self._outputs)) - 1
        for number in self._order:
            if not left:
                break
            left = self._columns[number].matching(inputs[number], left, variables, turn)
        if self._takes_first and left:
            left &= -left
        return list(_bits(left))

    def _default(self, inputs: list[Value], variables: Variables, turn: Turn) -> TableResult:
        row = {name: default(variables, turn) for name, default in self._defaults}
        if not row:
            return TableResult(None, inputs=inputs)
        value = next(iter(row.values())) if len(self.model.outputs) == 1 else row
        return TableResult(value, [row], inputs=inputs)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _output_name(output: Output) -> str:
    return output.name or output.label or output.id


def _compile_outputs(rule: Rule, outputs: Sequence[Output], place: Place) -> list[tuple[str, Evaluate]]:
    return [
        (_output_name(output), compile_literal(cell, place)) for output, cell in zip(outputs, rule.outputs, strict=True)
    ]


class _Column:
    """An input and its tests."""

    def __init__(self, clause: Input, number: int, rules: Sequence[Rule], place: Place) -> None:
        self._expression = compile_literal(clause.expression, place)
        self._read = (
            OF_COLUMNS.get(clause.expression.type.removeprefix("feel:")) if place.dialect == "camunda" else None
        )
        self._any = 0
        self._constants: dict[Key, int] = {}
        self._listing: list[tuple[_Test, int]] = []  # the same tests as in _constants, for values that are not plain
        self._tests: list[tuple[_Test, int]] = []
        cells: dict[tuple[str, Language | None], tuple[LiteralExpression, int]] = {}
        for row, rule in enumerate(rules):
            cell = rule.tests[number]
            first, mask = cells.get((cell.text, cell.language), (cell, 0))
            cells[cell.text, cell.language] = first, mask | 1 << row
        aliases = tuple(name for name in (CELL_INPUT, clause.variable) if name)
        for cell, mask in cells.values():
            self._add(_Test(cell, aliases, place), mask)
        self.cost = len(self._tests)

    def _add(self, test: _Test, mask: int) -> None:
        if test.is_any:
            self._any |= mask
            return
        if test.constants is None:
            self._tests.append((test, mask))
            return
        self._listing.append((test, mask))
        for key in test.constants:
            self._constants[key] = self._constants.get(key, 0) | mask

    def value(self, variables: Variables, turn: Turn) -> Value:
        value = self._expression(variables, turn)
        return self._read(value) if self._read is not None and type(value) is str else value

    def matching(self, value: Value, left: int, variables: Variables, turn: Turn) -> int:
        """Which of the rules that are left take the value."""
        found, tests = self._any, self._tests
        if type(value) in _PLAIN:
            found |= self._constants.get((type(value) is bool, value), 0)
        else:
            tests = self._listing + tests
        for test, mask in tests:
            if mask & left & ~found and test.holds(value, variables, turn):
                found |= mask
        return left & found


_PLAIN = frozenset({str, int, bool, Decimal})


class _Test:
    """A cell. `constants` is what it takes when it lists nothing but constants, else None."""

    __slots__ = ("_aliases", "_evaluate", "_tests", "constants", "is_any")

    def __init__(self, cell: LiteralExpression, aliases: tuple[str, ...], place: Place) -> None:
        self.constants: frozenset[Key] | None = None
        self._aliases = aliases
        self._tests: feel.UnaryTests | None = None
        self._evaluate: Evaluate | None = None
        self.is_any = cell.text in ("", "-")
        if self.is_any:
            return
        if cell.language in (Language.FEEL, None):
            self._compile_feel(cell, place)
        else:
            self._evaluate = compile_literal(cell, place)

    def _compile_feel(self, cell: LiteralExpression, place: Place) -> None:
        try:
            tests = feel.compile_unary(
                cell.text, dialect=place.dialect, names=place.names, types=checks(cell.text, place)
            )
        except LanguageError as error:
            if cell.language is None and place.dialect == "camunda" and is_juel(cell.text):
                self._evaluate = compile_literal(cell, place)
                return
            if not place.strict:
                self._evaluate = failing(str(error))
                return
            raise refused(error, cell, place) from None
        self._tests = tests
        self.constants = _constants(tests.tree)
        self._aliases = tuple(name for name in self._aliases if name in tests.names)

    def holds(self, value: Value, variables: Variables, turn: Turn) -> bool:
        if self._aliases:
            variables = {**variables, **dict.fromkeys(self._aliases, value)}
        if self._tests is not None:
            return self._tests.evaluate_in(value, variables, turn.run) is True
        return self._evaluate is not None and self._evaluate(variables, turn) is True


def _constants(tree: syntax.Tests) -> frozenset[Key] | None:
    if tree.negated or not tree.tests:
        return None
    found = []
    for test in tree.tests:
        if not isinstance(test, syntax.Literal) or type(test.value) not in _PLAIN:
            return None
        found.append((type(test.value) is bool, test.value))
    return frozenset(found)
