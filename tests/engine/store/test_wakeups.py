"""Wake-ups: who waits for work hears of it, in this process and from others; what is taken back is not told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from engine.store import Store, open_store, sequences
from engine.store.wakeups import JOBS, TIMERS, WakeUps

LONG = 20.0  # seconds; never waited for when a wake-up comes


@pytest.fixture
def stores(upgraded_database_url: str) -> Iterator[tuple[Store, Store]]:
    """Two processes, as far as the database can tell."""
    both = open_store(upgraded_database_url), open_store(upgraded_database_url)
    yield both
    for store in both:
        store.close()


def test_who_waits_is_woken_by_its_own_topic_only() -> None:
    wakeups = WakeUps()
    mark = wakeups.mark({JOBS})
    wakeups.ring({TIMERS})
    assert not wakeups.wait({JOBS}, mark, 0.01)
    wakeups.ring({JOBS})
    assert wakeups.wait({JOBS}, mark, LONG)


def test_a_ring_between_the_look_and_the_wait_is_not_missed(stores: tuple[Store, Store]) -> None:
    store, _ = stores
    mark = store.wakeups.mark({JOBS})
    with store.transaction() as tx:
        tx.announce(JOBS)
    assert store.wakeups.wait({JOBS}, mark, LONG)


def test_what_another_process_commits_wakes_this_one(stores: tuple[Store, Store]) -> None:
    here, there = stores
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: [_wait(here) for _ in range(3)])
        while not waiting.done():
            with there.transaction() as tx:
                sequences.next_value(tx, "a")  # SQLite tells of what was written only
                tx.announce(JOBS)
            wait([waiting], timeout=0.05)
    assert waiting.result() == [True, True, True]


def _wait(store: Store) -> bool:
    return store.wakeups.wait({JOBS}, store.wakeups.mark({JOBS}), LONG)


def test_what_is_taken_back_wakes_nobody(stores: tuple[Store, Store]) -> None:
    store, _ = stores
    store.wakeups.carrier = None
    mark = store.wakeups.mark({JOBS})
    with pytest.raises(ValueError, match="no"), store.transaction() as tx:
        tx.announce(JOBS)
        raise ValueError("no")
    assert not store.wakeups.wait({JOBS}, mark, 0.01)
