"""Stops of AI over HTTP: set, listed, lifted; by operators, not by analysts."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from engine.actors import Role
from tests.api.test_agents import CARD

URL = "/api/v1/stops"
MODEL = {"kind": "model", "name": "openai/gpt-5-mini"}


def test_a_stop_is_set_listed_and_lifted(client: FlaskClient) -> None:
    [made] = client.post(URL, json={**MODEL, "reason": "wrong totals"}).json["items"]
    assert {name: made[name] for name in ("kind", "name", "reason")} == {**MODEL, "reason": "wrong totals"}
    assert client.get(URL).json == {"items": [made]}
    assert client.post(f"{URL}/removal", json=MODEL).json == {"items": []}
    assert client.post(f"{URL}/removal", json=MODEL).status_code == 404


def test_what_is_no_stop_is_refused(client: FlaskClient) -> None:
    wrong = [{"kind": "all", "name": "x"}, {"kind": "person", "name": "x"}, {"kind": "instance", "name": "p"}, {}]
    assert [client.post(URL, json=body).status_code for body in wrong] == [422] * 4


def test_an_operator_stops_and_an_analyst_reads(as_role: Any) -> None:
    assert as_role(Role.OPERATOR).post(URL, json={"kind": "all"}).status_code == 200
    analyst = as_role(Role.ANALYST)
    assert (analyst.get(URL).status_code, analyst.post(URL, json={"kind": "all"}).status_code) == (200, 403)


def test_the_page_has_a_button_that_stops_and_one_that_starts(client: FlaskClient, as_role: Any) -> None:
    assert "Stop all AI" in client.get("/ai").text
    assert client.post("/ai/stop", data={"kind": "all", "name": ""}).status_code == 303
    assert [one["kind"] for one in client.get(URL).json["items"]] == ["all"]
    page = client.get("/ai").text
    assert "all AI" in page
    assert "Stop all AI" not in page
    assert client.post("/ai/start", data={"kind": "all"}).status_code == 303
    assert client.post("/ai/start", data={"kind": "all"}).status_code == 303, "somebody was faster"
    assert client.get(URL).json["items"] == []
    assert client.post("/ai/stop", data={"kind": "me"}).status_code == 404
    assert "Stop all AI" not in as_role(Role.ANALYST).get("/ai").text


def test_what_people_wrote_into_cards_is_shown_as_text(client: FlaskClient) -> None:
    client.post("/api/v1/agents", json={**CARD, "purpose": "<script>alert(1)</script>"})
    assert "<script>alert" not in client.get("/ai").text
