"""The index of a table's columns gives the answers that evaluating every cell gives, and a naive reading gives.

The naive reading stands below: it knows the few kinds of cells that the random tables hold, and nothing of Baton.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.dmn import column
from bpmn.dmn.cells import Part, common, outside, sense_of_tests, sense_of_text, united
from bpmn.dmn.definitions import Definitions
from bpmn.dmn.reader import read_file
from bpmn.feel import compile_unary
from tests.bpmn.dmn.models import decision, file, table

Takes = Callable[[Any], bool]
Cell = tuple[str, Takes]


def is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def comparing(operator: str, bound: Any) -> Cell:
    compare: dict[str, Takes] = {
        "<": lambda value: value < bound,
        "<=": lambda value: value <= bound,
        ">": lambda value: value > bound,
        ">=": lambda value: value >= bound,
    }
    return f"{operator} {bound}", lambda value: is_number(value) and compare[operator](value)


def ranging(start: str, low: Any, high: Any, end: str) -> Cell:
    def takes(value: Any) -> bool:
        if not is_number(value):
            return False
        above = low <= value if start == "[" else low < value
        return above and (value <= high if end == "]" else value < high)

    return f"{start}{low}..{high}{end}", takes


def listing(values: Sequence[Any], negated: bool = False) -> Cell:
    text = ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values)
    kind = (lambda value: isinstance(value, str)) if isinstance(values[0], str) else is_number
    if negated:
        # Null equals none of them; a value of another type cannot be compared with them.
        return f"not({text})", lambda value: value is None or (kind(value) and value not in values)
    return text, lambda value: kind(value) and value in values


def joined(cells: Sequence[Cell]) -> Cell:
    return ", ".join(text for text, _ in cells), lambda value: any(takes(value) for _, takes in cells)


def between(low: Any, high: Any) -> Cell:
    text = f"? > {low} and ? <= {high}"
    return text, lambda value: is_number(value) and low < value <= high


numbers = st.integers(-6, 6) | st.decimals(-6, 6, places=1, allow_nan=False)
words = st.sampled_from(["a", "b", "c", "d"])
truth = st.sampled_from([("true", lambda value: value is True), ("false", lambda value: value is False)])
anything = st.just(("-", lambda value: True))
ranges = st.builds(ranging, st.sampled_from("[(]"), numbers, numbers, st.sampled_from("])["))
comparisons = st.builds(comparing, st.sampled_from(["<", "<=", ">", ">="]), numbers)
lists = st.builds(listing, st.lists(numbers, min_size=1, max_size=3), st.booleans())
texts = st.builds(listing, st.lists(words, min_size=1, max_size=3), st.booleans())
several = st.builds(joined, st.lists(ranges | comparisons, min_size=2, max_size=3))
cells = anything | truth | ranges | comparisons | lists | texts | several | st.builds(between, numbers, numbers)
values = numbers | words | st.booleans() | st.none() | st.just([1]) | st.just({})


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(0, 12))
def test_index_scan_and_a_naive_reading_agree_on_the_rules_that_match(
    data: st.DataObject, width: int, rows: int
) -> None:
    rules = [data.draw(st.lists(cells, min_size=width, max_size=width)) for _ in range(rows)]
    names = [f"in{number}" for number in range(width)]
    written = [(*(text for text, _ in rule), str(number)) for number, rule in enumerate(rules)]
    xml = read_file(file(decision("d", table(names, ["x"], *written, policy="RULE ORDER"))))
    indexed, scanned = Definitions(xml), Definitions(xml, indexed=False)
    for _ in range(5):
        inputs = {name: data.draw(values) for name in names}
        expected = [
            number
            for number, rule in enumerate(rules)
            if all(takes(inputs[name]) for name, (_, takes) in zip(names, rule, strict=True))
        ]
        assert (indexed.evaluate("d", inputs) or []) == expected
        assert (scanned.evaluate("d", inputs) or []) == expected


@pytest.mark.parametrize("limit", [1_000_000, 100])
def test_a_large_index_that_keeps_only_some_answers_gives_the_same(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column, "MAXIMUM_BYTES", limit)
    rules = [(f"[{n * 10}..{n * 10 + 12}]", str(n)) for n in range(200)]
    definitions = Definitions(read_file(file(decision("d", table(["a"], ["x"], *rules, policy="COLLECT")))))
    assert definitions.evaluate("d", {"a": 505}) == [50]
    assert definitions.evaluate("d", {"a": 510}) == [50, 51]
    assert definitions.evaluate("d", {"a": Decimal("512.5")}) == [51]
    assert definitions.evaluate("d", {"a": -1}) is None


def test_the_kinds_of_cells_that_are_understood_without_being_evaluated() -> None:
    for text in ("5", '"a", "b"', "true", "< 5", "[1..2[", "-1.5"):
        assert sense_of_text(text) is not None, text
    for text in (
        'date("2026-01-01")',
        'duration("P1D")',
        "not(5)",
        "? >= 1 and ? < 2",
        "? between 1 and 2",
        "!= 3",
        '[date("2026-01-01")..date("2026-02-01")]',
        '? = "a" or ? = "b"',
    ):
        assert sense_of_tests(compile_unary(text)) is not None, text


def test_what_looks_at_more_than_the_value_is_evaluated() -> None:
    for text in ("> limit", "? > 1 and other", '"a" or ? = "b"', '1, "a"', "count(?) > 1", 'time("10:00:00")', "null"):
        assert sense_of_text(text) is None, text
        assert sense_of_tests(compile_unary(text)) is None, text


def parts_of(*bounds: tuple[Any, bool, Any, bool]) -> tuple[Part, ...]:
    return tuple(Part(*bound) for bound in bounds)


def test_sets_of_intervals_are_joined_cut_and_turned_round() -> None:
    low, high = parts_of((None, False, 1, True)), parts_of((1, False, 5, False))
    assert united((*high, *low)) == parts_of((None, False, 5, False))
    assert united((*low, *parts_of((2, True, 3, True)))) == parts_of((None, False, 1, True), (2, True, 3, True))
    assert common(united((*low, *high)), parts_of((1, True, 9, True))) == parts_of((1, True, 5, False))
    assert outside(high) == parts_of((None, False, 1, True), (5, True, None, False))
    assert outside(()) == parts_of((None, False, None, False))
    assert outside(parts_of((None, False, None, False))) == ()
