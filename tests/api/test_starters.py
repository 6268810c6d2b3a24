"""Who may start a process that names its candidates, and what lists offer to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.actors import Role
from tests.api.callers import upload
from tests.support.diagrams import chain, diagram

Client = Callable[..., FlaskClient]
BODY = '<bpmn:startEvent id="s"/><bpmn:manualTask id="m"/><bpmn:endEvent id="e"/>'


def process(process_id: str, attributes: str = "") -> tuple[str, bytes]:
    text = diagram(
        BODY,
        chain("s", "m", "e"),
        process_id=process_id,
        dialect="camunda7",
        attributes=f'camunda:historyTimeToLive="P30D" {attributes}',
    )
    return f"{process_id}.bpmn", text


@pytest.fixture(autouse=True)
def _deployed(as_role: Client) -> None:
    answer = upload(
        as_role(Role.ANALYST),
        process("open"),
        process("hidden", 'camunda:isStartableInTasklist="false"'),
        process("theirs", 'camunda:candidateStarterGroups="sales, ops" camunda:candidateStarterUsers="ann"'),
    )
    assert answer.status_code == 200, answer.text


def offered(client: FlaskClient) -> list[str]:
    return [one["process_id"] for one in client.get("/api/v1/processes?startable_by_me=true").json["items"]]


def start(client: FlaskClient, process_id: str) -> int:
    return int(client.post("/api/v1/instances", json={"process_id": process_id}).status_code)


def test_a_definition_tells_its_starters_and_how_long_its_history_is_kept(as_role: Client) -> None:
    found = {one["process_id"]: one for one in as_role(Role.ANALYST).get("/api/v1/processes").json["items"]}
    assert found["theirs"]["starter_groups"] == ["sales", "ops"]
    assert found["theirs"]["starter_users"] == ["ann"]
    assert (found["open"]["starter_groups"], found["open"]["starter_users"]) == ([], [])
    assert {one["history_days"] for one in found.values()} == {30}
    assert (found["open"]["startable"], found["hidden"]["startable"]) == (True, False)


@pytest.mark.parametrize(
    ("roles", "name", "groups", "lists", "starts"),
    [
        ((Role.ANALYST,), "bob", (), ["open"], {"open": 201, "hidden": 201, "theirs": 403}),
        ((Role.ANALYST,), "ann", (), ["open", "theirs"], {"open": 201, "theirs": 201}),
        ((Role.APPROVER,), "bob", ("ops",), ["theirs"], {"open": 403, "hidden": 403, "theirs": 201}),
        ((Role.APPROVER,), "bob", (), [], {"open": 403, "theirs": 403}),
        ((Role.OPERATOR,), "bob", (), ["open", "theirs"], {"open": 201, "theirs": 201}),
        ((Role.ADMIN,), "bob", (), ["open", "theirs"], {"theirs": 201}),
    ],
)
def test_candidates_start_what_names_them_and_others_do_not(
    as_role: Client, roles: Any, name: str, groups: Any, lists: list[str], starts: dict[str, int]
) -> None:
    client = as_role(*roles, name=name, groups=groups)
    assert offered(client) == lists
    assert {process_id: start(client, process_id) for process_id in starts} == starts


def test_both_vendors_addresses_keep_to_it(as_role: Client) -> None:
    stranger, candidate = as_role(Role.ANALYST), as_role(Role.APPROVER, groups=("sales",))
    for client, status in ((stranger, 403), (candidate, 200)):
        answers = (
            client.post("/v2/process-instances", json={"processDefinitionId": "theirs"}),
            client.post("/engine-rest/process-definition/key/theirs/start", json={}),
        )
        assert [one.status_code for one in answers] == [status, status], answers[0].text
    refused = stranger.post("/v2/process-instances", json={"processDefinitionId": "theirs"})
    assert "the group sales or the group ops or ann" in refused.json["detail"]


def test_an_approvers_list_holds_what_names_them_only(as_role: Client) -> None:
    listed = as_role(Role.APPROVER, name="ann").get("/api/v1/processes").json["items"]
    assert [one["process_id"] for one in listed] == ["theirs"]
