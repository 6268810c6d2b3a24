"""Tables as Flowable's modelers write them: cells that go on with the input, days and collections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bpmn import dmn
from bpmn.errors import EvaluationError, ModelError
from tests.bpmn.dmn.models import decision, file, table

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def _decide(logic: str, place: str = "http://www.flowable.org/dmn", **inputs: Any) -> Any:
    return dmn.read(file(decision("d", logic), place=place)).decide("d", inputs, now=NOW).value


@pytest.mark.parametrize(
    ("cell", "takes", "leaves"),
    [
        ('== "gold"', "gold", "silver"),
        ("== 'gold'", "gold", "silver"),
        ('!= "gold"', "silver", "gold"),
        ('.startsWith("go")', "gold", "silver"),
        ("== 5", 5, 6),
        ("> 5", 6, 5),
        ('== fn_date("2026-01-31")', "2026-01-31", "2026-02-01"),
        ('> date:toDate("2026-01-31")', "2026-02-01", "2026-01-31"),
        ("< fn_subtractDate(fn_now(), 0, 1, 0)", "2026-02-09", "2026-02-10"),
        ('${collection:contains("a, b", it)}', "a", "c"),
        ("${collection:noneOf(list, it)}", 3, 2),
        ('${collection:anyOf(list, "2,9")}', 0, None),
    ],
)
def test_a_cell_goes_on_with_the_input(cell: str, takes: Any, leaves: Any) -> None:
    logic = table(["it"], ["x"], (cell, '"yes"'))
    assert _decide(logic, it=takes, list=[1, 2]) == "yes"
    if leaves is not None:
        assert _decide(logic, it=leaves, list=[1, 2]) is None


def test_an_output_may_be_juel() -> None:
    logic = table(["it"], ["x"], ("-", 'it == 1 ? "one" : "more"'))
    assert [_decide(logic, it=it) for it in (1, 2)] == ["one", "more"]


def test_elsewhere_such_a_cell_is_refused() -> None:
    with pytest.raises(ModelError, match="compares with a single"):
        _decide(table(["it"], ["x"], ('== "gold"', "1")), place="here", it="gold")


def test_what_is_no_date_and_what_is_no_collection_says_so() -> None:
    with pytest.raises(EvaluationError, match="no date such as"):
        _decide(table(["it"], ["x"], ('== fn_date("soon")', "1")), it="2026-01-31")
    with pytest.raises(EvaluationError, match="is null"):
        _decide(table(["it"], ["x"], ("${collection:contains(list, it)}", "1")), it=None, list=[])
