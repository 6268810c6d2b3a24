"""Hit policies (DMN 1.5, 8.2.8 and 8.2.11): what the rules that matched amount to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from bpmn import feel
from bpmn.dmn.compiler import SCALARS, compile_literal
from bpmn.dmn.model import LiteralExpression, Output, Rule
from bpmn.dmn.place import Place
from bpmn.dmn.turn import Evaluate, Turn
from bpmn.errors import EvaluationError
from bpmn.feel import operators
from bpmn.feel.values import Value

Row = dict[str, Value]


class Matches(NamedTuple):
    """The rules that matched, in their order, with their outputs. There is at least one."""

    owner: str
    rules: Sequence[tuple[Rule, Row]]
    priorities: Priorities
    turn: Turn

    @property
    def rows(self) -> list[Row]:
        return [row for _, row in self.rules]


class Hit(NamedTuple):
    """The value of the table and the rows it is made of."""

    value: Value
    rows: list[Row]


class Priorities:
    """The order of the output values: the first ones listed count most, column by column from the left."""

    def __init__(self, outputs: Sequence[Output], place: Place) -> None:
        self._lists: list[Evaluate | None] = [_listed(output, place) for output in outputs]

    def sort(self, rows: Sequence[Row], turn: Turn) -> list[Row]:
        """The rows by priority; equals stay in the order of their rules."""
        ranks = [None if values is None else _Ranks(values({}, turn)) for values in self._lists]

        def rank(row: Row) -> list[int]:
            return [0 if one is None else one.of(value) for value, one in zip(row.values(), ranks, strict=True)]

        return sorted(rows, key=rank)


class _Ranks:
    """The places of listed values. Plain ones are looked up; the others are compared one by one."""

    def __init__(self, known: Value) -> None:
        self._known = known if isinstance(known, list) else []
        self._places: dict[tuple[bool, Value], int] = {}
        for place, one in enumerate(self._known):
            if type(one) in SCALARS:
                self._places.setdefault((type(one) is bool, one), place)

    def of(self, value: Value) -> int:
        if type(value) in SCALARS:
            return self._places.get((type(value) is bool, value), len(self._known))
        equals = (place for place, one in enumerate(self._known) if operators.equal(value, one))
        return next(equals, len(self._known))


def _listed(output: Output, place: Place) -> Evaluate | None:
    text = output.values
    item = place.types.item(output.type) if not text else None
    if item is not None:
        text = item.allowed_values
    return compile_literal(LiteralExpression(f"[{text}]", line=output.line), place) if text else None


def _single(row: Row) -> Value:
    return next(iter(row.values())) if len(row) == 1 else row


def _one(row: Row) -> Hit:
    return Hit(_single(row), [row])


def _all(rows: list[Row]) -> Hit:
    return Hit([_single(row) for row in rows], rows)


def _unique(matches: Matches) -> Hit:
    if len(matches.rules) > 1:
        raise EvaluationError(
            f"{_named(matches)} match, but the hit policy UNIQUE of decision '{matches.owner}' allows one. "
            "Make the rules exclude each other, or choose another hit policy."
        )
    return _one(matches.rows[0])


def _any(matches: Matches) -> Hit:
    first = matches.rows[0]
    if any(operators.equal(row, first) is not True for row in matches.rows[1:]):
        raise EvaluationError(
            f"{_named(matches)} match with different outputs, but the hit policy ANY of decision '{matches.owner}' "
            "wants equal ones. Make them equal, or choose another hit policy."
        )
    return _one(first)


def _named(matches: Matches) -> str:
    shown = [f"{rule.index}{f' ({rule.id})' if rule.id else ''}" for rule, _ in matches.rules[:5]]
    more = f" and {len(matches.rules) - 5} more" if len(matches.rules) > 5 else ""
    return f"Rules {', '.join(shown)}{more}"


def _priority(matches: Matches) -> Hit:
    return _one(matches.priorities.sort(matches.rows, matches.turn)[0])


def _aggregation(function: str) -> Callable[[Matches], Hit]:
    aggregate = feel.compile(f"{function}(values)", dialect="camunda")

    def collect(matches: Matches) -> Hit:
        name, values = next(iter(matches.rows[0])), [next(iter(row.values())) for row in matches.rows]
        result = aggregate.evaluate_in({"values": values}, matches.turn.run)
        if result is None:
            raise EvaluationError(
                f"The outputs of decision '{matches.owner}' have no {function}: they are not all numbers."
            )
        return Hit(result, [{name: result}])

    return collect


HIT_POLICIES: Mapping[tuple[str, str], Callable[[Matches], Hit]] = MappingProxyType(
    {
        ("UNIQUE", ""): _unique,
        ("FIRST", ""): lambda matches: _one(matches.rows[0]),
        ("ANY", ""): _any,
        ("PRIORITY", ""): _priority,
        ("RULE ORDER", ""): lambda matches: _all(matches.rows),
        ("OUTPUT ORDER", ""): lambda matches: _all(matches.priorities.sort(matches.rows, matches.turn)),
        ("COLLECT", ""): lambda matches: _all(matches.rows),
        ("COLLECT", "SUM"): _aggregation("sum"),
        ("COLLECT", "MIN"): _aggregation("min"),
        ("COLLECT", "MAX"): _aggregation("max"),
        ("COLLECT", "COUNT"): _aggregation("count"),
    }
)
