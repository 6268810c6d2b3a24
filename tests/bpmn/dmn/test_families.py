"""Cells that differ in their constants alone decide together as each would by itself, with the same warnings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn import feel
from bpmn.dmn import families
from bpmn.dmn.column import Column
from bpmn.dmn.definitions import Definitions
from bpmn.dmn.reader import read_file
from bpmn.dmn.table import Table
from bpmn.dmn.turn import Turn
from bpmn.feel import shapes
from bpmn.feel.shapes import Shape
from tests.bpmn.dmn.models import SPECIFICATION, decision, file, table

_FORMS = [
    "> base * {0} + {1}",
    "? > base * {0} and ? < limit.high - {1}",
    "= base + {0}",
    "!= base * {0}",
    "[base..{0}]",
    "]{0}..limit.high[",
    "base + {0}, limit.low * {1}",
    "not(base + {0})",
    "not(> base + {0}, limit.low)",
    "base > {0}",
    "absent > {0}",
    "? > absent + {0}",
    "? + {0} > base",
    '? = text + "{0}"',
    'starts with(text, "a{0}")',
    'contains(string(?), "{0}")',
    "list contains(list, {0})",
    "some x in list satisfies x > {0} and ? > x",
    "count(list[item > {0}]) > ?",
    "{0} in list",
    "? instance of number and ? < {0}",
    "(function(x) x + {0})(base)",
    'date(day) > date("2024-01-{0:02d}") + duration("P{1}D")',
    'date("2024-01-{0:02d}")',
    'if ? > {0} then "x" else "y{1}"',
    "cellInput > base - {0}",
    "{0}.5 * base",
    "-{0} * base",
    "? > 2 and ? < {0}",
    "null, base * {0}",
    '"a{0}" + text, "b{1}"',
]
_VALUES = st.one_of(
    st.integers(-5, 60), st.decimals(-5, 40, places=1), st.sampled_from([None, True, "a1", "ab3", 2.5, [1], {}, 10**40])
)
_NAMES = ("base", "text", "list", "day", "limit")
_USUAL = {"base": 3, "text": "a1", "list": [1, 5, 9], "day": "2024-02-03", "limit": {"low": 2, "high": 40}}


@given(
    st.sampled_from(_FORMS),
    st.lists(st.tuples(st.integers(0, 31), st.integers(0, 31)), min_size=2, max_size=12),
    st.lists(st.tuples(_VALUES, st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=1)), min_size=1, max_size=4),
    st.sampled_from([SPECIFICATION, None]),
)
@settings(max_examples=400, deadline=None)
def test_a_family_decides_as_its_cells_do(
    form: str, numbers: list[tuple[int, int]], asked: list[tuple[Any, dict[str, Any]]], namespace: str | None
) -> None:
    rules = [("-" if one == 31 else form.format(one, other), str(place)) for place, (one, other) in enumerate(numbers)]
    written = file(
        decision("d", table(["a"], ["x"], *rules, policy="RULE ORDER")),
        **({"namespace": namespace} if namespace else {}),
    )
    together, apart = (_with_families_of(least, written) for least in (2, 10**9))
    for value, changed in asked:
        given_ = {"a": value, **_USUAL, **changed}
        assert _said(together, given_) == _said(apart, given_)


def _with_families_of(least: int, xml: bytes) -> Column:
    definitions = Definitions(read_file(xml), strict=False)
    kept, families.LEAST = families.LEAST, least
    try:
        ((element, place, _),) = definitions.compiled()
        return Table(element.logic, place)._columns[0]
    finally:
        families.LEAST = kept


def _said(column: Column, variables: dict[str, Any]) -> tuple[Any, list[str]]:
    turn = Turn(None)
    mask = column.matching(column.value(variables, turn), (1 << 12) - 1, variables, turn)
    return mask, sorted(str(warning) for warning in turn.run.warnings)


def test_what_is_written_in_generated_code_is_a_family() -> None:
    """Else the test above would compare cells with themselves."""
    alone = [form for form in _FORMS if not _with_families_of(2, _column(form)).families]
    assert alone == ['date("2024-01-{0:02d}")', "? > 2 and ? < {0}"]  # an index has them


def _column(form: str) -> bytes:
    rules = [(form.format(one, one + 1), str(one)) for one in range(1, 10)]
    return file(decision("d", table(["a"], ["x"], *rules, policy="RULE ORDER")))


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("> base * 3.5", (Decimal("3.5"),)),
        ("[1..20]", (1, 20)),
        ('"a" + b2 + "c"', ("a", "c")),
        (".5 + 1", (1,)),
        ("base2 > 1e5", None),
        ('"a\\n" + 1', None),
        ('"a\nb" = "c"', None),
        ("1 // 2", None),
        ('@"P1D" > 5', None),
        ("`a 1` > 5", None),
        ("base", None),
        ("1234567890123456789", None),
    ],
)
def test_constants_are_told_from_the_rest_of_a_text(text: str, constants: tuple[Any, ...] | None) -> None:
    divided = shapes.split(text)
    assert (None if divided is None else divided[1]) == constants


def test_a_text_whose_constants_are_part_of_something_else_has_no_shape() -> None:
    for text in ('{"a": 1}.a', "a 1 + 2"):
        divided = shapes.split(text)
        assert divided is not None
        tree = feel.compile_unary(text, names=["a 1"]).tree
        assert Shape.of(tree, divided[1]) is None, text


def test_a_shape_builds_the_trees_of_its_texts() -> None:
    first, second = 'x + 1 > -2 or "a" in list', 'x + 7 > -8 or "b" in list'
    divided = shapes.split(first), shapes.split(second)
    assert divided[0] is not None
    assert divided[1] is not None
    assert divided[0][0] == divided[1][0]
    shape = Shape.of(feel.compile_unary(first).tree, divided[0][1])
    assert shape is not None
    assert shape.tree(divided[1][1]) == feel.compile_unary(second).tree


def test_outputs_that_differ_in_constants_are_read_when_they_are_asked_for() -> None:
    rules = [(str(number), f'if a > {number} then "x" else b * {number} + 1') for number in range(50)]
    definitions = Definitions(read_file(file(decision("d", table(["a"], ["x"], *rules)))))
    assert [definitions.evaluate("d", {"a": number, "b": 2}) for number in (0, 7, 49)] == [1, 15, 99]


def test_a_file_has_so_many_families_and_the_cells_of_others_are_evaluated_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(families, "MOST", 1)
    monkeypatch.setattr(families, "LEAST", 2)
    rules = [("> b + 1", "1"), ("> b + 2", "2"), ("< b * 3", "3"), ("< b * 4", "4")]
    definitions = Definitions(read_file(file(decision("d", table(["a"], ["x"], *rules, policy="RULE ORDER")))))
    assert definitions.evaluate("d", {"a": 10, "b": 3}) == [1, 2, 4]
