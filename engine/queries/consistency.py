"""Do the rows fit the instances? Every wait of a token has its row, and every row a token that waits.

A verb changes both in one transaction, so nothing but a defect, or a hand in the database, can part them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.runtime import tokens_in
from engine.store import Store, open_rows
from engine.store.open_rows import KINDS, OpenRow, Running

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Misfit:
    """A contradiction. `element_key` is 0 when it concerns the instance as a whole."""

    instance_key: int
    element_key: int
    what: str


def misfits(store: Store) -> Iterator[Misfit]:
    """Every contradiction between the rows of the store; looks at a few hundred instances at a time."""
    after = 0
    while True:
        with store.reading() as tx:
            portion = open_rows.running(tx, after, _AT_ONCE)
            rows = open_rows.of_running(tx, portion[0].key, portion[-1].key) if portion else []
        yield from _of_portion(portion, rows)
        if len(portion) < _AT_ONCE:
            break
        after = portion[-1].key
    with store.reading() as tx:
        left = open_rows.orphans(tx)
    yield from (Misfit(row.instance_key, row.element_key, f"{row.kind}: open after the end") for row in left)


def _of_portion(portion: Sequence[Running], rows: Sequence[OpenRow]) -> Iterator[Misfit]:
    by_instance: dict[int, list[OpenRow]] = defaultdict(list)
    for row in rows:
        by_instance[row.instance_key].append(row)
    for instance in portion:
        yield from _of_instance(instance, by_instance[instance.key])


def _of_instance(instance: Running, rows: Sequence[OpenRow]) -> Iterator[Misfit]:
    if instance.frozen is None:
        yield Misfit(instance.key, 0, "runs without a state")
        return
    counts = Counter(row.kind for row in rows)
    for kind in KINDS:
        if (believed := getattr(instance, f"open_{kind}")) != counts[kind]:
            yield Misfit(instance.key, 0, f"{kind}: {counts[kind]} rows, and the instance counts {believed}")
    tokens = tokens_in(instance.key, instance.frozen)
    yield from (
        Misfit(instance.key, row.element_key, f"{row.kind}: no token") for row in rows if row.element_key not in tokens
    )
    awaited = {row.element_key for row in rows if row.kind in KINDS}
    for key, token in tokens.items():
        if token.is_waited_for and not token.is_scope and key not in awaited:
            yield Misfit(instance.key, key, "waits, and no row stands for it")
        if key in awaited and not token.is_waited_for:
            yield Misfit(instance.key, key, "has rows, and does not wait")
