"""The header Idempotency-Key on the routes of all three APIs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.engine import Engine
from tests.api.callers import upload
from tests.engine.support import ADMIN, end, line, service, start, user

KEY = {"Idempotency-Key": "k-1"}
START = {"process_id": "approval"}
APPROVAL = line("approval", start(), user("approve", groups="clerks"), end()).encode()


@pytest.fixture
def instance(client: FlaskClient) -> Any:
    upload(client, ("approval.bpmn", APPROVAL))
    return client.post("/api/v1/instances", json=START).json


def test_a_repeated_request_is_answered_byte_for_byte_and_says_so(client: FlaskClient, instance: Any) -> None:
    path = f"/api/v1/instances/{instance['key']}/variables"
    first = client.patch(path, json={"variables": {"a": 1}}, headers=KEY)
    client.patch(path, json={"variables": {"a": 2}})
    again = client.patch(path, json={"variables": {"a": 1}}, headers=KEY)
    assert (again.status_code, again.data, again.content_type) == (200, first.data, first.content_type)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert client.get(path).json["variables"] == {"a": 2}


def test_the_draft_puts_quotes_around_a_key(client: FlaskClient, instance: Any) -> None:
    keys = {
        client.post("/api/v1/instances", json=START, headers={"Idempotency-Key": text}).json["key"]
        for text in ("abc", '"abc"')
    }
    assert len(keys) == 1


@pytest.mark.parametrize("change", ["body", "path", "query"])
def test_another_request_under_the_same_key_is_refused(client: FlaskClient, instance: Any, change: str) -> None:
    path = f"/api/v1/instances/{instance['key']}/cancel"
    assert client.post(path, json={"reason": "a"}, headers=KEY).status_code == 200
    others = {
        "body": (path, {"reason": "b"}),
        "path": (path.replace("cancel", "suspend"), {"reason": "a"}),
        "query": (f"{path}?x=1", {"reason": "a"}),
    }
    address, body = others[change]
    refused = client.post(address, json=body, headers=KEY)
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency-key-reused")


def test_a_refused_request_leaves_its_key_free(client: FlaskClient) -> None:
    missing = client.post("/api/v1/instances", json=START, headers=KEY)
    assert missing.status_code == 404
    upload(client, ("approval.bpmn", APPROVAL))
    assert client.post("/api/v1/instances", json=START, headers=KEY).status_code == 201


def test_an_upload_is_the_same_whatever_its_boundary(client: FlaskClient) -> None:
    answers = []
    for boundary in ("one", "two"):
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.bpmn"\r\n\r\n'.encode()
            + APPROVAL
            + f"\r\n--{boundary}--\r\n".encode()
        )
        kind = f"multipart/form-data; boundary={boundary}"
        answers.append(client.post("/api/v1/deployments", data=body, content_type=kind, headers=KEY))
    assert answers[0].data == answers[1].data
    assert ["Idempotency-Replayed" in one.headers for one in answers] == [False, True]


def test_camunda_8_and_camunda_7_know_it_too(client: FlaskClient, engine: Engine, instance: Any) -> None:
    for path, body in (
        ("/v2/process-instances", {"processDefinitionId": "approval"}),
        ("/engine-rest/process-definition/key/approval/start", {"businessKey": "b"}),
    ):
        before = engine.queries.counts().active_instances
        first, again = (client.post(path, json=body, headers={"Idempotency-Key": path}) for _ in range(2))
        assert (first.status_code, first.data) == (again.status_code, again.data)
        assert engine.queries.counts().active_instances == before + 1


def test_the_description_names_it_on_every_route_that_writes(client: FlaskClient) -> None:
    for _ in range(2):
        paths = client.get("/api/v1/openapi.json").json["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            names = [one["name"] for one in operation.get("parameters", ())]
            assert names.count("Idempotency-Key") == (method != "get"), (method, path)


WORK = line("work", start(), service("w"), end()).encode()
POLL = {"type": "w", "timeout": 60_000, "maxJobsToActivate": 1}


def test_a_long_poll_under_a_key_waits_without_a_transaction_and_finds_what_comes(app: Flask, engine: Engine) -> None:
    upload(app.test_client(), ("w.bpmn", WORK))
    with ThreadPoolExecutor(1) as pool:
        asked = {**POLL, "requestTimeout": 30_000}
        polled = pool.submit(app.test_client().post, "/v2/jobs/activation", json=asked, headers=KEY)
        for _ in range(20):  # others write meanwhile, on SQLite's one lock too
            engine.publish_message("m", by=ADMIN)
            sleep(0.01)
        assert not polled.done()
        engine.start(process_id="work", by=ADMIN)
        found = polled.result(20)
    [job] = found.json["jobs"]
    again = app.test_client().post("/v2/jobs/activation", json=asked, headers=KEY)
    assert [one["jobKey"] for one in again.json["jobs"]] == [job["jobKey"]]
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_long_poll_under_a_key_that_finds_nothing_says_so_when_its_time_is_up(app: Flask) -> None:
    asked = {**POLL, "requestTimeout": 300}
    begun = monotonic()
    for _ in range(2):
        assert app.test_client().post("/v2/jobs/activation", json=asked, headers=KEY).json == {"jobs": []}
    assert 0.3 <= monotonic() - begun < 20
