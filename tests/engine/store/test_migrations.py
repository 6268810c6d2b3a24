"""The schema: an upgraded database equals a fresh one, and upgrading twice or from two sides does no harm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from engine.errors import StoreUnavailable
from engine.states import Awaited
from engine.store import definitions, migrate, open_store, subscriptions
from engine.store.migrate import newest
from engine.store.tables import metadata


def shape(engine: Engine) -> dict[str, Any]:
    """Everything a database says about its tables, without the order of what has none."""
    look = inspect(engine)
    found: dict[str, Any] = {}
    for table in sorted(look.get_table_names()):
        if table == "alembic_version":
            continue
        found[table] = {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], str(c["default"]), c.get("primary_key"))
                for c in look.get_columns(table)
            ],
            "primary key": look.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(str(sorted(key.items(), key=str)) for key in look.get_foreign_keys(table)),
            "unique": sorted(str(one["column_names"]) for one in look.get_unique_constraints(table)),
            "checks": sorted(str((one["name"], one["sqltext"])) for one in look.get_check_constraints(table)),
        }
    with engine.connect() as connection:
        indexes = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            if engine.dialect.name == "sqlite"
            else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        )
        found["indexes"] = sorted(
            (name, " ".join(sql.split())) for name, sql in connection.execute(text(indexes)) if "alembic" not in name
        )
        if engine.dialect.name == "sqlite":
            listed = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
            found["without rowid"] = sorted(name for name, sql in listed if "WITHOUT ROWID" in sql)
    return found


def test_what_this_version_wants_is_what_alembic_says() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations")))
    assert newest() == scripts.get_current_head()


def test_an_upgraded_database_equals_a_fresh_one(database_url: str, tmp_path: Any, request: Any) -> None:
    upgraded = open_store(database_url)
    upgraded.upgrade()
    migrated = shape(upgraded.sql)
    with upgraded.sql.connect() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f'DROP TABLE "{table.name}"'))
        connection.commit()
    with upgraded.sql.connect() as connection:
        metadata.create_all(connection)
        connection.commit()
    assert shape(upgraded.sql) == migrated
    assert len(migrated) > 25
    upgraded.close()


def test_upgrading_twice_and_at_the_same_time_is_harmless(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        revisions = set(pool.map(lambda store: store.upgrade(), stores))
    assert revisions == {newest()}
    health = stores[0].check()
    assert health.is_current
    for store in stores:
        store.close()


def test_a_database_without_tables_is_said_to_need_an_upgrade(database_url: str) -> None:
    store = open_store(database_url)
    assert not store.check().is_current
    with pytest.raises(StoreUnavailable, match="baton db upgrade"), store.reading() as tx:
        from engine.store import users

        users.every(tx)
    store.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:////no/such/folder/baton.db"])
def test_a_database_that_baton_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(url)


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    store = open_store("postgresql+psycopg://nobody@/baton?host=/no/such/socket")
    with pytest.raises(StoreUnavailable, match="Nothing was changed"):
        store.check()


def test_what_was_deployed_before_there_were_tenants_belongs_to_the_default_one(database_url: str) -> None:
    store = open_store(database_url)
    with store.sql.connect() as connection, connection.begin():
        migrate.upgrade(connection, to="0020")
        for table, values in BEFORE_TENANTS.items():
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)
    store.upgrade()
    with store.reading() as tx:
        [decision] = definitions.of_requirements(tx, 3)
        assert (decision.key, decision.tenant_id) == (4, "<default>")
        assert definitions.latest(tx, definitions.ProcessDefinition, "p", "<default>") is not None
        assert definitions.latest(tx, definitions.ProcessDefinition, "p", "other") is None
        [start] = subscriptions.starts(tx, "<default>", Awaited.MESSAGE, "go")
        assert (start.definition_key, start.tenant_id) == (5, "<default>")
    store.close()


_VERSIONED = {"version": 1, "deployment_key": 1}
BEFORE_TENANTS: dict[str, dict[str, Any]] = {
    "deployments": {"key": 1, "deployed_at": 0},
    "resources": {"key": 2, "deployment_key": 1, "content": b"x"},
    "decision_requirements": {"key": 3, "requirements_id": "r", "resource_key": 2, **_VERSIONED},
    "decision_definitions": {"key": 4, "decision_id": "d", "requirements_key": 3, **_VERSIONED},
    "process_definitions": {"key": 5, "process_id": "p", "resource_key": 2, "startable": True, **_VERSIONED},
    "start_subscriptions": {
        "kind": "message",
        "name": "go",
        "process_id": "p",
        "element_id": "e",
        "definition_key": 5,
    },
}
