"""`baton db backup`, `restore` and `verify`: a copy taken while others write, put back, and looked through."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.actors import Actor, Role
from engine.clock import SystemClock
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.store import open_store
from tests.engine.support import end, line, service, start, user
from tests.faults.wholeness import assert_whole
from tests.support import postgres

Call = Callable[..., Any]
OLGA = Actor("olga", roles=frozenset({Role.OPERATOR, Role.ANALYST}))
DIAGRAM = line("p", start(), service("work"), user("decide"), end()).encode()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database that the console of this folder works on."""
    if request.param == "sqlite":
        found = f"sqlite:///{folder / 'baton.db'}"
    else:
        found = request.getfixturevalue("upgraded_postgres_url")
        programs = postgres.programs(request.getfixturevalue("postgres_server"))
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("BATON_DATABASE_URL", found)
    return found


def engine_over(url: str) -> Engine:
    return Engine(open_store(url), SystemClock())


def count(url: str) -> int:
    engine = engine_over(url)
    found = engine.queries.counts().active_instances
    engine.store.close()
    return found


def test_what_was_backed_up_under_load_is_whole_when_it_is_restored(ask: Call, folder: Path, url: str) -> None:
    engine = engine_over(url)
    engine.deploy([NamedFile("p.bpmn", DIAGRAM)], by=OLGA)
    engine.start(process_id="p", by=OLGA)
    is_over = threading.Event()

    def work() -> None:
        while not is_over.is_set():
            engine.start(process_id="p", by=OLGA)
            for job in engine.claim_jobs(worker="w", limit=2):
                engine.complete_job(job.key, worker="w")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        ask("db", "backup", "copy")
    finally:
        is_over.set()
        thread.join()
    later = count(url)
    engine.store.close()
    ask("db", "restore", "copy", exit_code=1)
    assert count(url) == later, "nothing was touched without --force"
    ask("db", "restore", "copy", "--force")
    assert ask("db", "verify")["ok"]
    restored = engine_over(url)
    assert 1 <= restored.queries.counts().active_instances <= later
    assert_whole(restored.store)
    [job, *_] = restored.claim_jobs(worker="after", limit=1) or [None]
    if job is not None:
        restored.complete_job(job.key, worker="after")
    restored.start(process_id="p", by=OLGA)
    assert_whole(restored.store)
    restored.store.close()


def test_a_backup_overwrites_nothing(ask: Call, folder: Path, url: str) -> None:
    (folder / "copy").write_text("precious")
    assert ask("db", "backup", "copy", exit_code=1)["error"]["code"] == "file-exists"
    assert (folder / "copy").read_text() == "precious"


def test_a_database_in_use_is_not_replaced(ask: Call, folder: Path, upgraded_sqlite_url: str) -> None:
    ask("db", "backup", "copy")
    user_ = sqlite3.connect(folder / "baton.db")
    user_.execute("SELECT count(*) FROM users").fetchall()
    refused = ask("db", "restore", "copy", "--force", exit_code=6)["error"]
    assert "is in use" in refused["message"]
    user_.close()
    ask("db", "restore", "copy", "--force")


def test_a_damaged_copy_is_refused_and_the_database_stays(ask: Call, folder: Path, upgraded_sqlite_url: str) -> None:
    before = (folder / "baton.db").read_bytes()
    (folder / "copy").write_bytes(b"no database " * 500)
    assert "cannot be copied" in ask("db", "restore", "copy", "--force", exit_code=6)["error"]["message"]
    assert (folder / "baton.db").read_bytes() == before
    assert not list(folder.glob("*.partial"))


def test_verify_names_what_does_not_fit(ask: Call, folder: Path) -> None:
    url = f"sqlite:///{folder / 'baton.db'}"
    engine = engine_over(url)
    engine.deploy([NamedFile("p.bpmn", DIAGRAM)], by=OLGA)
    instance = engine.start(process_id="p", by=OLGA)
    engine.store.close()
    with sqlite3.connect(folder / "baton.db") as hand:
        hand.execute("DELETE FROM jobs")
        hand.execute("UPDATE audit_records SET actor_id = 'nobody' WHERE seq = 1")
    found = ask("db", "verify", exit_code=1)["error"]["found"]
    assert any(f"instance {instance.key}" in one and "no row stands for it" in one for one in found)
    assert any("the instance counts 1" in one for one in found)
    assert any(one.startswith("audit chain") for one in found)
