"""The doctor at a running system: what is late, apart, full or silent is named, with what to do."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.scripted import ScriptedServer
from engine.actors import Actor, Role
from engine.clock import FakeClock
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.heart import Heart
from engine.store import Store, nodes, open_store
from engine.vault import Vault
from tests.engine.support import catch_timer, end, line, service, start

Call = Callable[..., Any]
OLGA = Actor("olga", roles=frozenset({Role.OPERATOR, Role.ANALYST}))
VITALS = (
    *("clock", "nodes", "disk", "jobs", "leases", "timers", "notifications", "secrets", "upgrade", "incidents"),
    "endpoints of models",
)


def examined(ask: Call, exit_code: int = 0) -> dict[str, Any]:
    said = ask("doctor", exit_code=exit_code)
    return {item["name"]: item for item in (said["error"] if exit_code else said)["items"]}


def an_hour_ago(folder: Path) -> Engine:
    """An engine over the folder's database whose clock says what it was an hour ago."""
    clock = FakeClock(datetime.now(UTC) - timedelta(hours=1))
    engine = Engine(open_store(f"sqlite:///{folder / 'baton.db'}"), clock)
    nodes = line("w", start(), service("work"), end()), line("t", start(), catch_timer("c", "PT10M"), end())
    engine.deploy([NamedFile(f"{index}.bpmn", text.encode()) for index, text in enumerate(nodes)], by=OLGA)
    return engine


def test_a_folder_at_rest_is_well(ask: Call) -> None:
    items = examined(ask)
    assert {name: items[name]["remedy"] for name in VITALS} == dict.fromkeys(VITALS, "")


def test_work_that_nobody_does_is_named_with_its_type(ask: Call, folder: Path) -> None:
    engine = an_hour_ago(folder)
    for process in ("w", "w", "t"):
        engine.start(process_id=process, by=OLGA)
    engine.claim_jobs(worker="gone", limit=1)
    engine.store.close()
    items = examined(ask, exit_code=1)
    assert items["jobs"]["found"] == "nobody takes jobs of work"
    assert items["leases"]["found"].startswith("1 ran out and nobody took the jobs over, the oldest 5")
    assert items["leases"]["needed"]
    assert "late" in items["timers"]["found"]
    assert "baton scheduler" in items["timers"]["remedy"]


def test_work_that_a_limit_holds_back_is_no_illness_and_the_limit_is_named(ask: Call, folder: Path) -> None:
    engine = an_hour_ago(folder)
    engine.start(process_id="w", by=OLGA)
    engine.store.close()
    ask("limit", "set", "job-type", "work", "--per-minute", "3", "--at-once", "1")
    jobs = examined(ask)["jobs"]
    assert (jobs["found"], jobs["needed"]) == (
        "jobs wait whose type has a limit: work (3 a minute and 1 at once)",
        False,
    )
    assert "baton limit set" in jobs["remedy"]


def test_open_incidents_are_counted_and_no_illness(ask: Call, folder: Path) -> None:
    engine = an_hour_ago(folder)
    engine.start(process_id="w", by=OLGA)
    [job] = engine.claim_jobs(worker="w")
    engine.fail_job(job.key, worker="w", message="no", retries=0)
    engine.store.close()
    assert examined(ask)["incidents"]["found"] == "1 open: 1 JOB_NO_RETRIES"


def test_who_is_there_and_who_went_without_a_word_is_told(ask: Call, folder: Path) -> None:
    now, engine = datetime.now(UTC), an_hour_ago(folder)
    engine.start(process_id="t", by=OLGA)
    with engine.store.transaction() as tx:
        nodes.see(tx, "gone-1", "worker scheduler", now - timedelta(minutes=10), 0)
    items = examined(ask, exit_code=1)
    assert items["nodes"]["found"].startswith("nobody runs on this database; gone without a word: gone-1 (10 min")
    assert not items["nodes"]["needed"]
    with engine.store.transaction() as tx:
        nodes.see(tx, "here-1", "worker scheduler", now, 17.25)
    engine.store.close()
    items = examined(ask, exit_code=1)
    assert items["nodes"]["found"].startswith("1 scheduler, 1 worker; gone without a word: gone-1")
    assert items["clock"]["found"].endswith("; here-1's 17.2 s")
    assert items["clock"]["needed"]


def test_a_timer_that_nobody_will_fire_is_told_before_it_is_late(ask: Call, folder: Path) -> None:
    engine = an_hour_ago(folder)
    engine.clock.advance(3600)  # type: ignore[attr-defined]
    engine.start(process_id="t", by=OLGA)
    items = examined(ask)
    assert (items["timers"]["found"], items["timers"]["needed"]) == ("1 set, and no scheduler runs", False)
    Heart(engine, "here", ["scheduler"]).beat()
    engine.store.close()
    assert examined(ask)["timers"]["found"] == "1 set, none late"


def test_a_webhook_that_is_behind_failing_or_dead_is_told_with_its_reason(ask: Call, folder: Path) -> None:
    engine = an_hour_ago(folder)
    clock: FakeClock = engine.clock  # type: ignore[assignment]
    made = engine.subscribe("webhook", "https://hook.example/x", ["instance-started"], by=OLGA)
    engine.start(process_id="t", by=OLGA)
    engine.store.run(lambda tx: tx.execute(text("UPDATE timers SET due_at = due_at + 360000000000")))
    items = examined(ask, exit_code=1)
    where = f"https://hook.example/x (subscription {made.key}): "
    assert items["notifications"]["found"].startswith(f"{where}2 behind, the oldest from ")
    engine.collect_notifications()
    [sent] = engine.claim_notifications()
    engine.deliver_notification(sent)
    engine.pause_subscription(made.key, paused=True, by=OLGA)
    found = examined(ask, exit_code=1)["notifications"]["found"]
    assert f"(subscription {made.key}, paused): 1 failing, " in found
    assert "No connector serves 'baton:webhook:1'" in found
    for _ in range(20):
        clock.advance(86_400)
        for one in engine.claim_notifications():
            engine.deliver_notification(one)
    engine.store.close()
    assert "1 dead" in examined(ask, exit_code=1)["notifications"]["found"]


def test_secrets_in_plain_text_and_those_whose_key_is_gone_are_told(
    ask: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(open_store(f"sqlite:///{folder / 'baton.db'}"), FakeClock(datetime.now(UTC)))
    engine.subscribe("webhook", "https://hook.example/x", ["instance-started"], by=OLGA)
    plain = examined(ask)["secrets"]
    assert (plain["found"], plain["needed"]) == ("1 of webhooks in plain text in the database", False)
    assert "baton notify key" in plain["remedy"]
    key = ask("notify", "key")["key"]
    monkeypatch.setenv("BATON_ENCRYPTION_KEYS", key)
    assert "next sweep" in examined(ask)["secrets"]["remedy"]
    engine.vault = Vault([key])
    engine.sweep()
    engine.store.close()
    assert examined(ask)["secrets"]["remedy"] == ""
    monkeypatch.setenv("BATON_ENCRYPTION_KEYS", ask("notify", "key")["key"])
    assert examined(ask, exit_code=1)["secrets"]["found"] == "1 of webhooks cannot be decrypted"


def test_what_an_earlier_version_left_to_be_completed_is_told(ask: Call, folder: Path) -> None:
    engine = an_hour_ago(folder)
    engine.start(process_id="t", variables={"a": 1}, by=OLGA)
    engine.store.run(lambda tx: tx.execute(text("UPDATE variables SET sort_key = NULL")))
    engine.store.run(lambda tx: tx.execute(text("UPDATE timers SET due_at = due_at + 360000000000")))
    assert "not found by search yet" in examined(ask)["upgrade"]["found"]
    engine.sweep()
    engine.store.close()
    assert examined(ask)["upgrade"]["remedy"] == ""


def test_clocks_that_are_apart_and_a_full_disk_are_told(ask: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "now", lambda self: datetime.now(UTC) - timedelta(seconds=90))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 5_000_000))
    items = examined(ask, exit_code=1)
    assert items["clock"]["found"] == "90.0 s apart from the database's"
    assert "Make room" in items["disk"]["remedy"]


def test_an_endpoint_that_does_not_answer_is_named(ask: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer({}) as server:
        monkeypatch.setenv(
            "BATON_MODELS",
            f'{{"up": {{"model": "openai/a", "api_base": "{server.url}"}}, '
            '"down": {"model": "openai/b", "api_base": "http://127.0.0.1:9"}}',
        )
        found = examined(ask, exit_code=1)["endpoints of models"]["found"]
    assert found == "no answer from down (ConnectError)"


def test_the_database_says_what_time_it_is(upgraded_database_url: str) -> None:
    store = open_store(upgraded_database_url)
    assert abs(datetime.now(UTC) - store.now()) < timedelta(minutes=1)
    store.close()
