"""Stops of AI over HTTP: set, listed, lifted; by operators, not by analysts."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from engine.actors import Role

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
