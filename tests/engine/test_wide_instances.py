"""Instances that wait at very many places: a step reads and thaws what it moves, and all is as it is with few."""

from __future__ import annotations

import random

import pytest

from engine.queries import Page
from engine.runtime import freeze
from engine.store import instances
from tests.engine.support import OPERATOR, Node, World, end, line, service, start

WIDTH = 80
LOOP = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
    'inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=item + given"/>'
    "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
)


def _each(node: Node) -> Node:
    id, text = node
    return id, text.replace("%s", "%s" + LOOP)


@pytest.fixture
def wide(world: World) -> World:
    """A world with one instance that has a job for each of many items."""
    mapped = '<zeebe:ioMapping><zeebe:input source="=item * 10" target="tenfold"/></zeebe:ioMapping>'
    world.deploy(line("p", start(), _each(service("work", inner=mapped)), end()))
    world.start("p", items=list(range(WIDTH)))
    return world


def test_an_instance_is_as_wide_as_the_tests_need() -> None:
    assert max(freeze.MOST_AWAKE, instances.NARROW) < WIDTH - 5


def test_the_jobs_of_a_wide_instance_end_in_any_order(wide: World) -> None:
    jobs = wide.claim("work", limit=WIDTH)
    random.Random(7).shuffle(jobs)
    for job in jobs:
        assert (job.variables["item"], job.variables["tenfold"]) == (
            job.variables["loopCounter"] - 1,
            job.variables["item"] * 10,
        )
        wide.engine.complete_job(job.key, {"given": 100}, worker="w1")
    instance = wide.engine.queries.instance(jobs[0].instance_key)
    assert instance.state.value == "completed"
    assert wide.engine.queries.scopes(instance.key)[instance.key]["results"] == [100 + item for item in range(WIDTH)]
    past = wide.engine.queries.past_values(instance.key, Page(limit=1000))
    assert sorted(one.value for one in past if one.name == "tenfold") == [item * 10 for item in range(WIDTH)]


def test_a_step_of_a_wide_instance_reads_the_variables_of_a_few_scopes(wide: World) -> None:
    first, second, *_ = wide.claim("work", limit=2)
    wide.engine.complete_job(first.key, {"given": 1}, worker="w1")
    with wide.statements() as told:
        wide.engine.complete_job(second.key, {"given": 1}, worker="w1")
    read = [one for one in told if one.startswith("SELECT variables")]
    assert 0 < len(read) <= 4
    assert all("scope_key =" in one for one in read), read


def test_what_a_wide_instance_is_asked_for_in_whole_is_there(wide: World) -> None:
    [job] = wide.claim("work", limit=1)
    wide.engine.set_variables(job.instance_key, {"given": 5}, by=OPERATOR)
    wide.engine.complete_job(job.key, {}, worker="w1")
    found = wide.engine.queries.scopes(job.instance_key)
    assert found[job.instance_key]["given"] == 5
    assert sum("tenfold" in names for names in found.values()) == WIDTH - 1


def test_a_wide_instance_is_cancelled_in_whole(wide: World) -> None:
    [job] = wide.claim("work", limit=1)
    with wide.statements() as told:
        wide.engine.cancel(job.instance_key, by=OPERATOR)
    assert len(told) < WIDTH, "what belongs to all is read at once"
    assert wide.engine.queries.instance(job.instance_key).state.value == "terminated"
    assert list(wide.engine.queries.scopes(job.instance_key)) == [job.instance_key]
    past = wide.engine.queries.past_values(job.instance_key, Page(limit=1000))
    assert sorted(one.value for one in past if one.name == "tenfold") == [item * 10 for item in range(WIDTH)]
