"""Budgets and levels of autonomy over HTTP: set, shown, lifted, refused."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.api.test_agents import CARD

BUDGETS, AUTONOMY = "/api/v1/budgets", "/api/v1/autonomy"


def test_a_budget_is_set_shown_and_lifted(client: FlaskClient) -> None:
    body = {"kind": "process", "name": "p", "amount": "12.50", "period": "month", "then": "wait"}
    [made] = client.put(BUDGETS, json=body).json["items"]
    assert {name: made[name] for name in (*body, "spent", "reserved")} == {**body, "spent": "0", "reserved": "0"}
    assert float(made["forecast"]) == 0
    [changed] = client.put(BUDGETS, json={**body, "amount": 3}).json["items"]
    assert changed["amount"] == "3"
    removal = {"kind": "process", "name": "p", "period": "month"}
    assert client.post(f"{BUDGETS}/removal", json=removal).json == {"items": []}
    assert client.post(f"{BUDGETS}/removal", json=removal).status_code == 404


def test_what_is_no_budget_is_refused(client: FlaskClient) -> None:
    good = {"kind": "all", "amount": 1}
    wrong = [{"kind": "all"}, {**good, "amount": "much"}, {**good, "amount": -1}, {**good, "name": "x"}]
    assert [client.put(BUDGETS, json=body).status_code for body in wrong] == [422] * 4


def test_a_level_is_lowered_at_once_and_raised_with_evidence_only(client: FlaskClient) -> None:
    place: dict[str, Any] = {"agent": "reader", "process_id": "p", "element_id": "read"}
    assert client.put(AUTONOMY, json={**place, "level": "suggest"}).status_code == 404
    client.post("/api/v1/agents", json=CARD)
    [made] = client.put(AUTONOMY, json={**place, "level": "shadow", "reason": "new"}).json["items"]
    assert (made["agent"], made["level"], made["reason"], made["model"]) == ("reader", "shadow", "new", "")
    raised = {**place, "level": "auto", "model": "small", "target_error": 0.05}
    refused = client.put(AUTONOMY, json=raised)
    assert refused.status_code == 409
    assert "59 or more" in refused.json["detail"]
    assert client.put(AUTONOMY, json={**place, "level": "auto"}).status_code == 422
