"""Zero-downtime upgrades: nodes of earlier releases go on working on the schema of this one, beside nodes of this one.

A release that changed the schema leaves its engine behind in `releases/` (`git archive --format=zip TAG engine bpmn
connectors`), so that a clone of any depth can run it. Revisions only add what the release before can do without
(expand); what nobody uses any more goes one release later (contract).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.clock import SystemClock
from engine.engine import Engine
from engine.store import open_store
from tests.engine.support import ADMIN, World, catch_message, end, line, message, service, start, user
from tests.faults.wholeness import assert_whole

HERE = Path(__file__).parent
RELEASES = sorted((HERE / "releases").glob("*.zip"))
DIAGRAM = line(
    "p",
    start(),
    service("first"),
    catch_message("wait", "go"),
    user("decide"),
    service("second"),
    end(),
    roots=message("go", "go", "=orderId"),
)


class Old:
    """A running node of an earlier release."""

    def __init__(self, release: Path, url: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
        self._process = subprocess.Popen(
            [sys.executable, "-P", HERE / "old_node.py", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**kept, "PYTHONPATH": str(release)},
            cwd="/",
        )

    def __getattr__(self, verb: str) -> Any:
        return lambda **given: self._ask(verb, given)

    def _ask(self, verb: str, given: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([verb, given]) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        assert "refused" not in said, said
        return said["answer"]

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(params=RELEASES, ids=lambda file: file.stem)
def release(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def old(release: Path, upgraded_database_url: str) -> Iterator[Old]:
    node = Old(release, upgraded_database_url)
    assert node.home().startswith(str(release))
    yield node
    node.close()


@pytest.fixture
def new(upgraded_database_url: str) -> Iterator[World]:
    store = open_store(upgraded_database_url)
    world = World(store, SystemClock())  # type: ignore[arg-type]
    yield world
    store.close()


def test_an_old_node_does_everything_alone(old: Old, new: World) -> None:
    old.deploy(name="p.bpmn", text=DIAGRAM)
    key, other = old.start(process_id="p", orderId="1"), old.start(process_id="p", orderId="2")
    assert old.work(type="first") == 2
    old.publish(name="go", key="1")
    assert old.decide() == 1
    assert old.work(type="second") == 1
    old.cancel(key=other)
    assert (old.state(key=key), old.state(key=other)) == ("completed", "terminated")
    assert old.verify()
    assert_whole(new.store)


def test_old_and_new_nodes_take_turns_on_one_instance(old: Old, new: World) -> None:
    new.deploy(DIAGRAM)
    instance = new.start("p", orderId="1")
    assert old.work(type="first") == 1
    new.engine.publish_message("go", correlation_key="1", by=ADMIN)
    assert old.decide() == 1
    new.work("second")
    assert old.state(key=str(instance.key)) == new.state(instance) == "completed"
    key = old.start(process_id="p", orderId="2")
    new.work("first")
    old.publish(name="go", key="2")
    new.engine.complete_task(new.task().key, {}, by=ADMIN)
    assert old.work(type="second") == 1
    assert new.state(int(key)) == "completed"
    assert old.verify()
    assert_whole(new.store)


def test_a_node_of_this_release_accepts_a_schema_of_the_next(new: World) -> None:
    from sqlalchemy import text

    from api.schema import ready

    with new.store.sql.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    ready(new.store)
    health = new.store.check()
    assert (health.is_current, health.is_usable) == (False, True)
    Engine(new.store, SystemClock()).queries.ping()
