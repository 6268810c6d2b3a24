"""Limits over HTTP and from the console: set, shown, lifted, and what is wrong about them said."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

URL = "/api/v1/limits"
MODEL = {"kind": "model", "name": "openai/gpt-5-mini"}


def test_a_limit_is_set_shown_changed_and_lifted(client: FlaskClient) -> None:
    assert client.get(URL).json == {"items": []}
    [made] = client.put(URL, json={**MODEL, "per_minute": 500}).json["items"]
    assert {name: made[name] for name in ("kind", "name", "per_minute", "at_once")} == {
        **MODEL,
        "per_minute": 500,
        "at_once": None,
    }
    [changed] = client.put(URL, json={**MODEL, "at_once": 50}).json["items"]
    assert (changed["per_minute"], changed["at_once"]) == (None, 50)
    assert client.post(f"{URL}/removal", json=MODEL).json == {"items": []}
    assert client.post(f"{URL}/removal", json=MODEL).status_code == 404


def test_what_is_no_limit_is_refused(client: FlaskClient) -> None:
    wrong: list[dict[str, Any]] = [MODEL, {**MODEL, "per_minute": 0}, {**MODEL, "kind": "person", "at_once": 1}]
    assert [client.put(URL, json=body).status_code for body in wrong] == [422, 422, 422]
