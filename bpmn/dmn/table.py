"""Decision tables (DMN 1.5, chapter 8), compiled column by column: see `bpmn.dmn.column`.

Each column says which rules take its value; what all columns agree on has matched, and the hit policy does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bpmn.dmn.column import Column, Mask
from bpmn.dmn.compiler import compile_literal
from bpmn.dmn.families import bits
from bpmn.dmn.hit_policies import HIT_POLICIES, Matches, Priorities
from bpmn.dmn.model import DecisionTable, Output, Rule
from bpmn.dmn.place import Place
from bpmn.dmn.turn import Evaluate, Turn, Variables
from bpmn.feel.values import Value

Row = dict[str, Value]


class TableResult(NamedTuple):
    """What a table says: its value, the rows it took, the rules that matched with their outputs, and the inputs."""

    value: Value
    rows: list[Row]
    matches: Sequence[tuple[Rule, Row]] = ()
    inputs: Sequence[Value] = ()


class Table:
    """A compiled decision table."""

    def __init__(self, table: DecisionTable, place: Place) -> None:
        self.model = table
        self._owner = place.owner
        self._columns = [
            Column(clause, [rule.tests[number] for rule in table.rules], place)
            for number, clause in enumerate(table.inputs)
        ]
        # Those that only look up come first: they leave less for the others.
        order = sorted(range(len(self._columns)), key=lambda number: self._columns[number].cost)
        self._matchers = [(number, self._columns[number].matching) for number in order]
        self._outputs = [_compile_outputs(rule, table.outputs, place) for rule in table.rules]
        self._defaults = [
            (_output_name(output), compile_literal(output.default, place)) for output in table.outputs if output.default
        ]
        self._hit_policy = HIT_POLICIES[table.hit_policy, table.aggregation]
        self._priorities = Priorities(table.outputs, place)
        self._takes_first = table.hit_policy == "FIRST"
        self._all: Mask = (1 << len(table.rules)) - 1

    def decide(self, variables: Variables, turn: Turn) -> TableResult:
        """Evaluate. Raises `EvaluationError` when the matching rules are not what the hit policy allows."""
        inputs = [column.value(variables, turn) for column in self._columns]
        left = self._all
        for number, matching in self._matchers:
            left = matching(inputs[number], left, variables, turn)
            if not left:
                return self._default(inputs, variables, turn)
        if not left:
            return self._default(inputs, variables, turn)
        matches = [
            (self.model.rules[number], {name: output(variables, turn) for name, output in self._outputs[number]})
            for number in bits(left & -left if self._takes_first else left)
        ]
        found = self._hit_policy(Matches(self._owner, matches, self._priorities, turn))
        return TableResult(found.value, found.rows, matches, inputs)

    def _default(self, inputs: list[Value], variables: Variables, turn: Turn) -> TableResult:
        row = {name: default(variables, turn) for name, default in self._defaults}
        if not row:
            return TableResult(None, [], (), inputs)
        value = next(iter(row.values())) if len(self.model.outputs) == 1 else row
        return TableResult(value, [row], (), inputs)


def _output_name(output: Output) -> str:
    return output.name or output.label or output.id


def _compile_outputs(rule: Rule, outputs: Sequence[Output], place: Place) -> list[tuple[str, Evaluate]]:
    return [
        (_output_name(output), compile_literal(cell, place)) for output, cell in zip(outputs, rule.outputs, strict=True)
    ]
