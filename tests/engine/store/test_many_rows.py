"""Rows of many writes that PostgreSQL gets as one statement: the same rows, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert

from engine.step import ElementChange, ElementState
from engine.store import Store, elements, instances, open_store, variables
from engine.store.database import Stale
from engine.store.prepared import Prepared, Waiting, Write
from engine.store.tables import deployment_items, resources
from engine.store.tables import elements as element_table
from engine.store.tables import variables as variable_table
from tests.engine.store.test_settle import NOW, new_row

HOSTILE = ["'); DROP TABLE elements; --", '"quoted" {a: [1]} \\ \\u0041 \\x41', "line\nfeed\ttab", "ünï 🎈 \u2028", ""]


@pytest.fixture
def store(upgraded_postgres_url: str) -> Iterator[Store]:
    store = open_store(upgraded_postgres_url)
    yield store
    store.close()


def change(key: int, name: str, state: ElementState = ElementState.ACTIVE) -> ElementChange:
    return ElementChange(key, "a", "task", state, 8, None, name)


def test_hostile_texts_bytes_and_great_numbers_arrive_as_they_were(store: Store) -> None:
    great = 2**63 - 1
    rows = [
        replace(new_row(great - at), process_id=text, business_key=text or None, frozen=bytes(range(256)) * at or None)
        for at, text in enumerate(HOSTILE)
    ]
    known = [replace(row) for row in rows]
    values = {
        8: {f"{at}{text}": [text, {text: great, "nothing": None}, 1e300, True] for at, text in enumerate(HOSTILE)}
    }
    with store.transaction() as tx:
        for row in rows:
            instances.save(tx, row)
        variables.write(tx, 8, values)
        assert len(tx._waiting.take()) == 2
        for row in known:
            instances.save(tx, replace(row))
        variables.write(tx, 8, values)
    with store.transaction() as tx:
        found = instances.lock_all(tx, [row.key for row in rows])
        assert sorted(found, key=lambda row: -row.key) == [replace(row, is_new=False) for row in known]
        assert variables.of_instance(tx, 8) == values


def test_what_is_written_twice_is_as_it_was_written_last(store: Store) -> None:
    later = NOW + timedelta(seconds=1)
    with store.transaction() as tx:
        elements.write(tx, 8, [change(1, "one"), change(2, "two")], NOW)
        variables.write(tx, 8, {8: {"a": 1, "b": 1}})
        elements.write(tx, 8, [change(2, "", ElementState.COMPLETED), change(3, "three")], later)
        variables.write(tx, 8, {8: {"b": 2}})
        variables.remove(tx, 8, [(8, "a")])
        variables.write(tx, 8, {8: {"c": 3}})
        variables.remove(tx, 8, [(8, "c")])
    with store.reading() as tx:
        found = elements.of_instance(tx, 8)
        assert [(one.name, one.state, one.ended_at) for one in found] == [
            ("one", "active", None),
            ("two", "completed", later),
            ("three", "active", None),
        ]
        assert variables.of_instance(tx, 8) == {8: {"b": 2}}


def test_one_row_that_was_changed_meanwhile_stops_them_all(store: Store) -> None:
    with store.transaction() as tx:
        for key in (8, 9, 10):
            instances.save(tx, new_row(key))
    with pytest.raises(Stale), store.transaction() as tx:
        for key, version in ((8, 0), (9, 7), (10, 0)):
            instances.save(tx, replace(new_row(key), is_new=False, row_version=version, open_jobs=1))
    with store.transaction() as tx:
        assert [row.open_jobs for row in instances.lock_all(tx, [8, 9, 10])] == [0, 0, 0]


def test_writes_of_a_kind_become_one_unless_something_between_them_touches_the_same_table() -> None:
    add = Prepared(insert(variable_table), ["instance_key", "scope_key", "name", "value"])
    visit = Prepared(insert(element_table), ["key"])
    drop = Prepared(delete(variable_table).where(variable_table.c.name == bindparam("name")))
    add_file = Prepared(insert(resources))  # the database wants its deployment first
    add_item = Prepared(insert(deployment_items))

    def told(*new: tuple[Prepared, Any]) -> list[tuple[Prepared, int]]:
        waiting = Waiting()
        for statement, parameters in new:
            waiting.add(Write(statement, [parameters]))
        return [(one.statement, len(one.parameters)) for one in waiting.take()]

    row = (1, 1, "a", 1)
    assert told((add, row), (visit, (1,)), (add, row), (visit, (2,))) == [(add, 2), (visit, 2)]
    assert told((add, row), (drop, {"name": "a"}), (add, row)) == [(add, 1), (drop, 1), (add, 1)]
    assert told((drop, {"name": "a"}), (visit, (1,)), (drop, {"name": "b"})) == [(drop, 2), (visit, 1)]
    assert told((add_file, {"key": 1}), (add_file, {"key": 2})) == [(add_file, 1), (add_file, 1)]
    assert told((add_item, {"kind": "a"}), (add_item, {"kind": "b", "definition_key": 1})) == [
        (add_item, 1),
        (add_item, 1),
    ]
