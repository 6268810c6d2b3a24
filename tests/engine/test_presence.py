"""Signs of life: who is there, whose clock is off, and who went without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.clock import FakeClock, SystemClock
from engine.engine import Engine
from engine.errors import StoreUnavailable
from engine.heart import Heart
from engine.store import Store, open_store
from engine.store.nodes import Node


@pytest.fixture
def store(upgraded_database_url: str) -> Iterator[Store]:
    made = open_store(upgraded_database_url)
    yield made
    made.close()


def known(engine: Engine) -> list[Node]:
    return list(engine.queries.figures().nodes)


def test_a_node_is_there_from_its_first_sign_of_life_to_its_end(store: Store) -> None:
    engine = Engine(store, SystemClock())
    with Heart(engine, "n1", ["worker", "scheduler"], seconds=0.01):
        engine.beat("n1", ["worker", "scheduler"])
        [node] = known(engine)
        assert (node.name, node.roles) == ("n1", "worker scheduler")
        assert node.is_alive(store.now())
        assert abs(node.skew_seconds) < 5
    assert known(engine) == []


def test_another_sign_of_life_moves_the_time_and_keeps_the_beginning(store: Store) -> None:
    engine = Engine(store, SystemClock())
    engine.beat("n1", ["worker"])
    [first] = known(engine)
    engine.beat("n1", ["worker", "server"])
    [second] = known(engine)
    assert second.started_at == first.started_at
    assert second.seen_at >= first.seen_at
    assert second.roles == "worker server"


def test_a_clock_that_is_ahead_is_told_with_how_far(store: Store) -> None:
    engine = Engine(store, FakeClock(store.now() + timedelta(seconds=40)))
    engine.beat("ahead", ["worker"])
    [node] = known(engine)
    assert node.skew_seconds == pytest.approx(40, abs=10)
    assert node.is_alive(store.now()), "its own clock does not count"


def test_who_was_not_seen_for_a_day_is_forgotten(store: Store) -> None:
    clock = FakeClock(store.now())
    engine = Engine(store, clock)
    engine.beat("gone", ["worker"])
    clock.advance(23 * 3600)
    engine.sweep()
    assert [node.is_alive(clock.now()) for node in known(engine)] == [False]
    clock.advance(3 * 3600)
    engine.sweep()
    assert known(engine) == []


def test_a_database_that_is_away_ends_no_heart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(store, SystemClock())
    heart = Heart(engine, "n1", ["worker"])
    with monkeypatch.context() as away:

        def fail(*_: object) -> None:
            raise StoreUnavailable("away")

        away.setattr(store, "run", fail)
        heart.beat()
    heart.beat()
    assert [node.name for node in known(engine)] == ["n1"]
