"""Camunda 7's correlation: exactly one receiver, by name, business key and variables; then a start; else a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from engine.correlation import Correlation, CorrelationResult
from engine.errors import Conflict, InvalidInput, NotFound
from engine.store.instances import Instance
from tests.engine.support import PROGRAM, World, catch_message, document, end, process, start

PAID = '<bpmn:message id="m" name="paid"/>'


def camunda7(process_id: str, *nodes: tuple[str, str]) -> str:
    return document(process(process_id, *nodes), roots=PAID, platform="Camunda Platform", version="7.23.0")


@pytest.fixture
def waiting(quick: World) -> World:
    quick.deploy(camunda7("p", start(), catch_message("wait", "m"), end()))
    return quick


def begin(world: World, business_key: str | None = None, **variables: Any) -> Instance:
    return world.engine.start(process_id="p", business_key=business_key, variables=variables, by=PROGRAM)


def correlate(world: World, **wanted: Any) -> CorrelationResult:
    return world.engine.correlate_message(Correlation("paid", **wanted), by=PROGRAM)


def test_the_only_one_that_waits_gets_it(waiting: World) -> None:
    mine = begin(waiting)
    assert correlate(waiting, variables={"sum": 3}) == CorrelationResult((mine.key,), ())
    assert waiting.engine.queries.variables(mine.key)["sum"] == 3
    with pytest.raises(NotFound, match="Nobody waits"):
        correlate(waiting)


def test_of_several_the_keys_choose(waiting: World) -> None:
    one, two, three = begin(waiting, "B-1", n=1), begin(waiting, "B-2", n=1), begin(waiting, "B-2", n=True)
    with pytest.raises(Conflict, match="3 receivers"):
        correlate(waiting)
    with pytest.raises(Conflict, match="2 receivers"):
        correlate(waiting, business_key="B-2")
    assert correlate(waiting, business_key="B-2", correlation_keys={"n": 1}).correlated == (two.key,)
    assert correlate(waiting, correlation_keys={"n": True}).correlated == (three.key,)
    assert correlate(waiting, instance_key=one.key).correlated == (one.key,)


def test_nothing_happens_when_it_is_refused(waiting: World) -> None:
    both = [begin(waiting), begin(waiting)]
    with pytest.raises(Conflict):
        correlate(waiting)
    assert [waiting.state(each) for each in both] == ["active", "active"]


def test_all_may_be_asked_for(waiting: World) -> None:
    both = {begin(waiting).key, begin(waiting).key}
    assert set(correlate(waiting, every=True).correlated) == both
    assert correlate(waiting, every=True) == CorrelationResult((), ())


def test_local_keys_are_those_of_the_waiting_element(quick: World) -> None:
    task = (
        '<bpmn:receiveTask id="wait" messageRef="m"><bpmn:extensionElements><camunda:inputOutput>'
        '<camunda:inputParameter name="mine">${n}</camunda:inputParameter></camunda:inputOutput>'
        "</bpmn:extensionElements>%s</bpmn:receiveTask>"
    )
    quick.deploy(camunda7("p", start(), ("wait", task), end()))
    _, two = begin(quick, n=1), begin(quick, n=2)
    with pytest.raises(NotFound):
        correlate(quick, correlation_keys={"mine": 2})
    assert correlate(quick, local_keys={"mine": 2}).correlated == (two.key,)


def test_who_waits_comes_before_what_starts(quick: World) -> None:
    quick.deploy(camunda7("p", start(), catch_message("wait", "m"), end()))
    quick.deploy(camunda7("q", start("s", "m"), catch_message("wait", "m"), end()))
    waiting = begin(quick)
    assert correlate(quick).correlated == (waiting.key,)
    [key] = correlate(quick, business_key="B-9", variables={"a": 1}).started
    assert quick.instance(key).business_key == "B-9"
    assert quick.engine.queries.variables(key) == {"a": 1}


def test_it_is_not_kept(waiting: World) -> None:
    with pytest.raises(NotFound):
        correlate(waiting)
    assert waiting.state(begin(waiting)) == "active"


def test_a_message_without_a_name_is_refused(quick: World) -> None:
    with pytest.raises(InvalidInput):
        Correlation("")
    assert quick
