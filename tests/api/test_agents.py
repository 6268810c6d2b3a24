"""Agents over HTTP: registered from a card or a file, in versions, out of service and back."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask.testing import FlaskClient

URL = "/api/v1/agents"
CARD = {
    "agent": "reader",
    "owner": "ada",
    "purpose": "Reads.",
    "risk": "high",
    "processes": ["p"],
    "models": ["small"],
    "limits": {"calls": 4, "cost": 0.05},
    "prompt": {"version": "3"},
}


def test_an_agent_is_registered_listed_and_shown_with_its_versions(client: FlaskClient) -> None:
    made: Any = client.post(URL, json=CARD).json
    assert (made["id"], made["version"], made["state"]) == ("reader", 1, "active")
    assert made["card"]["limits"] == {"calls": 4, "cost": "0.05"}
    assert made["card"]["prompt_version"] == "3"
    assert client.post(URL, json=CARD).json["version"] == 1
    assert client.post(URL, json={**CARD, "models": ["small", "large"]}).json["version"] == 2
    assert [one["version"] for one in client.get(URL).json["items"]] == [2]
    assert [one["version"] for one in client.get(f"{URL}/reader").json["items"]] == [1, 2]
    assert client.get(f"{URL}/nobody").status_code == 404


def test_an_agent_goes_out_of_service_and_comes_back(client: FlaskClient) -> None:
    client.post(URL, json=CARD)
    suspended: Any = client.post(f"{URL}/reader/suspension", json={"reason": "wrong totals"}).json
    assert (suspended["state"], suspended["reason"]) == ("suspended", "wrong totals")
    assert client.post(f"{URL}/reader/resumption", json={}).json["state"] == "active"
    assert client.post(f"{URL}/reader/resumption", json={}).status_code == 409
    assert client.post(f"{URL}/reader/retirement", json={}).json["state"] == "retired"
    assert client.post(URL, json=CARD).status_code == 409


def test_what_is_no_card_is_refused(client: FlaskClient) -> None:
    wrong = [{}, {**CARD, "risk": "none"}, {**CARD, "models": []}, {**CARD, "limits": {"calls": 0}}, {**CARD, "x": 1}]
    assert [client.post(URL, json=body).status_code for body in wrong] == [422] * 5


def test_a_file_is_deployed_alone_and_its_faults_have_lines(client: FlaskClient) -> None:
    text = b"agent: reader\nowner: ada\npurpose: Reads.\nrisk: high\nprocesses: [p]\nmodels: [small]\n"
    answer: Any = client.post("/api/v1/deployments", data={"files": (BytesIO(text), "reader.agent.yaml")}).json
    assert answer["agents"] == [{"id": "reader", "version": 1, "state": "active"}]
    bad = {"files": (BytesIO(text.replace(b"high", b"none")), "reader.agent.yaml")}
    refused = client.post("/api/v1/deployments", data=bad)
    assert refused.status_code == 422
    [finding] = refused.json["findings"]
    assert (finding["file"], finding["line"], finding["rule"]) == ("reader.agent.yaml", 4, "agent-card")


def test_how_an_agent_does_is_told(client: FlaskClient) -> None:
    client.post(URL, json=CARD)
    assert client.get(f"{URL}/reader/performance").json == {"items": []}
    assert client.get(f"{URL}/reader/performance?days=0").status_code == 422
    assert client.get(f"{URL}/nobody/performance").status_code == 404
