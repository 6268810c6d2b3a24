"""Which trace work belongs to: what is taken from callers, kept with an instance, handed to workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.base import Request, Result
from engine import tracing
from engine.clock import FakeClock
from tests.engine.support import ADMIN, World, call, end, line, service, start
from tests.engine.worker_house import House

TRACE, OTHER = f"00-{'a' * 32}-{'b' * 16}-01", f"00-{'c' * 32}-{'d' * 16}-00"


@pytest.fixture
def house(upgraded_database_url: str, clock: FakeClock) -> Iterator[House]:
    made = House(upgraded_database_url, clock)
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (TRACE, TRACE),
        (f"01-{'a' * 32}-{'b' * 16}-01-what.the.future.brings", f"01-{'a' * 32}-{'b' * 16}-01"),
        ("", ""),
        ("hello", ""),
        (TRACE.upper(), ""),
        (f"ff-{'a' * 32}-{'b' * 16}-01", ""),
        (f"00-{'0' * 32}-{'b' * 16}-01", ""),
        (f"00-{'a' * 32}-{'0' * 16}-01", ""),
        (f"{TRACE}-more", ""),
        (f"{TRACE}\r\nX-Injected: 1", ""),
        (f"{TRACE}\n", ""),
        (TRACE + "0" * 5000, ""),
    ],
)
def test_only_what_the_standard_allows_is_taken_from_a_caller(text: str, kept: str) -> None:
    assert tracing.checked(text) == kept


def test_a_worker_elsewhere_goes_on_with_the_trace_of_the_start(house: House) -> None:
    seen: list[str] = []

    def connector(request: Request) -> Result:
        seen.append(request.traceparent)
        return Result()

    worker = house.serve(connector)
    with tracing.under(TRACE):
        house.start()
    assert tracing.current() == ""
    worker.run_until_idle()
    assert seen == [TRACE]


def test_a_called_process_belongs_to_its_callers_trace_and_a_stranger_does_not_change_it(world: World) -> None:
    world.deploy(line("child", start(), service("inner"), end()))
    world.deploy(line("parent", start(), service("first"), call("sub", "child"), end()))
    with tracing.under(TRACE):
        world.start("parent")
    [first] = world.claim("first")
    with tracing.under(OTHER):
        world.engine.complete_job(first.key, {}, worker="w1")
    [inner] = world.claim("inner")
    assert (first.traceparent, inner.traceparent) == (TRACE, TRACE)


def test_what_was_started_under_no_trace_takes_that_of_whoever_moves_it(world: World) -> None:
    world.deploy(line("p", start(), service("first"), service("second"), end()))
    world.engine.start(process_id="p", by=ADMIN)
    [first] = world.claim("first")
    with tracing.under(OTHER):
        world.engine.complete_job(first.key, {}, worker="w1")
    [second] = world.claim("second")
    assert (first.traceparent, second.traceparent) == ("", OTHER)
