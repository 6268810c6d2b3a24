"""The budget: at most twelve SQL statements for each verb of a small process, however often it ran before.

PostgreSQL, which may be far away, gets what needs no answer together: few round trips, however many statements.
"""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest

from engine.actors import Actor, Role
from engine.clock import FakeClock
from engine.moves import Moves
from engine.runtime.process import Process
from engine.runtime.tokens import Token
from engine.step import Step
from engine.store import open_store
from engine.tenants import MemberKind
from tests.engine.support import APPROVER, World, catch_timer, end, line, service, start, user
from tests.support import round_trips

ADMIN = Actor("root", roles=frozenset({Role.ADMIN}))
MOST = 12
MOST_ROUND_TRIPS = 6
MOST_LOGGED_BYTES = 75_000
FORM = json.dumps({"id": "invoice", "components": [{"type": "checkbox", "key": "approved", "label": "Approved"}]})


def test_start_complete_job_and_complete_task_stay_within_twelve_statements(world: World) -> None:
    asked = user("approve", groups="accounting", inner='<zeebe:formDefinition formId="invoice"/>')
    world.deploy(line("p", start(), service("score"), asked, service("pay"), end()), invoice_form=FORM)
    counts: dict[str, int] = {}
    for _ in range(2):  # the first round compiles and begins the audit chains
        with world.statements() as told:
            world.start("p", amount=200)
        counts["start"] = len(told)
        [job] = world.claim("score")
        with world.statements() as told:
            world.engine.complete_job(job.key, {"score": 1}, worker="w1")
        counts["complete_job, then a task"] = len(told)
        key = world.task().key
        with world.statements() as told:
            world.engine.complete_task(key, {"approved": True}, by=APPROVER)
        counts["complete_task"] = len(told)
        with world.statements() as told:
            [job] = world.claim("pay")
        counts["claim_jobs"] = len(told)
        with world.statements() as told:
            world.engine.complete_job(job.key, {}, worker="w1")
        counts["complete_job, then the end"] = len(told)
    print("statements:", counts)
    assert max(counts.values()) <= MOST, counts


def test_who_asks_is_found_in_two_statements(world: World) -> None:
    world.engine.save_user("ann", roles=[Role.APPROVER, Role.OPERATOR], groups=["sales", "legal"], by=ADMIN)
    world.engine.add_tenant("acme", by=ADMIN)
    world.engine.add_tenant("bolt", by=ADMIN)
    world.engine.add_tenant_member("acme", MemberKind.GROUP, "legal", by=ADMIN)
    world.engine.create_token("ann", token_hash="h", roles=[Role.OPERATOR], by=ADMIN)
    with world.statements() as told:
        account = world.engine.queries.account("ann")
    assert account is not None
    assert (account.groups, account.tenants) == ({"sales", "legal"}, {"acme"})
    assert account.roles == {Role.APPROVER, Role.OPERATOR}
    assert len(told) == 2, told
    with world.statements() as told:
        token = world.engine.queries.token("h")
    assert token is not None
    assert (token.user, token.groups, token.tenants) == ("ann", {"sales", "legal"}, {"acme"})
    assert (token.roles, token.is_valid) == ({Role.OPERATOR}, True)
    assert len(told) == 2, told


def test_completing_a_task_takes_few_round_trips(upgraded_postgres_url: str, clock: Any) -> None:
    world = World(open_store(upgraded_postgres_url), clock)
    world.deploy(line("p", start(), user("approve", groups="accounting"), end()))
    for _ in range(12):  # each of the eight audit chains is known, and psycopg has prepared every statement
        instance = world.start("p", amount=200)
        key = world.task(instance).key
        with round_trips.counted(world.store.sql) as trips:
            world.engine.complete_task(key, {"approved": True, "note": "fine"}, by=APPROVER)
    assert world.state(instance) == "completed"
    assert 3 <= trips.count <= MOST_ROUND_TRIPS
    world.store.close()


def test_completing_a_task_writes_few_bytes_to_the_log_of_sqlite(upgraded_sqlite_url: str, clock: Any) -> None:
    world = World(open_store(upgraded_sqlite_url), clock)
    world.deploy(line("p", start(), user("approve", groups="accounting"), end()))
    log = Path(f"{world.store.sql.url.database}-wal")
    logged = []
    for _ in range(3):
        key = world.task(world.start("p", amount=200)).key
        before = log.stat().st_size
        world.engine.complete_task(key, {"approved": True, "note": "fine"}, by=APPROVER)
        logged.append(log.stat().st_size - before)
    assert 0 < max(logged) <= MOST_LOGGED_BYTES
    world.store.close()


def test_timers_that_fire_together_take_few_round_trips_however_many_they_are(
    upgraded_postgres_url: str, clock: FakeClock
) -> None:
    world = World(open_store(upgraded_postgres_url), clock)
    world.deploy(line("p", start(), catch_timer("wait", "PT1H"), end()))
    trips = {}
    for timers in (9, 9, 3, 30):  # the first ones begin the audit chains
        for _ in range(timers):
            world.start("p")
        clock.advance(3600)
        with round_trips.counted(world.store.sql) as trips[timers]:
            assert world.engine.fire_due_timers(limit=30) == timers
    assert trips[30].count <= 2 * trips[3].count  # in two transactions
    world.store.close()


def test_a_verb_leaves_nothing_to_the_garbage_collector(world: World) -> None:
    world.deploy(line("p", start(), user("approve", groups="accounting"), end()))
    left = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):  # the first one compiles
            instance = world.start("p", amount=200)
            world.engine.complete_task(world.task(instance).key, {"approved": True}, by=APPROVER)
            left.append(sum(type(one) in (Process, Token, Moves, Step) for one in gc.get_objects()))
    finally:
        gc.enable()
    assert left == [0, 0, 0]


def test_looks_at_sqlite_keep_their_connection(upgraded_sqlite_url: str) -> None:
    store = open_store(upgraded_sqlite_url)
    drivers = set()
    for _ in range(5):
        with store.reading() as tx:
            drivers.add(id(tx.connection.connection.dbapi_connection))
    with store.reading() as one, store.reading() as other:
        assert one.connection is not other.connection
    with pytest.raises(ValueError, match="no"), store.reading():
        raise ValueError("no")
    with store.reading() as tx:
        assert not tx.connection.closed
    assert len(drivers) == 1
    store.close()
