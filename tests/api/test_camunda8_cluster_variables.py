"""Variables of the cluster: set and found through the API, read by expressions of every process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.actors import Role
from tests.api.test_camunda8_jobs import begin

PATH = "/v2/cluster-variables/global"
READ = """<bpmn:scriptTask id="read"><bpmn:extensionElements>
<zeebe:script expression="=camunda.vars.cluster.limit + 1" resultVariable="next"/>
<zeebe:ioMapping><zeebe:input source="=camunda.vars.env.mail.sender" target="sender"/>
<zeebe:output source="=next" target="next"/><zeebe:output source="=sender" target="sender"/></zeebe:ioMapping>
</bpmn:extensionElements></bpmn:scriptTask>"""


def put(client: FlaskClient, name: str, value: Any) -> Any:
    return client.post(PATH, json={"name": name, "value": value})


def result(client: FlaskClient, key: str) -> dict[str, Any]:
    return dict(client.get(f"/api/v1/instances/{key}/variables").json["variables"])


@pytest.mark.rule("zeebe 11.6")
def test_expressions_of_every_process_read_them(client: FlaskClient) -> None:
    assert result(client, begin(client, READ, "read")) == {"next": None, "sender": None}
    put(client, "limit", 41)
    put(client, "mail", {"sender": "a@b.c"})
    assert result(client, begin(client, READ, "read")) == {"next": 42, "sender": "a@b.c"}
    assert client.put(f"{PATH}/limit", json={"value": 1}).json["value"] == "1"
    assert result(client, begin(client, READ, "read", camunda="mine"))["next"] == 2


def test_one_is_made_shown_changed_found_and_forgotten(client: FlaskClient) -> None:
    made = put(client, "mail", {"sender": "a@b.c"})
    assert made.json == {
        "name": "mail",
        "value": '{"sender":"a@b.c"}',
        "scope": "GLOBAL",
        "tenantId": None,
        "metadata": {},
        "kind": "JSON",
    }
    assert client.get(f"{PATH}/mail").json == made.json
    put(client, "text", "x" * 9000)
    found = client.post("/v2/cluster-variables/search", json={"sort": [{"field": "name", "order": "DESC"}]}).json
    assert [(one["name"], one["isTruncated"]) for one in found["items"]] == [("text", True), ("mail", False)]
    for filter, names in (({"isTruncated": True}, ["text"]), ({"scope": "TENANT"}, []), ({"name": "mail"}, ["mail"])):
        items = client.post("/v2/cluster-variables/search", json={"filter": filter}).json["items"]
        assert [one["name"] for one in items] == names
    assert client.delete(f"{PATH}/mail").status_code == 204
    assert client.get(f"{PATH}/mail").json["title"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda client: put(client, "there", 2), 409),
        (lambda client: put(client, "a b", 2), 400),
        (lambda client: client.post(PATH, json={"name": "x"}), 400),
        (lambda client: client.put(f"{PATH}/none", json={"value": 1}), 404),
        (lambda client: client.delete(f"{PATH}/none"), 404),
    ],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, act: Callable[[FlaskClient], Any], status: int) -> None:
    put(client, "there", 1)
    answer = act(client)
    assert answer.status_code == status, answer.text
    assert sorted(answer.json) == ["detail", "instance", "status", "title", "type"]


def test_only_administrators_change_them(as_role: Callable[..., Any]) -> None:
    assert put(as_role(Role.OPERATOR), "a", 1).status_code == 403
    assert put(as_role(Role.ADMIN), "a", 1).status_code == 200
    assert as_role(Role.ANALYST).get(f"{PATH}/a").json["value"] == "1"
