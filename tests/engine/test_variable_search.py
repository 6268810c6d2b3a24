"""Instances are found by the values of their variables, through an index, with the order that the values have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from engine.errors import InvalidInput
from engine.queries import Comparison, InstanceFilter
from engine.states import InstanceState
from engine.store.comparisons import variable_is
from engine.store.sort_keys import is_exact, sort_key
from engine.store.tables import instances, variables
from tests.engine.support import OPERATOR, World, end, line, service, start

VALUES: dict[str, Any] = {
    "small": -2.5,
    "zero": 0,
    "tenth": 0.1,
    "nine": 9,
    "ten": 10,
    "huge": 2**53 + 1,
    "almost": 2**53,
    "acme": "ACME",
    "lower": "acme",
    "other": "Zürich [x] 100%",
    "long": "A" * 150 + "B",
    "longer": "A" * 150 + "C",
    "digits": "10",
    "hundred": "B" * 100,
    "hundred and one": "B" * 101,
    "empty": "",
    "true": True,
    "null": None,
    "list": [1, 2],
    "object": {"b": 1, "a": [2]},
    "nul": "a\0b",
}


@pytest.fixture
def house(world: World) -> World:
    world.deploy(line("p", start(), service("work"), end()))
    for name, value in VALUES.items():
        world.engine.start(process_id="p", variables={"x": value}, business_key=name, by=OPERATOR)
    world.engine.start(process_id="p", variables={"y": 1}, business_key="without", by=OPERATOR)
    return world


def found(world: World, *wanted: Comparison, **rest: Any) -> set[str]:
    page = world.engine.queries.instances(InstanceFilter(variables=wanted, **rest))
    return {one.business_key or "" for one in page}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_finds_its_instance_and_no_other(house: World, name: str) -> None:
    assert found(house, Comparison("x", "eq", VALUES[name])) == {name}


def test_an_object_is_found_whatever_the_order_of_its_members(house: World) -> None:
    assert found(house, Comparison("x", "eq", {"a": [2], "b": 1})) == {"object"}


@pytest.mark.parametrize(
    ("operator", "value", "names"),
    [
        ("gt", 9, {"ten", "huge", "almost"}),
        ("gte", 9.0, {"nine", "ten", "huge", "almost"}),
        ("lt", 0.1, {"small", "zero"}),
        ("lte", 0, {"small", "zero"}),
        ("gte", "acme", {"lower"}),
        ("lt", "ACME", {"digits", "empty", "long", "longer"}),
        ("lt", "acme", {"acme", "other", "nul", "hundred", "hundred and one", "digits", "empty", "long", "longer"}),
        ("in", [0, "ACME", True], {"zero", "acme", "true"}),
        ("in", [], set()),
        ("like", "AC*", {"acme"}),
        ("like", "?c*", {"lower"}),
        ("like", "*[x]*", {"other"}),
        ("like", "*100%", {"other"}),
        ("like", "A*C", {"longer"}),
        ("like", "*C*", {"acme", "longer"}),
        ("like", "", {"empty"}),
        ("exists", False, {"without"}),
    ],
)
def test_operators_keep_to_the_kind_of_value(house: World, operator: str, value: Any, names: set[str]) -> None:
    assert found(house, Comparison("x", operator, value)) == names


def test_what_differs_must_be_there(house: World) -> None:
    assert found(house, Comparison("x", "neq", "ACME")) == set(VALUES) - {"acme"}
    assert found(house, Comparison("x", "not_in", ["ACME", 0])) == set(VALUES) - {"acme", "zero"}
    assert found(house, Comparison("x", "exists", True)) == set(VALUES)


def test_conditions_add_up_and_follow_a_change(house: World) -> None:
    [one] = house.engine.queries.instances(InstanceFilter(business_key="acme"))
    house.engine.set_variables(one.key, {"x": 1, "z": "new"}, by=OPERATOR)
    assert found(house, Comparison("x", "eq", "ACME")) == set()
    assert found(house, Comparison("x", "eq", 1), Comparison("z", "like", "n?w")) == {"acme"}
    assert found(house, Comparison("x", "eq", 1), state=InstanceState.COMPLETED) == set()


def test_columns_are_compared_too(house: World) -> None:
    newest = max(house.engine.queries.instances(), key=lambda one: one.key)
    for comparison, count in (
        (Comparison("business_key", "like", "z*"), 1),
        (Comparison("business_key", "in", ["acme", "lower"]), 2),
        (Comparison("key", "lt", newest.key), len(VALUES)),
        (Comparison("ended_at", "exists", False), len(VALUES) + 1),
        (Comparison("started_at", "gt", house.clock.now() - timedelta(seconds=1)), len(VALUES) + 1),
        (Comparison("state", "neq", "active"), 0),
    ):
        assert len(house.engine.queries.instances(InstanceFilter(columns=[comparison]))) == count, comparison


@pytest.mark.parametrize(
    "wanted",
    [
        InstanceFilter(variables=[Comparison("x", "almost", 1)]),
        InstanceFilter(variables=[Comparison("x", "gt", True)]),
        InstanceFilter(variables=[Comparison("x", "in", 1)]),
        InstanceFilter(columns=[Comparison("frozen", "eq", 1)]),
        InstanceFilter(columns=[Comparison("key", "almost", 1)]),
    ],
)
def test_what_makes_no_sense_is_refused(quick: World, wanted: InstanceFilter) -> None:
    with pytest.raises(InvalidInput):
        quick.engine.queries.instances(wanted)


def test_values_of_an_older_version_are_found_after_a_sweep(house: World) -> None:
    with house.store.sql.connect() as connection:
        connection.execute(update(variables).values(sort_key=None))
        connection.commit()
    assert found(house, Comparison("x", "eq", "ACME")) == set()
    house.engine.sweep()
    assert found(house, Comparison("x", "eq", "ACME")) == {"acme"}


@pytest.mark.parametrize(("operator", "value"), [("eq", "ACME"), ("gt", 5), ("like", "AC*"), ("in", [1, 2])])
def test_no_search_by_a_value_scans(house: World, operator: str, value: Any) -> None:
    condition = variable_is(Comparison("x", operator, value), is_sqlite=house.store.is_sqlite)
    told = house.plan(select(instances.c.key).where(condition), {})
    assert "ix_variables_sort_key" in told
    assert "SCAN variables" not in told


NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))


@given(NUMBERS, NUMBERS)
def test_sort_keys_order_as_numbers_do(left: float, right: float) -> None:
    assert (sort_key(left) < sort_key(right)) == (float(left) < float(right))
    assert (sort_key(left) == sort_key(right)) == (float(left) == float(right))


@given(st.text(max_size=120), st.text(max_size=120))
def test_sort_keys_of_texts_are_equal_only_for_equal_texts(left: str, right: str) -> None:
    if is_exact(left) and is_exact(right):
        assert (sort_key(left) == sort_key(right)) == (left == right)
