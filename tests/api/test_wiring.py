"""From settings to running parts, on both databases, and what happens when the database is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.settings import ModelSettings, Settings
from api.wiring import build_engine, build_registry, build_scheduler, build_worker
from connectors.base import Permanent
from engine.engine import Engine
from engine.errors import StoreUnavailable
from engine.store import open_store
from tests.api.callers import ROOT, upload
from tests.support import postgres
from tests.support.diagrams import chain, diagram

USER_TASK = '<bpmn:startEvent id="s"/><bpmn:userTask id="t" name="Check"/><bpmn:endEvent id="e"/>'
NOBODY_LISTENS = "postgresql+psycopg://baton:secret-password@127.0.0.1:1/baton"


def approval() -> bytes:
    return diagram(USER_TASK, chain("s", "t", "e"), process_id="approval", dialect="camunda7")


def test_an_empty_database_gets_its_tables_and_serves(database_url: str) -> None:
    client = create_app(Settings(database_url=database_url)).test_client()
    assert client.get("/health/ready").status_code == 200
    assert client.get("/api/v1/processes").json == {"items": []}


def test_a_database_of_an_older_version_is_refused_with_advice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    store = open_store(url)
    store.upgrade()
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    store.close()
    with pytest.raises(StoreUnavailable) as caught:
        build_engine(Settings(database_url=url))
    assert "schema 0001" in str(caught.value)
    assert "baton db upgrade" in str(caught.value)


def test_a_server_that_cannot_reach_its_database_does_not_start_and_keeps_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        build_engine(Settings(database_url=NOBODY_LISTENS))
    assert "secret-password" not in str(caught.value)


@pytest.mark.parametrize("auth", ["none", "basic"])
def test_while_the_database_is_away_every_request_says_so(auth: Any) -> None:
    client = create_app(Settings(auth=auth), Engine(open_store(NOBODY_LISTENS), _clock())).test_client()
    for path in ("/api/v1/processes", "/v2/topology" if auth == "basic" else "/health/ready", "/"):
        answer = client.get(path, headers={"Authorization": "Bearer x"})
        assert answer.status_code == 503
        assert "secret-password" not in answer.text
    assert client.get("/health/live").status_code == 200


def test_a_database_that_comes_back_is_used_again(postgres_server: postgres.Server) -> None:
    name = postgres_server.create()
    url = postgres_server.url(name)
    client = create_app(Settings(database_url=url)).test_client()
    upload(client, ("approval.bpmn", approval()))
    postgres_server.drop(name)
    assert client.get("/api/v1/processes").status_code == 503
    assert client.post("/api/v1/instances", json={"process_id": "approval"}).status_code == 503
    assert client.get("/health/live").status_code == 200


def test_the_whole_way_on_both_databases(upgraded_database_url: str) -> None:
    client = create_app(Settings(database_url=upgraded_database_url)).test_client()
    assert upload(client, ("approval.bpmn", approval())).status_code == 200
    header = {"Idempotency-Key": "once"}
    body = {"process_id": "approval", "variables": {"text": "ünïcode \u0001 \U0001f9fe"}, "business_key": "B"}
    keys = {client.post("/api/v1/instances", json=body, headers=header).json["key"] for _ in range(2)}
    (key,) = keys
    assert client.get(f"/api/v1/instances/{key}/variables").json["variables"] == body["variables"]
    others = [client.post("/api/v1/instances", json={"process_id": "approval"}).json["key"] for _ in range(4)]
    assert _all_keys(client, "/api/v1/instances") == [*reversed(others), key]
    assert len(_all_keys(client, "/api/v1/tasks?mine=false")) == 5
    task = client.get(f"/api/v1/tasks?instance_key={key}").json["items"][0]
    client.post(f"/api/v1/tasks/{task['key']}/comments", json={"text": "looks good"})
    decided = client.post(f"/api/v1/approvals/{task['key']}", json={"decision": "approve", "reason": "fine"})
    assert decided.status_code == 200, decided.text
    assert client.get(f"/api/v1/instances/{key}").json["state"] == "completed"
    assert len(_all_keys(client, f"/api/v1/instances/{key}/elements")) >= 3
    client.post(f"/api/v1/instances/{others[0]}/cancel", json={"reason": "wrong"})
    assert _all_keys(client, "/api/v1/instances?state=terminated") == [others[0]]
    assert client.get("/api/v1/audit/verify").json["intact"] is True
    records = _all(client, "/api/v1/audit")
    assert len(records) == len(client.get("/api/v1/audit/export").text.splitlines())
    assert [record["at"] for record in records] == sorted((record["at"] for record in records), reverse=True)


def test_a_worker_resolves_the_secrets_of_the_settings_only(upgraded_sqlite_url: str) -> None:
    settings = Settings(database_url=upgraded_sqlite_url, secrets={"CRM": "s3cret"}, worker_threads=2)
    engine = build_engine(settings)
    worker, other = build_worker(settings, engine), build_worker(settings, engine)
    assert worker.name != other.name
    assert "baton:ai-task:1" in worker.types
    assert worker._secrets("CRM") == "s3cret"
    with pytest.raises(Permanent):
        worker._secrets("PATH")
    assert worker.run_once() == 0
    assert build_scheduler(settings, engine).run_once() == 0


def test_the_connector_reads_the_models_of_the_settings() -> None:
    row = ModelSettings(model="openai/x", input_per_million="0.25", output_per_million="2", max_tokens=50)
    registry = build_registry(Settings(models={"small": row}))
    assert "baton:ai-task:1" in registry.types()
    assert registry.get("baton:ai-task:1") is not None


def test_local_models_are_where_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_MODELS_DIR", "/elsewhere")
    monkeypatch.delenv("BATON_LOCAL_MODEL_URL", raising=False)
    build_registry(Settings(models_dir=Path("/here"), local_model_url="http://127.0.0.1:9/v1"))
    import os

    assert os.environ["BATON_MODELS_DIR"] == "/elsewhere", "the environment wins"
    assert os.environ["BATON_LOCAL_MODEL_URL"] == "http://127.0.0.1:9/v1"
    monkeypatch.delenv("BATON_LOCAL_MODEL_URL")


def test_an_engine_of_ones_own_is_used_as_it_is(engine: Engine) -> None:
    engine.save_user("ada", by=ROOT)
    client = create_app(Settings(database_url=NOBODY_LISTENS), engine).test_client()
    assert [user["id"] for user in client.get("/api/v1/users").json["items"]] == ["ada"]


def _clock() -> Any:
    from engine.clock import SystemClock

    return SystemClock()


def _all(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Every item of a list, two at a time."""
    items: list[dict[str, Any]] = []
    sign = "&" if "?" in path else "?"
    after = ""
    for _ in range(100):
        page = client.get(f"{path}{sign}limit=2{after}").json
        items += page["items"]
        if page["next"] is None:
            return items
        after = f"&after={page['next']}"
    raise AssertionError(f"{path} has no end")


def _all_keys(client: FlaskClient, path: str) -> list[str]:
    return [item["key"] for item in _all(client, path)]
