"""Subscriptions and notifications over HTTP and from the console."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.engine import Engine
from tests.api.callers import upload
from tests.engine.support import end, line, start, user

DIAGRAM = line("p", start(), user("check"), end()).encode()
HOOK = {"kind": "webhook", "target": "http://127.0.0.1:9/hook", "events": ["instance-started"]}


def test_a_subscription_is_made_paused_and_ended(client: FlaskClient) -> None:
    made = client.post("/api/v1/subscriptions", json=HOOK)
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    path = f"/api/v1/subscriptions/{made.json['key']}"
    [shown] = client.get("/api/v1/subscriptions").json["items"]
    assert shown["target"] == HOOK["target"]
    assert "secret" not in shown
    assert client.patch(path, json={"active": False}).json["active"] is False
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_a_notification_that_nobody_takes_is_listed_and_retried(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.notifications._PAUSES", ())
    client.post("/api/v1/subscriptions", json=HOOK)
    upload(client, ("p.bpmn", DIAGRAM))
    client.post("/api/v1/instances", json={"process_id": "p"})
    engine.collect_notifications()
    [claimed] = engine.claim_notifications()
    engine.deliver_notification(claimed)
    [dead] = client.get("/api/v1/notifications?state=dead").json["items"]
    assert dead["body"]["type"] == "instance-started"
    assert dead["error"]
    path = f"/api/v1/notifications/{dead['key']}/retry"
    assert [client.post(path, json={}).status_code for _ in range(2)] == [204, 409]


@pytest.mark.parametrize("change", [{"kind": "pigeon"}, {"events": []}, {"events": ["x"]}, {"target": "x"}])
def test_a_subscription_that_makes_no_sense_is_refused(client: FlaskClient, change: dict[str, Any]) -> None:
    assert client.post("/api/v1/subscriptions", json={**HOOK, **change}).status_code == 422
