"""Choosing what begins inside an ad-hoc sub-process, through the API and as Camunda 8's clients ask for it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.callers import upload
from tests.support.diagrams import chain, diagram, service

BODY = (
    '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/><bpmn:adHocSubProcess id="care" name="Care">'
    f"{service('wash')}{service('feed')}</bpmn:adHocSubProcess>"
)


@pytest.fixture
def place(client: FlaskClient) -> tuple[str, str]:
    """An instance in which somebody must choose: its key, and the sub-process's."""
    upload(client, ("care.bpmn", diagram(BODY, chain("s", "care", "e"), process_id="care_process")))
    key = str(client.post("/api/v1/instances", json={"process_id": "care_process"}).json["key"])
    [active] = client.get(f"/api/v1/instances/{key}").json["active"]
    return key, active["key"]


def _choose(client: FlaskClient, place: tuple[str, str], **body: Any) -> Any:
    key, element_key = place
    return client.post(f"/api/v1/instances/{key}/elements/{element_key}/activate", json=body)


def test_the_instance_says_what_can_be_chosen(client: FlaskClient, place: tuple[str, str]) -> None:
    [waiting] = client.get(f"/api/v1/instances/{place[0]}").json["waiting"]
    assert (waiting["kind"], waiting["with_whom"], waiting["key"]) == ("choice", "an operator", place[1])
    assert "begin one of 'wash', 'feed'" in waiting["why"]


def test_what_is_chosen_begins(client: FlaskClient, place: tuple[str, str]) -> None:
    answer = _choose(client, place, elements=[{"element_id": "wash", "variables": {"water": "warm"}}])
    assert answer.status_code == 200
    assert {one["element_id"] for one in answer.json["active"]} == {"care", "care#innerInstance", "wash"}
    assert _choose(client, place, complete=True, cancel_remaining=True).json["state"] == "completed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"elements": [{"element_id": "cook"}]}, 422),
        ({"elements": [{"element_id": "wash"}, {"element_id": "wash"}]}, 422),
        ({"elements": "wash"}, 422),
    ],
)
def test_what_cannot_begin_is_refused(
    client: FlaskClient, place: tuple[str, str], body: dict[str, Any], status: int
) -> None:
    assert _choose(client, place, **body).status_code == status
    assert len(client.get(f"/api/v1/instances/{place[0]}").json["active"]) == 1


def test_an_element_of_another_instance_is_not_found(client: FlaskClient, place: tuple[str, str]) -> None:
    assert _choose(client, ("1", place[1]), complete=True).status_code == 404
    assert _choose(client, (place[0], "1"), complete=True).status_code == 404


def test_camunda_8_clients_activate(client: FlaskClient, place: tuple[str, str]) -> None:
    address = f"/v2/element-instances/ad-hoc-activities/{place[1]}/activation"
    assert client.post(address, json={"elements": [{"elementId": "cook"}]}).status_code == 400
    assert client.post(address, json={"elements": [{"elementId": "wash"}]}).status_code == 204
    body = {"elements": [{"elementId": "feed"}], "cancelRemainingInstances": True}
    assert client.post(address, json=body).status_code == 204
    jobs = client.get("/api/v1/jobs", query_string={"state": "created"}).json["items"]
    assert [job["element_id"] for job in jobs] == ["feed"]
    assert client.post(address.replace(place[1], "1"), json=body).status_code == 404
