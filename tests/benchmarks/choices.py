"""Figures behind pages of `engine/decisions/` that `make bench` does not print: choices beside their alternatives.

`python -m tests.benchmarks.choices [NAME ...]`, of: journal, state, keys, chains, wake-ups, partitions, model, nodes.
Alternatives take turns within one run; the medians of the rounds are printed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import click
import msgspec
import psycopg

from engine import audit
from engine.keys import KeyMaker
from engine.store import open_store
from engine.store.wakeups import JOBS
from tests.benchmarks.contest import contestants, playing
from tests.benchmarks.office import ANALYST, Office
from tests.support import postgres
from tests.support.partitions import BY, partition
from tests.support.postgres import Server

CALLERS = 8
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def journal() -> None:
    """SQLite: a commit of one row by journal and synchronous."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found: dict[str, list[float]] = {}
        kinds = {}
        for mode in ("DELETE", "WAL"):
            for synchronous in ("FULL", "NORMAL"):
                connection = stack.enter_context(closing(sqlite3.connect(f"{folder}/{mode}{synchronous}")))
                connection.isolation_level = None
                connection.execute(f"PRAGMA journal_mode={mode}")
                connection.execute(f"PRAGMA synchronous={synchronous}")
                connection.execute("CREATE TABLE rows (state BLOB)")
                kinds[f"{mode}, {synchronous}"] = connection
        for _ in range(5):
            for name, connection in kinds.items():
                insert = partial(connection.execute, "INSERT INTO rows VALUES (?)", (bytes(500),))
                found.setdefault(name, []).append(_milliseconds(insert, 100))
        _tell("a commit of one row, ms", {name: statistics.median(values) for name, values in found.items()})


def state() -> None:
    """The frozen state of an approval that waits: MessagePack beside JSON."""
    with tempfile.TemporaryDirectory() as folder, closing(Office(f"sqlite:///{folder}/state.db")) as office:
        office.deploy_cases()
        office.start_b()
        with office.store.sql.connect() as connection:
            frozen = connection.exec_driver_sql("SELECT frozen FROM instances").scalar()
        assert isinstance(frozen, bytes)
        value = msgspec.msgpack.decode(frozen)
        ways: dict[str, tuple[Callable[[object], bytes], Callable[[bytes], object]]] = {
            "MessagePack": (msgspec.msgpack.encode, msgspec.msgpack.decode),
            "JSON (msgspec)": (msgspec.json.encode, msgspec.json.decode),
            "JSON (standard library)": (lambda it: json.dumps(it).encode(), json.loads),
        }
        for name, (encode, decode) in ways.items():
            text = encode(value)
            took = min(_milliseconds(lambda to=encode, of=decode: of(to(value)), 10_000) for _ in range(5))  # type: ignore[misc]
            _tell(name, {"bytes": len(text), "µs to write and read": took * 1000})


def keys() -> None:
    """Keys that grow beside random ones: to make one, and to insert 200,000 rows under them into SQLite."""
    growing = KeyMaker(1)
    made: dict[str, Callable[[], object]] = {"growing": growing, "random text (UUID 4)": lambda: str(uuid.uuid4())}
    for name, make in made.items():
        values = [(make(), bytes(100)) for _ in range(200_000)]
        with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/keys.db")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE rows (key PRIMARY KEY, state BLOB) WITHOUT ROWID")
            began = time.process_time()
            for first in range(0, len(values), 200):
                with connection:
                    connection.executemany("INSERT INTO rows VALUES (?, ?)", values[first : first + 200])
            took = (time.process_time() - began) * 1e6 / len(values)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            size = os.path.getsize(f"{folder}/keys.db") / len(values)
        making = min(_milliseconds(make, 10_000) for _ in range(3)) * 1000
        _tell(name, {"µs to make": making, "µs CPU a row": took, "bytes a row": size})


def chains() -> None:
    """PostgreSQL: starting approvals by eight callers, by the number of audit chains."""
    with postgres.running(**DURABLE) as server:
        found: dict[int, list[float]] = {1: [], 2: [], 4: [], 8: [], 16: []}
        raw: list[float] = []
        usual = audit.CHAINS
        try:
            for _ in range(3):
                raw.append(_commit_milliseconds(server))
                for count, rates in found.items():
                    audit.CHAINS = count
                    with closing(_office(server)) as office, ThreadPoolExecutor(CALLERS) as pool:
                        _starts(office, pool, 32)
                        rates.append(_starts(office, pool, 240))
        finally:
            audit.CHAINS = usual
        _tell("a commit of one row, ms", {"PostgreSQL": statistics.median(raw)})
        _tell("approvals started a second, by chains", {str(n): statistics.median(of) for n, of in found.items()})


def wake_ups() -> None:
    """How long until another process's waiting worker hears of a commit; polling alone takes half its interval."""
    with tempfile.TemporaryDirectory() as folder, postgres.running(**DURABLE) as server:
        for url in (f"sqlite:///{folder}/wake.db", server.url(server.create())):
            with closing(Office(url)) as office, closing(open_store(url)) as other:
                office.deploy_cases()
                found = []
                for _ in range(30):
                    mark = other.wakeups.mark([JOBS])
                    time.sleep(0.3)  # idle, so that nothing else rings
                    mark = other.wakeups.mark([JOBS])
                    office.engine.start(process_id="BJ", variables={"i": 0, "amount": 200}, by=ANALYST)
                    began = time.perf_counter()
                    assert other.wakeups.wait([JOBS], mark, 5)
                    found.append((time.perf_counter() - began) * 1000)
                _tell(
                    f"heard after a commit, ms ({url.partition(':')[0]})",
                    {"median": statistics.median(found), "most": max(found)},
                )


def partitions() -> None:
    """PostgreSQL: processor time of an approval, by how many partitions the growing tables have."""
    with postgres.running(**DURABLE) as server, ExitStack() as stack:
        offices = {0: stack.enter_context(closing(_office(server)))}
        for count in (12, 60):
            office = offices[count] = stack.enter_context(closing(_office(server)))
            _partition(office, count)
        found: dict[int, list[tuple[float, float]]] = {count: [] for count in offices}
        for number in range(6):
            for count, office in offices.items():
                node, of_server = time.process_time(), _server_seconds(server)
                for _ in range(250):
                    office.b()
                took = (time.process_time() - node) * 4, (_server_seconds(server) - of_server) * 4
                if number:  # the first round prepares
                    found[count].append(took)
        for count, rounds in found.items():
            node, of_server = (statistics.median(values) for values in zip(*rounds, strict=True))
            _tell(f"{count or 'no'} partitions: an approval, ms", {"node": node, "server": of_server})


def model() -> None:
    """What an approval takes of node, server and disk, one at a time: what `engine/README.md` reckons with."""
    with tempfile.TemporaryDirectory() as folder, postgres.running(**DURABLE) as server:
        for kind, url in (("SQLite", f"sqlite:///{folder}/model.db"), ("PostgreSQL", server.url(server.create()))):
            with closing(Office(url)) as office:
                office.deploy_cases()
                for name, call in (("B", office.b), ("BJ", office.bj)):
                    for _ in range(20):
                        call()
                    before = _used(office, server, call)
                    for _ in range(499):
                        call()
                    differences = (
                        (end - begin) / 500 for begin, end in zip(before, _used(office, server, call), strict=True)
                    )
                    figures = {what: used for what, used in zip(USED, differences, strict=True) if used}
                    _tell(f"{kind}, {name}: an instance", figures)


USED = "CPU of node, ms", "of server, ms", "commits", "syncs", "log, KB", "stored, KB"


def _used(office: Office, server: Server, call: Callable[[], object]) -> tuple[float, ...]:
    """What was used so far. The server's processes tell what they counted when they commit a second later."""
    with closing(office.store.sql.raw_connection()) as connection:
        cursor = connection.cursor()
        if office.store.is_sqlite:
            call()
            cursor.execute("PRAGMA page_count")
            return time.process_time() * 1000, 0, 0, 0, 0, cursor.fetchone()[0] * 4
        time.sleep(1.5)
        call()
        cursor.execute(
            "SELECT xact_commit, (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'), "
            "pg_current_wal_lsn() - '0/0', pg_database_size(datname) "
            "FROM pg_stat_database WHERE datname = current_database()"
        )
        commits, syncs, log, size = map(float, cursor.fetchone())
        times = time.process_time() * 1000, _server_seconds(server) * 1000
        return *times, commits, syncs, log / 1024, size / 1024


def nodes() -> None:
    """PostgreSQL: does an approval cost more when more nodes share the server? One caller in each node."""
    with postgres.running(**DURABLE) as server:
        url = server.url(server.create())
        found: dict[int, list[tuple[float, float, float]]] = {1: [], 2: [], 4: []}
        with ExitStack() as stack, ThreadPoolExecutor(max(found)) as pool:
            [ours] = [one for one in contestants(url) if one.name == "Baton"]
            players = [stack.enter_context(playing(ours)) for _ in range(max(found))]
            for number in range(6):
                for count, rounds in found.items():
                    before = _server_seconds(server)
                    answers = list(pool.map(lambda one: one.ask(case="B", seconds=2), players[:count]))
                    done = sum(answer["calls"] for answer in answers)
                    node = sum(answer["cpu_ms"] * answer["calls"] for answer in answers) / done
                    of_server = (_server_seconds(server) - before) * 1000 / done
                    if number:  # the first round prepares
                        rounds.append((sum(1000 / answer["wall_ms"] for answer in answers), node, of_server))
        for count, rounds in found.items():
            rate, node, of_server = (statistics.median(values) for values in zip(*rounds, strict=True))
            figures = {"done a second": rate, "CPU of node, ms": node, "of server, ms": of_server}
            _tell(f"{count} nodes", figures | {"cores used": rate * (node + of_server) / 1000})


def _times(pool: ThreadPoolExecutor, call: Callable[[], object], count: int) -> None:
    for one in [pool.submit(call) for _ in range(count)]:
        one.result()


def _partition(office: Office, count: int) -> None:
    url = office.store.url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        begin = dict.fromkeys(BY, office.store.keys()) | {"audit_records": 1_000}
        partition(connection, from_now=begin, ranges=count - 2, width=60_000 << 22)


def _office(server: Server) -> Office:
    office = Office(server.url(server.create()))
    office.deploy_cases()
    office.b()
    return office


def _starts(office: Office, pool: ThreadPoolExecutor, count: int) -> float:
    began = time.perf_counter()
    _times(pool, office.start_b, count)
    return count / (time.perf_counter() - began)


def _commit_milliseconds(server: Server) -> float:
    with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS raw (state BYTEA)")
        return _milliseconds(lambda: connection.execute("INSERT INTO raw VALUES (%s)", (bytes(500),)), 100)


def _server_seconds(server: Server) -> float:
    """Processor time of all processes of a server so far."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents[int(stat.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    of_server = [used for pid, (parent, used) in parents.items() if server.pid in (pid, parent)]
    return sum(of_server) / os.sysconf("SC_CLK_TCK")


def _milliseconds(call: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - began) * 1000 / count


def _tell(what: str, figures: dict[str, float]) -> None:
    print(f"{what:<46} " + "   ".join(f"{name} {figure:,.2f}" for name, figure in figures.items()), flush=True)


CHOICES = {
    "journal": journal,
    "state": state,
    "keys": keys,
    "chains": chains,
    "wake-ups": wake_ups,
    "partitions": partitions,
    "model": model,
    "nodes": nodes,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(CHOICES)))
def main(names: tuple[str, ...]) -> None:
    """Measure choices: those named, or all."""
    for name in names or CHOICES:
        print(f"\n{name}: load {os.getloadavg()[0]:.1f}")
        CHOICES[name]()


if __name__ == "__main__":
    main()
