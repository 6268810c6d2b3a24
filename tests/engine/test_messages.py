"""Messages: who gets one, once per process id; what is kept; what a message starts."""

from __future__ import annotations

import pytest

from engine.errors import Conflict, InvalidInput
from engine.messages import MessageResult
from tests.engine.support import (
    PROGRAM,
    World,
    catch_message,
    document,
    end,
    line,
    message,
    process,
    service,
    start,
)

PAID = message("m", "paid")


@pytest.fixture
def waiting(world: World) -> World:
    world.deploy(line("order", start(), catch_message("wait", "m"), end(), roots=PAID))
    return world


def publish(world: World, name: str = "paid", key: str = "A1", **options: object) -> MessageResult:
    return world.engine.publish_message(name, correlation_key=key, by=PROGRAM, **options)  # type: ignore[arg-type]


def test_a_message_moves_the_instance_that_waits_for_its_key(waiting: World) -> None:
    mine, other = waiting.start("order", orderId="A1"), waiting.start("order", orderId="B2")
    result = publish(waiting, variables={"amount": 5})
    assert (result.correlated, result.started, result.buffered) == ((mine.key,), (), False)
    assert (waiting.state(mine), waiting.state(other)) == ("completed", "active")
    assert waiting.engine.queries.variables(mine.key)["amount"] == 5
    [why] = waiting.instance(other).waiting
    assert why.why == "Waits for the message 'paid' with the correlation key 'B2' since 2026-01-05 09:00:00 UTC."


def test_a_number_as_key_is_its_decimal_text(waiting: World) -> None:
    mine = waiting.start("order", orderId=42)
    assert publish(waiting, key="42").correlated == (mine.key,)


def test_one_message_reaches_a_process_once_but_every_process(waiting: World) -> None:
    waiting.deploy(line("ledger", start(), catch_message("wait", "m"), end(), roots=PAID))
    first, second = waiting.start("order", orderId="A1"), waiting.start("order", orderId="A1")
    third = waiting.start("ledger", orderId="A1")
    assert set(publish(waiting).correlated) == {first.key, third.key}
    assert waiting.state(second) == "active"


def test_a_message_that_nobody_waits_for_is_gone_unless_it_may_live(waiting: World) -> None:
    publish(waiting)
    assert waiting.state(waiting.start("order", orderId="A1")) == "active"
    assert publish(waiting, key="B2", time_to_live_seconds=60).buffered
    assert waiting.state(waiting.start("order", orderId="B2")) == "completed"


def test_a_kept_message_is_given_once_per_process_and_expires(waiting: World) -> None:
    publish(waiting, time_to_live_seconds=60)
    assert waiting.state(waiting.start("order", orderId="A1")) == "completed"
    assert waiting.state(waiting.start("order", orderId="A1")) == "active"
    publish(waiting, key="B2", time_to_live_seconds=60)
    waiting.clock.advance(61)
    assert waiting.state(waiting.start("order", orderId="B2")) == "active"
    assert waiting.engine.sweep() == 2


def test_kept_messages_come_in_the_order_of_their_publication(waiting: World) -> None:
    for number in (1, 2):
        publish(waiting, time_to_live_seconds=60, variables={"number": number})
    one, two = waiting.start("order", orderId="A1"), waiting.start("order", orderId="A1")
    numbers = [waiting.engine.queries.variables(each.key)["number"] for each in (one, two)]
    assert numbers == [1, 2]


def test_the_same_message_id_is_taken_once_while_it_is_kept(waiting: World) -> None:
    publish(waiting, time_to_live_seconds=60, message_id="x")
    with pytest.raises(Conflict, match="'x'"):
        publish(waiting, time_to_live_seconds=60, message_id="x")
    publish(waiting, key="B2", time_to_live_seconds=60, message_id="x")
    waiting.clock.advance(61)
    publish(waiting, time_to_live_seconds=60, message_id="x")


def test_a_message_starts_the_latest_version_only(world: World) -> None:
    old = line("order", start("s1", "m"), service("old"), end(), roots=message("m", "placed", key=""))
    new = line("order", start("s2", "m"), service("new"), end(), roots=message("m", "placed", key=""))
    world.deploy(old)
    world.deploy(new)
    result = publish(world, "placed", key="", variables={"a": 1})
    [key] = result.started
    assert world.instance(key).version == 2
    assert [job.type for job in world.claim("old", "new")] == ["new"]
    world.deploy(line("order", start(), service("none"), end()))
    assert publish(world, "placed", key="").started == ()


def test_one_instance_per_key_runs_and_the_next_message_waits_for_its_end(world: World) -> None:
    world.deploy(line("order", start("s", "m"), service("work"), end(), roots=message("m", "placed", key="")))
    [first] = publish(world, "placed", time_to_live_seconds=600).started
    assert publish(world, "placed", time_to_live_seconds=600, variables={"second": True}).started == ()
    assert len(publish(world, "placed", key="other").started) == 1
    [job] = [job for job in world.claim("work") if job.instance_key == first]
    world.engine.complete_job(job.key, {}, worker="w1")
    assert world.state(first) == "completed"
    [job] = world.claim("work")
    assert job.variables == {"second": True}


def test_an_empty_key_always_starts(world: World) -> None:
    world.deploy(line("order", start("s", "m"), service("work"), end(), roots=message("m", "placed", key="")))
    assert publish(world, "placed", key="").started != publish(world, "placed", key="").started


def test_camunda_7_compares_the_business_key(quick: World) -> None:
    text = document(
        '<bpmn:message id="m" name="paid"/>',
        process("p", start(), catch_message("wait", "m"), end()).replace(
            'isExecutable="true"', 'isExecutable="true" camunda:historyTimeToLive="1"'
        ),
        platform="Camunda Platform",
        version="7.21.0",
    )
    quick.deploy(text)
    mine = quick.engine.start(process_id="p", business_key="B-1", by=PROGRAM)
    other = quick.engine.start(process_id="p", business_key="B-2", by=PROGRAM)
    result = quick.engine.publish_message("paid", business_key="B-2", by=PROGRAM)
    assert result.correlated == (other.key,)
    assert quick.state(mine) == "active"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"name": ""}, "name"),
        ({"key": "x" * 256}, "correlation_key"),
        ({"time_to_live_seconds": -1}, "time_to_live_seconds"),
        ({"time_to_live_seconds": float("inf")}, "time_to_live_seconds"),
        ({"variables": [1]}, "variables"),
    ],
)
def test_a_message_that_makes_no_sense_is_refused(quick: World, options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        publish(quick, **options)  # type: ignore[arg-type]
    assert field in caught.value.fields
