"""What does not change is not written again: the bytes that a verb sends to the database, counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.engine.support import APPROVER, World, end, line, service, start, user

LARGE = 1_000_000


@contextmanager
def sent(world: World) -> Iterator[list[int]]:
    """The sizes of the parameters of every statement that runs inside the block."""
    sizes: list[int] = []

    def hear(_connection: Any, _cursor: Any, _statement: str, parameters: Any, *_rest: Any) -> None:
        sizes.append(len(repr(parameters)))

    event.listen(world.store.sql, "before_cursor_execute", hear)
    try:
        yield sizes
    finally:
        event.remove(world.store.sql, "before_cursor_execute", hear)


def test_a_large_variable_is_written_once_and_not_when_another_changes(world: World) -> None:
    world.deploy(line("p", start(), service("score"), user("approve"), service("pay"), end()))
    with sent(world) as sizes:
        world.start("p", large="x" * LARGE)
    assert sum(sizes) > LARGE
    [job] = world.claim("score")
    with sent(world) as sizes:
        world.engine.complete_job(job.key, {"score": 1}, worker="w1")
        world.engine.complete_task(world.task().key, {"approved": True}, by=APPROVER)
        world.engine.set_variables(job.instance_key, {"other": 2}, by=APPROVER)
    assert sum(sizes) < LARGE / 20
