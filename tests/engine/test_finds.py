"""Searches of tasks and jobs by comparisons: the same answers from both databases."""

from __future__ import annotations

from typing import Any

import pytest

from engine.queries import Comparison, Search
from tests.engine.support import APPROVER, OTHER, World, end, line, service, start, user


@pytest.fixture
def world(world: World) -> World:
    world.deploy(line("p", start(), user("Check", groups="accounting"), service("work"), end()))
    for total, text in ((5, "a_b"), (50, "a%b"), (None, "A_b")):
        world.start("p", total=total, text=text)
    return world


def found(world: World, *wanted: Comparison, **search: Any) -> list[int]:
    """Which of the three tasks, by the order in which they were made."""
    every = [task.key for task in world.engine.queries.find_tasks(Search()).items]
    page = world.engine.queries.find_tasks(Search(wanted, **search))
    assert page.total >= len(page.items)
    return [every.index(task.key) for task in page.items]


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("name", "like", "Ch*", 3),
        ("name", "like", "ch*", 0),
        ("name", "like", "Chec?", 3),
        ("candidate_group", "eq", "accounting", 3),
        ("candidate_group", "neq", "accounting", 0),
        ("candidate_user", "exists", True, 0),
        ("assignee", "exists", False, 3),
        ("priority", "in", [50, 70], 3),
        ("priority", "not_in", [50], 0),
        ("state", "eq", "created", 3),
        ("business_key", "eq", "none", 0),
    ],
)
def test_facts_are_compared(world: World, name: str, operator: str, value: Any, expected: int) -> None:
    assert len(found(world, Comparison(name, operator, value))) == expected


def test_variables_are_compared_as_json_texts(world: World) -> None:
    assert found(world, instance_variables=(Comparison("total", "eq", "50"),)) == [1]
    assert found(world, instance_variables=(Comparison("total", "eq", "null"),)) == [2]
    assert found(world, instance_variables=(Comparison("text", "like", '"a_b"'),)) == [0]
    assert found(world, instance_variables=(Comparison("text", "neq", '"a_b"'),)) == [1, 2]
    assert found(world, local_variables=(Comparison("total", "exists", True),)) == []


def test_the_order_and_the_page_are_as_asked_for(world: World) -> None:
    assert found(world, order=(("created_at", False), ("key", True))) == [2, 1, 0]
    assert found(world, offset=1, limit=1) == [1]
    assert world.engine.queries.find_tasks(Search(offset=5)).total == 3


def test_only_what_the_actor_may_see_is_found(world: World) -> None:
    assert len(found(world, visible_to=APPROVER)) == 3
    assert found(world, visible_to=OTHER) == []


def test_jobs_are_found_in_the_same_way(world: World) -> None:
    for task in world.engine.queries.find_tasks(Search()).items[:2]:
        world.engine.complete_task(task.key, {}, by=APPROVER)
    world.claim("work", worker="w9", limit=1)
    queries = world.engine.queries
    assert queries.find_jobs(Search((Comparison("worker", "eq", "w9"),))).total == 1
    assert queries.find_jobs(Search((Comparison("type", "eq", "work"),))).total == 2
    newest = queries.find_jobs(Search(order=(("key", True),))).items[0]
    assert newest.worker == ""
