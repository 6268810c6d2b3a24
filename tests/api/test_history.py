"""What has been, over HTTP, both vendors' dialects and the console: values, decisions, retention, holds, deletion."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.actors import Role
from engine.clock import FakeClock
from engine.engine import Engine
from tests.api.callers import upload
from tests.api.conftest import Client
from tests.engine.support import end, line, service, start

WORKING = line("p", start(), service("work"), end()).encode()


@pytest.fixture
def ended(client: FlaskClient) -> str:
    upload(client, ("p.bpmn", WORKING))
    key = str(client.post("/api/v1/instances", json={"process_id": "p", "variables": {"a": 1}}).json["key"])
    client.patch(f"/api/v1/instances/{key}/variables", json={"variables": {"a": 2}})
    client.post(f"/api/v1/instances/{key}/cancel", json={})
    return key


def test_past_values_are_shown_with_when_they_ended(client: FlaskClient, ended: str, clock: FakeClock) -> None:
    [past] = client.get(f"/api/v1/instances/{ended}/past-values").json["items"]
    assert (past["name"], past["value"], past["scope_key"]) == ("a", 1, ended)
    assert past["until"] == "2026-01-05T09:00:00Z"


def test_a_hold_is_set_listed_and_released(client: FlaskClient, ended: str) -> None:
    path = f"/api/v1/instances/{ended}/hold"
    assert client.put(path, json={"reason": ""}).status_code == 422
    assert client.put(path, json={"reason": "trial"}).json["held_by"] == "local"
    assert [one["instance_key"] for one in client.get("/api/v1/history/holds").json["items"]] == [ended]
    assert client.get("/api/v1/instances?held=true").json["items"][0]["key"] == ended
    assert client.delete(f"/api/v1/instances/{ended}").status_code == 409
    assert client.delete(f"{path}?reason=over").status_code == 204
    assert client.delete(path).status_code == 404
    assert client.delete(f"/api/v1/instances/{ended}").status_code == 204
    assert client.get(f"/api/v1/instances/{ended}").status_code == 404


def test_a_retention_is_set_and_forgotten(client: FlaskClient, ended: str) -> None:
    path = "/api/v1/history/retention/p"
    assert client.put(path, json={}).status_code == 422
    assert client.put(path, json={"days": 7}).json["days"] == 7
    [shown] = client.get("/api/v1/history/retention").json["items"]
    assert (shown["process_id"], shown["days"]) == ("p", 7)
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_camunda_7_sets_the_time_to_live_and_deletes(
    client: FlaskClient, engine: Engine, ended: str, clock: FakeClock
) -> None:
    other = str(client.post("/api/v1/instances", json={"process_id": "p"}).json["key"])
    client.post(f"/api/v1/instances/{other}/cancel", json={})
    assert client.delete(f"/engine-rest/history/process-instance/{other}").status_code == 204
    path = "/engine-rest/process-definition/key/p/history-time-to-live"
    assert client.put(path, json={"historyTimeToLive": 5}).status_code == 204
    clock.advance(timedelta(days=5))
    assert engine.purge() == 1
    definition = engine.queries.processes()[0].key
    by_id = client.put(
        f"/engine-rest/process-definition/p:1:{definition}/history-time-to-live", json={"historyTimeToLive": None}
    )
    assert by_id.status_code == 204
    assert [one.days for one in engine.queries.retentions()] == [None]


def test_camunda_8_deletes_what_has_ended(client: FlaskClient, ended: str) -> None:
    assert client.post(f"/v2/process-instances/{ended}/deletion", json={}).status_code == 204
    again = client.post(f"/v2/process-instances/{ended}/deletion", json={})
    assert (again.status_code, again.json["title"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("query", "count"),
    [("a=2", 1), ("a>=2", 1), ("a>2", 0), ("a=1", 0), ("a!=1", 1), ('name="x"', 1), ("name=x", 1), ("name~?", 1)],
)
def test_instances_are_found_by_variables(client: FlaskClient, ended: str, query: str, count: int) -> None:
    client.post("/api/v1/instances", json={"process_id": "p", "variables": {"name": "x"}})
    found = client.get("/api/v1/instances", query_string={"variable": query}).json
    assert len(found["items"]) == count


def test_several_comparisons_all_count(client: FlaskClient, ended: str) -> None:
    both = {"variable": ["a=2", "b=1"]}
    assert client.get("/api/v1/instances", query_string=both).json["items"] == []


@pytest.mark.parametrize("query", ["a", "=1", "", "a>true"])
def test_a_comparison_that_is_none_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get("/api/v1/instances", query_string={"variable": query})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")


def test_decisions_are_listed(client: FlaskClient) -> None:
    assert client.get("/api/v1/history/decisions?decision_id=x").json == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ADMIN, 204), (Role.OPERATOR, 403), (Role.AUDITOR, 403), (Role.ANALYST, 403)]
)
def test_only_administrators_delete(as_role: Client, ended: str, role: Role, status: int) -> None:
    answer: Any = as_role(role).delete(f"/api/v1/instances/{ended}")
    assert answer.status_code == status
