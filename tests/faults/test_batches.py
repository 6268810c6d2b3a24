"""A batch whose process dies before or after any of its commits is done by the next one, each item once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import commands, operations
from engine.clock import FakeClock
from engine.engine import Engine
from engine.queries import InstanceFilter
from engine.states import ItemState
from engine.store import open_store
from tests.engine.support import OPERATOR, World, end, line, service, start, user

pytestmark = pytest.mark.faults
KILLED = 9
ITEMS = 3


def prepare(url: str) -> int:
    store = open_store(url)
    store.upgrade()
    world = World(store, FakeClock())
    world.deploy(line("p", start(), service("work"), user("check"), end()))
    for _ in range(ITEMS):
        world.start("p")
    changes = operations.described([commands.Activate("check")])
    key = world.engine.create_batch(operations.ModifyInstances(changes), InstanceFilter(), by=OPERATOR).key
    store.close()
    return key


def work(url: str, on_commit: Callable[[str], None] | None = None) -> None:
    store = open_store(url, on_commit=on_commit)
    engine = Engine(store, FakeClock())
    while engine.run_batches():
        pass
    store.close()


def in_child(url: str, kill_at: int, moment: str) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        seen: Counter[str] = Counter()

        def kill(now: str) -> None:
            seen[now] += 1
            if (now, seen[now]) == (moment, kill_at):
                os._exit(KILLED)

        work(url, kill)
        code = 0
    finally:
        os._exit(code)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_death_at_any_commit_does_each_item_once(tmp_path: Path, moment: str) -> None:
    for kill_at in range(1, 30):
        url = f"sqlite:///{tmp_path / f'{kill_at}.db'}"
        key = prepare(url)
        code = in_child(url, kill_at, moment)
        work(url)
        check(url, key)
        if code == 0:
            assert kill_at > ITEMS + 2, "the process made fewer commits than it has items"
            return
        assert code == KILLED
    raise AssertionError("the process never came to its end")


def check(url: str, key: int) -> None:
    store = open_store(url)
    queries = Engine(store, FakeClock()).queries
    assert queries.batch(key).counts == {ItemState.COMPLETED: ITEMS}
    for instance in queries.instances():
        assert sorted(one.element_id for one in queries.instance(instance.key).active) == ["check", "work"]
    assert queries.verify_audit().is_intact
    store.close()
