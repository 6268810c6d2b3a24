"""Transactions: one verb commits or leaves no trace, also when verbs share a commit."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, text, update

from engine.errors import Conflict, StoreUnavailable
from engine.store import Store, UnitOfWork, open_store, sequences, unit_of_work
from engine.store.database import Stale
from engine.store.prepared import Prepared
from engine.store.tables import sequences as table
from engine.store.unit_of_work import MOST_LOOKS


def value(store: Store, name: str) -> int:
    with store.reading() as tx:
        return tx.execute(select(table.c.value).where(table.c.name == name)).scalar() or 0


def test_a_block_that_raises_leaves_no_trace(store: Store) -> None:
    with pytest.raises(ValueError, match="no"), store.transaction() as tx:
        sequences.next_value(tx, "a")
        raise ValueError("no")
    assert value(store, "a") == 0


def test_a_reader_sees_one_moment_whatever_is_committed_meanwhile(store: Store) -> None:
    with store.transaction() as tx:
        sequences.next_value(tx, "a")
    with store.reading() as tx:
        before = tx.execute(select(table.c.value).where(table.c.name == "a")).scalar()
        with store.transaction() as other:
            sequences.next_value(other, "a")
        after = tx.execute(select(table.c.value).where(table.c.name == "a")).scalar()
    assert (before, after, value(store, "a")) == (1, 1, 2)


def test_a_look_too_many_goes_on_as_soon_as_another_one_ends(upgraded_sqlite_url: str) -> None:
    store = open_store(upgraded_sqlite_url)
    with ThreadPoolExecutor(1) as pool, ExitStack() as others:
        for _ in range(MOST_LOOKS):
            others.enter_context(store.reading())
        asked = pool.submit(value, store, "a")
        with pytest.raises(TimeoutError):
            asked.result(0.05)
        others.pop_all().close()
        began = time.monotonic()
        assert asked.result(10) == 0
        assert time.monotonic() - began < 5, "it slept although connections had come back"
    store.close()


def test_looks_that_fail_leave_room_for_others(upgraded_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_of_work, "LOOK_WAITS_SECONDS", 0.01)
    store = open_store(upgraded_sqlite_url)
    for _ in range(2 * MOST_LOOKS):
        with pytest.raises(StoreUnavailable), store.reading() as tx:
            tx.connection.exec_driver_sql("SELECT * FROM nothing")
    with ExitStack() as others:
        for _ in range(MOST_LOOKS):
            others.enter_context(store.reading())
        with pytest.raises(StoreUnavailable, match="All connections"):
            value(store, "a")
    assert value(store, "a") == 0
    store.close()


def test_a_reader_leaves_a_connection_that_can_write(upgraded_postgres_url: str) -> None:
    store = open_store(upgraded_postgres_url)
    for turn in range(3):
        assert value(store, "a") == turn
        with store.transaction() as tx:
            sequences.next_value(tx, "a")
            assert tx.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
    store.close()


def test_verbs_of_many_threads_all_count_and_failing_ones_do_not(store: Store) -> None:
    def verb(number: int) -> bool:
        try:
            with store.transaction() as tx:
                sequences.next_value(tx, "a")
                if number % 5 == 0:
                    raise ValueError
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(verb, range(200)))
    assert (done, value(store, "a")) == (160, 160)


def test_overlapping_verbs_share_a_commit_on_sqlite(upgraded_sqlite_url: str) -> None:
    commits: list[str] = []
    store = open_store(upgraded_sqlite_url, on_commit=commits.append)
    store.keys()
    commits.clear()
    inside = threading.Event()
    more = threading.Event()

    def first(_: Any) -> None:
        with store.transaction() as tx:
            sequences.next_value(tx, "a")
            inside.set()
            more.wait(10)

    def second(_: Any) -> None:
        inside.wait(10)
        with store.transaction() as tx:
            sequences.next_value(tx, "a")

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(first, None), *(pool.submit(second, None) for _ in range(3))]
        inside.wait(10)
        while store._transactions._waiting < 3:  # type: ignore[attr-defined]
            pass
        more.set()
        for one in work:
            one.result()
    assert value(store, "a") == 4
    assert commits == ["before", "after"]
    store.close()


def test_a_failed_commit_is_told_to_every_verb_that_shared_it(upgraded_sqlite_url: str) -> None:
    broken = threading.Event()

    def stop(moment: str) -> None:
        if moment == "before" and broken.is_set():
            raise OSError("disk full")

    store = open_store(upgraded_sqlite_url, on_commit=stop)
    store.keys()
    broken.set()

    def verb(_: int) -> None:
        with store.transaction() as tx:
            sequences.next_value(tx, "a")

    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(verb, number) for number in range(8)]:
            with pytest.raises(StoreUnavailable, match="disk full"):
                one.result()
    broken.clear()
    verb(0)
    assert value(store, "a") == 1
    store.close()


def test_a_stale_verb_is_run_again_and_gives_up_in_the_end(store: Store) -> None:
    tries: list[int] = []

    def twice(tx: UnitOfWork) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise Stale
        return "done"

    assert store.run(twice) == "done"

    def never(tx: UnitOfWork) -> None:
        raise Stale

    with pytest.raises(Conflict, match="try again"):
        store.run(never)


def test_a_transaction_inside_a_transaction_is_a_mistake(upgraded_sqlite_url: str) -> None:
    store = open_store(upgraded_sqlite_url)
    with pytest.raises(RuntimeError, match="second transaction"), store.transaction(), store.transaction():
        pass
    store.close()


def test_sqlite_is_set_to_survive_a_power_cut(upgraded_sqlite_url: str) -> None:
    store = open_store(upgraded_sqlite_url)
    with store.reading() as tx:
        found = {name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
        keys = tx.execute(text("PRAGMA foreign_keys")).scalar()
    assert (found, keys) == ({"journal_mode": "wal", "synchronous": 2}, 1)
    store.close()


def test_keys_of_two_stores_never_meet(upgraded_database_url: str) -> None:
    stores = [open_store(upgraded_database_url) for _ in range(2)]
    made = [key for store in stores for key in (store.keys() for _ in range(1000))]
    assert len(set(made)) == 2000
    assert all(0 < key < 2**63 for key in made)
    for store in stores:
        store.close()


def test_commit_stands_in_one_file() -> None:
    from pathlib import Path

    import engine

    root = Path(engine.__file__).parent
    found = [path.name for path in root.rglob("*.py") if ".commit(" in path.read_text(encoding="utf-8")]
    assert found == ["unit_of_work.py"]


def _insert(name: str) -> dict[str, Any]:
    return {"name": name, "value": 1}


ADD = Prepared(insert(table))
RAISE = Prepared(update(table).where(table.c.name == bindparam("of_name")).values(value=bindparam("new_value")))


def test_what_is_written_without_an_answer_is_there_for_the_next_question(store: Store) -> None:
    with store.transaction() as tx:
        tx.write(ADD, _insert("a"))
        tx.write(ADD, [_insert("b"), _insert("c")])
        tx.write(RAISE, {"of_name": "b", "new_value": 7})
        assert tx.execute(select(table.c.value).where(table.c.name == "b")).scalar() == 7
        assert tx.change(RAISE, {"of_name": "c", "new_value": 8}) == 1
        tx.write(ADD, _insert("d"))
    assert [value(store, name) for name in "abcd"] == [1, 7, 8, 1]


def test_a_write_that_meets_no_row_is_stale_and_leaves_no_trace(store: Store) -> None:
    with pytest.raises(Stale, match="gone"), store.transaction() as tx:
        tx.write(ADD, _insert("a"))
        tx.write(RAISE, {"of_name": "nobody", "new_value": 7}, unless="it has gone")
        tx.write(ADD, _insert("b"))
    assert [value(store, name) for name in "ab"] == [0, 0]


def test_a_write_that_the_database_refuses_is_told_of_before_the_commit(store: Store) -> None:
    with pytest.raises(Stale), store.transaction() as tx:
        tx.write(ADD, _insert("a"))
        tx.write(ADD, _insert("a"))
    assert value(store, "a") == 0
    with store.transaction() as tx:
        tx.write(ADD, _insert("a"))
    assert value(store, "a") == 1


def test_writes_belong_to_their_savepoint(store: Store) -> None:
    with store.transaction() as tx:
        tx.write(ADD, _insert("a"))
        with pytest.raises(ValueError, match="no"), tx.savepoint():
            tx.write(ADD, _insert("b"))
            raise ValueError("no")
        with tx.savepoint():
            tx.write(ADD, _insert("c"))
    assert [value(store, name) for name in "abc"] == [1, 0, 1]


def test_who_waits_for_another_process_to_write_asks_again_and_again(upgraded_sqlite_url: str) -> None:
    store = open_store(upgraded_sqlite_url)
    holder = sqlite3.connect(store.sql.url.database or "", isolation_level=None, check_same_thread=False)
    asked: list[float] = []

    def hear(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            asked.append(time.monotonic())

    with store.transaction() as tx:
        tx.connection.connection.dbapi_connection.set_trace_callback(hear)  # type: ignore[union-attr]
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, holder.rollback)
    release.start()
    with store.transaction() as tx:
        sequences.next_value(tx, "a")
    release.join()
    assert value(store, "a") == 1
    assert len(asked) >= 20, "SQLite itself would have asked a dozen times, the last after a tenth of a second"
    holder.close()
    store.close()
