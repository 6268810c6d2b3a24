"""Policies over HTTP, in the console, at /mcp and on their page."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.actors import Role
from engine.engine import Engine, NamedFile
from tests.api.callers import ROOT
from tests.engine.policy_tables import table

URL = "/api/v1/policies"
POLICY = {
    "policy": "outside",
    "owner": "ada",
    "version": "1",
    "purpose": "Nobody starts <b>refunds</b> from outside.",
    "at": ["tool"],
    "decision": "tools",
}


@pytest.fixture
def tools(engine: Engine) -> Engine:
    rows = [['"list_processes"', '"deny"', '"not from outside"'], ['"list_incidents"', '"ask"', '"a person looks"']]
    engine.deploy([NamedFile("t.dmn", table("tools", ["tool"], ["verdict", "reason"], *rows))], by=ROOT)
    return engine


def test_a_policy_is_registered_shown_in_its_versions_and_retired(tools: Engine, client: FlaskClient) -> None:
    made = client.post(URL, json=POLICY).json
    assert (made["id"], made["version"], made["state"], made["tenant_id"]) == ("outside", "1", "active", "")
    assert client.post(URL, json=POLICY).json == made
    assert client.post(URL, json={**POLICY, "purpose": "Else."}).status_code == 409
    client.post(URL, json={**POLICY, "version": "2"})
    assert [one["version"] for one in client.get(f"{URL}/outside").json["items"]] == ["1", "2"]
    retired = client.post(f"{URL}/outside/retirement", json={"reason": "no need"}).json
    assert (retired["state"], retired["reason"]) == ("retired", "no need")
    assert client.post(f"{URL}/outside/retirement", json={}).status_code == 409
    assert client.post(f"{URL}/else/retirement", json={}).status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"at": ["prompt"]},
        {"at": []},
        {"decision": "tolls"},
        {"guard": "redact"},
        {"scope": {"process": ["p"]}},
        {"purpose": "x" * 3000},
        {"with": []},
        {"owner": None},
        {"policy": "a/b"},
    ],
)
def test_what_is_no_policy_is_refused(tools: Engine, client: FlaskClient, changed: Any) -> None:
    assert client.post(URL, json={**POLICY, **changed}).status_code == 422
    assert client.get(URL).json == {"items": []}


def test_only_administrators_change_what_holds_for_all(tools: Engine, client: FlaskClient, as_role: Any) -> None:
    client.post(URL, json=POLICY)
    analyst = as_role(Role.ANALYST)
    assert analyst.get(URL).json["items"][0]["id"] == "outside"
    assert analyst.post(URL, json={**POLICY, "version": "2"}).status_code == 403
    assert analyst.post(f"{URL}/outside/retirement", json={}).status_code == 403


def test_the_page_shows_who_decides_and_text_as_text(tools: Engine, client: FlaskClient) -> None:
    assert "There is no policy" in client.get("/policies").text
    client.post(URL, json=POLICY)
    page = client.get("/policies").text
    assert "decision tools" in page
    assert "&lt;b&gt;refunds" in page


def test_programs_outside_are_governed_at_mcp_like_any_agent(tools: Engine, client: FlaskClient) -> None:
    client.post(URL, json=POLICY)

    def use(name: str) -> Any:
        params = {"name": name, "arguments": {}}
        return client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).json

    denied, asked, allowed = (use(name)["result"] for name in ("list_processes", "list_incidents", "find_instances"))
    assert (denied["isError"], asked["isError"], allowed["isError"]) == (True, True, False)
    assert "not from outside" in denied["content"][0]["text"]
    trail = client.get("/api/v1/audit?limit=50").text
    assert trail.count("policy-verdict") == 3
