"""Separated duties hold by every way to a task: both APIs, the page, outside agents, passwords and API tokens."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.auth import hash_password, new_token, token_digest
from api.settings import Settings
from engine.actors import Role
from engine.engine import Engine, NamedFile
from engine.queries import TaskFilter
from engine.states import TaskState
from tests.api.callers import ROOT
from tests.engine.support import end, line, start
from tests.engine.test_separation import asked


def _use(tool: str, **arguments: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


PASSWORD = "correct horse battery staple"
Asked = Callable[[FlaskClient, int], Any]
WAYS: dict[str, Asked] = {
    "claim": lambda client, key: client.post(f"/api/v1/tasks/{key}/claim"),
    "complete": lambda client, key: client.post(f"/api/v1/tasks/{key}/complete", json={}),
    "approve": lambda client, key: client.post(f"/api/v1/approvals/{key}", json={"decision": "approve"}),
    "delegate": lambda client, key: client.post(f"/api/v1/tasks/{key}/delegate", json={"to": "bob"}),
    "page": lambda client, key: client.post(f"/tasks/{key}", data={"decision": "approve"}),
    "outside agent": lambda client, key: client.post("/mcp", json=_use("complete_task", task_key=str(key))),
    "Camunda 8 assign": lambda client, key: client.post(f"/v2/user-tasks/{key}/assignment", json={"assignee": "anna"}),
    "Camunda 8 complete": lambda client, key: client.post(f"/v2/user-tasks/{key}/completion", json={}),
}


@pytest.fixture
def task(engine: Engine) -> int:
    """A task that anna prepared, with a password and an API token; she is an administrator."""
    nodes = (start(), asked("prepare"), asked("approve", notBy="prepare"), end())
    engine.deploy([NamedFile("p.bpmn", line("p", *nodes).encode())], by=ROOT)
    roles = [Role.ADMIN]
    engine.save_user("anna", by=ROOT, password_hash=hash_password(PASSWORD), groups=["accounting"], roles=roles)
    engine.start(process_id="p", by=ROOT)
    client = people(engine)["password"]
    assert client.post(f"/api/v1/tasks/{open_task(engine)}/complete", json={}).status_code == 200
    return open_task(engine)


def open_task(engine: Engine) -> int:
    (found,) = engine.queries.tasks(TaskFilter(state=TaskState.CREATED)).items
    return found.key


def people(engine: Engine) -> dict[str, FlaskClient]:
    """Anna, by password and by token."""
    token = new_token()
    engine.create_token("anna", by=ROOT, token_hash=token_digest(token), name="script")
    basic = base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
    clients = {}
    for way, header in (("password", f"Basic {basic}"), ("token", f"Bearer {token}")):
        client = create_app(Settings(auth="basic"), engine).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = header
        clients[way] = client
    return clients


def test_no_way_to_a_task_forgets_who_prepared_it(engine: Engine, task: int) -> None:
    for credentials, client in people(engine).items():
        for name, ask in WAYS.items():
            answer = ask(client, task)
            assert answer.status_code == (200 if name == "outside agent" else 403), (name, credentials, answer.text)
            assert "anna completed" in answer.text, (name, credentials)
    assert open_task(engine) == task


def test_lists_do_not_offer_it_by_any_api(engine: Engine, task: int) -> None:
    client = people(engine)["password"]
    assert client.get("/api/v1/approvals").json["items"] == []
    assert client.get("/api/v1/tasks?mine=true").json["items"] == []
    assert [one["key"] for one in client.get("/api/v1/tasks").json["items"]] == [str(task)]  # she sees to all of them
