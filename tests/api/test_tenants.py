"""Tenants over HTTP: every route against a stranger, to whom another tenant's things are not there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.access import sees_enough
from api.app import create_app
from api.auth import token_digest
from api.settings import Settings
from engine import operations
from engine.actors import Actor, Role
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.queries import IncidentFilter, InstanceFilter, TaskFilter
from engine.states import TaskState
from engine.store.elements import ElementInstance
from engine.tenants import MemberKind
from tests.api.callers import ROOT, upload
from tests.engine.support import catch_message, document, end, line, message, process, service, start, user

ACME, BOLT = (Actor("ann", roles=frozenset(Role), tenants=frozenset({one})) for one in ("acme", "bolt"))
SECRET = "kryptonite"  # in every name and value of acme's
FORM = json.dumps({"id": SECRET, "type": "default", "components": [{"key": SECRET, "type": "textfield"}]})
DECISION = f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{SECRET}" name="d" namespace="n">
<decision id="{SECRET}" name="{SECRET}"><variable name="x"/>
<literalExpression><text>1</text></literalExpression></decision></definitions>"""
DIAGRAM = line(
    SECRET,
    start(),
    service("work", f"{SECRET}-type", retries=1),
    user("look", inner=f'<zeebe:formDefinition formId="{SECRET}"/>'),
    catch_message("wait", "go"),
    end(),
    roots=message("go", SECRET, "=orderId"),
)
NOBODY = 4711  # a key that nothing has

# What is asked for in the body, where an empty one would be refused before anything is looked for.
BODIES: dict[str, Any] = {
    "instances.start": {"process_key": "{definition}"},
    "instances.set_variables": {"variables": {"a": 1}},
    "repairs.modify": {"changes": [{"do": "activate", "element_id": "look"}]},
    "repairs.migrate": {"process_key": "{definition}"},
    "repairs.restart": {"process_key": "{definition}"},
    "batches.create": {"operation": {"do": "cancel"}, "instances": {"process_id": SECRET}},
    "tasks.update": {"changeset": {"priority": 1}},
    "tasks.assign": {"assignee": "bob"},
    "tasks.delegate": {"to": "anna"},
    "tasks.comment": {"text": "hello"},
    "approvals.decide": {"decision": "approve"},
    "past.hold": {"reason": "r"},
    "messages.publish": {"name": SECRET, "correlation_key": "1"},
    "signals.broadcast": {"name": "alarm"},
    "camunda8.start": {"processDefinitionKey": "{definition}"},
    "camunda8.modify": {"activateInstructions": [{"elementId": "look"}]},
    "camunda8.migrate": {"targetProcessDefinitionKey": "{definition}", "mappingInstructions": []},
    "camunda8.broadcast_signal": {"signalName": "alarm"},
    "camunda8.evaluate_conditionals": {"variables": {}, "processDefinitionKey": "{definition}"},
    "camunda8.activate": {"elements": [{"elementId": "look"}]},
    "camunda8.activate_jobs": {
        "type": f"{SECRET}-type",
        "timeout": 60000,
        "maxJobsToActivate": 9,
        "requestTimeout": -1,
    },
    "camunda8.throw_job_error": {"errorCode": "e"},
    "camunda8.update_job": {"changeset": {"retries": 3}},
    "camunda8.assign_task": {"assignee": "bob"},
    "camunda8.update_task": {"changeset": {"priority": 1}},
    "camunda8.set_scope_variables": {"variables": {"a": 1}},
    "camunda8.evaluate_decision": {"decisionDefinitionKey": "{decision}", "variables": {}},
    "camunda8.publish_message": {"name": SECRET, "correlationKey": "1"},
    "camunda8.correlate_message": {"name": SECRET, "correlationKey": "1"},
    "camunda7.message": {"messageName": SECRET, "processInstanceId": "{instance}"},
    "camunda7.condition": {"processDefinitionId": "{definition}"},
    "camunda7.suspend_batch": {"suspended": True},
    "camunda7.history_time_to_live": {"historyTimeToLive": 1},
}
# Whose key stands in an address, by the name of its part; in Camunda 8's, by what comes before it.
NOUNS = {
    "deployment_key": "deployment",
    "process_key": "definition",
    "instance_key": "instance",
    "batch_key": "batch",
    "element_key": "element",
    "task_key": "task",
    "incident_key": "incident",
    "job_key": "job",
    "definition_id": "definition",
    "instance_id": "instance",
    "batch_id": "batch",
    "process-instances": "instance",
    "batch-operations": "batch",
    "ad-hoc-activities": "element",
    "element-instances": "element",
    "incidents": "incident",
    "variables": "variable",
    "process-definitions": "definition",
    "forms": "form",
    "decision-definitions": "decision",
    "decision-requirements": "requirements",
    "process_id": "process",
    "tenant_id": "tenant",
}
PART = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture
def keys(engine: Engine) -> dict[str, str]:
    """A case of acme's with everything that can be asked for."""
    engine.add_tenant("acme", by=ROOT)
    engine.add_tenant("bolt", by=ROOT)
    files = [("a.bpmn", DIAGRAM), ("a.form", FORM), ("a.dmn", DECISION)]
    deployed = engine.deploy([NamedFile(name, text.encode()) for name, text in files], by=ACME)
    given = {SECRET: SECRET, "orderId": "1"}
    case, other = (engine.start(process_id=SECRET, variables=given, business_key=SECRET, by=ACME) for _ in range(2))
    jobs = engine.claim_jobs(worker=SECRET, types=[f"{SECRET}-type"], limit=2)
    engine.fail_job(jobs[0].key, worker=SECRET, message=SECRET, retries=0)
    engine.complete_job(jobs[1].key, worker=SECRET)
    [task] = engine.queries.tasks(TaskFilter(state=TaskState.CREATED))
    [incident] = engine.queries.incidents(IncidentFilter())
    elements: list[ElementInstance] = list(engine.queries.elements(case.key))
    engine.hold(case.key, reason=SECRET, by=ACME)
    engine.comment_task(task.key, SECRET, by=ACME)
    batch = engine.create_batch(operations.CancelInstances(), InstanceFilter(process_id=SECRET), by=ACME)
    client = create_app(Settings(), engine, actor=ACME).test_client()
    [variable, *_] = client.post("/v2/variables/search", json={}).json["items"]
    assert other.tenant_id == "acme"
    return {
        "deployment": str(deployed.key),
        "definition": str(deployed.processes[0].key),
        "form": str(deployed.forms[0].key),
        "decision": str(deployed.decisions[0].key),
        "requirements": str(deployed.requirements[0].key),
        "instance": str(case.key),
        "element": str(elements[-1].key),
        "job": str(jobs[0].key),
        "task": str(task.key),
        "incident": str(incident.key),
        "batch": str(batch.key),
        "variable": variable["variableKey"],
        "process": SECRET,
        "tenant": "acme",
    }


def noun_of(rule: str, name: str) -> str:
    before = rule.split("<")[0].rstrip("/").rsplit("/", 1)[-1]
    return NOUNS.get(name) or NOUNS.get(before, "")


def asked(client: FlaskClient, rule: Any, method: str, values: dict[str, str]) -> Any:
    address = PART.sub(lambda part: values.get(noun_of(rule.rule, part[1]), "1"), rule.rule)
    body = json.dumps(BODIES.get(rule.endpoint, {}))
    for name, key in values.items():
        body = body.replace(f"{{{name}}}", key)
    return client.open(address, method=method, json=None if method in ("GET", "DELETE") else json.loads(body))


def routes(app: Flask) -> list[tuple[Any, str]]:
    rules = [
        rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(("health", "docs", "pages.asset"))
    ]
    return [
        (rule, method) for rule in rules for method in sorted(rule.methods or ()) if method not in ("HEAD", "OPTIONS")
    ]


def test_for_a_stranger_every_route_answers_as_if_nothing_were_there(
    app: Flask, engine: Engine, keys: dict[str, str]
) -> None:
    """The same answer, word for word, as for keys that nothing has; and no word of acme's in any of them."""
    client = create_app(Settings(), engine, actor=BOLT).test_client()
    nothing = {name: str(NOBODY) for name in keys} | {"process": "nothing", "tenant": "nothing"}
    wrong = []
    for rule, method in routes(app):
        foreign, missing = asked(client, rule, method, keys), asked(client, rule, method, nothing)
        said, expected = foreign.get_data(as_text=True), missing.get_data(as_text=True)
        for name, key in keys.items():
            said = said.replace(key, nothing[name])
        is_told = SECRET in said or "acme" in said or foreign.status_code != missing.status_code
        is_one = any(noun_of(rule.rule, one) for one in PART.findall(rule.rule))
        if is_told or (is_one and not (plain(said) == plain(expected) and is_nothing(foreign))):
            wrong.append((method, rule.rule, foreign.status_code, said[:200], missing.status_code, expected[:200]))
    assert not wrong


def plain(text: str) -> str:
    """Without times and new keys."""
    return re.sub(r"\d{6,}|[0-9TZ:.+-]{19,}", "", text)


def is_nothing(answer: Any) -> bool:
    """Whether an answer about one thing says that it is not there, or closed to them, or shows an empty list."""
    return answer.status_code in (403, 404) or not next(iter(answer.json.values()))


def test_the_table_of_bodies_asks_for_what_is_there(app: Flask, engine: Engine, keys: dict[str, str]) -> None:
    """For who belongs to the tenant, the same requests find something: none is refused for what it says of itself."""
    client = create_app(Settings(), engine, actor=ACME).test_client()
    looks = {"GET", "POST"}
    missed = []
    for rule, method in routes(app):
        parts = PART.findall(rule.rule)
        if method not in looks or not parts or not all(noun_of(rule.rule, one) for one in parts):
            continue
        if method == "POST" and "search" not in rule.rule:
            continue  # what it does, it would do to the case that the others look at
        answer = asked(client, rule, method, keys)
        if answer.status_code not in (200, 204) and sees_enough(ACME, rule.endpoint):
            missed.append((method, rule.rule, answer.status_code, answer.get_data(as_text=True)[:150]))
    assert not missed


def test_whoever_sees_some_tenants_is_kept_from_what_tells_of_all(engine: Engine, keys: dict[str, str]) -> None:
    client = create_app(Settings(), engine, actor=BOLT).test_client()
    for address in ("/metrics", "/api/v1/users", "/api/v1/tokens", "/api/v1/audit/verify", "/api/v1/calibrations"):
        answer = client.get(address)
        assert (answer.status_code, "all tenants" in answer.get_data(as_text=True)) == (403, True), address
    assert client.post("/api/v1/users", json={"id": "x"}).status_code == 403
    assert client.get("/api/v1/audit").json["items"] == []
    assert client.get("/api/v1/me").json["tenants"] == ["bolt"]
    assert [one["id"] for one in client.get("/api/v1/tenants").json["items"]] == ["bolt"]


@pytest.fixture
def signed_in(engine: Engine) -> Callable[..., FlaskClient]:
    """Somebody with a token, who belongs to these tenants."""
    client = create_app(Settings(auth="basic"), engine).test_client()

    def sign_in(*tenants: str, roles: tuple[Role, ...] = tuple(Role)[:-1]) -> FlaskClient:
        engine.save_user("ann", roles=roles, by=ROOT)
        for one in tenants:
            engine.add_tenant_member(one, MemberKind.USER, "ann", by=ROOT)
        engine.create_token("ann", token_hash=token_digest("t"), by=ROOT)
        client.environ_base["HTTP_AUTHORIZATION"] = "Bearer t"
        return client

    return sign_in


def test_a_house_without_tenants_notices_nothing(engine: Engine, signed_in: Callable[..., FlaskClient]) -> None:
    client = signed_in()
    assert client.get("/api/v1/me").json["tenants"] is None
    assert client.get("/metrics").status_code == 200
    assert upload(client, ("a.bpmn", line("p", start(), end()).encode())).json["tenant_id"] == "<default>"
    assert client.post("/api/v1/instances", json={"process_id": "p"}).json["tenant_id"] == "<default>"
    assert [one["id"] for one in client.get("/api/v1/tenants").json["items"]] == ["<default>"]


def test_tenants_are_made_and_filled_over_http(client: FlaskClient) -> None:
    made = client.post("/api/v1/tenants", json={"id": "acme", "name": "Acme Ltd."})
    assert (made.status_code, made.json["name"]) == (201, "Acme Ltd.")
    assert client.post("/api/v1/tenants", json={"id": "acme"}).status_code == 409
    assert client.post("/api/v1/tenants", json={"id": "no spaces"}).status_code == 422
    member = {"kind": "group", "member": "sales"}
    assert client.post("/api/v1/tenants/acme/members", json=member).json["groups"] == ["sales"]
    assert client.post("/api/v1/tenants/acme/members/removal", json=member).json["groups"] == []
    assert client.post("/api/v1/tenants/acme/members/removal", json=member).status_code == 404
    assert client.delete("/api/v1/tenants/acme").status_code == 204
    assert client.delete("/api/v1/tenants/acme").status_code == 404


def test_who_belongs_to_a_tenant_works_in_it_without_naming_it(
    engine: Engine, signed_in: Callable[..., FlaskClient]
) -> None:
    for one in ("acme", "bolt"):
        engine.add_tenant(one, by=ROOT)
    client = signed_in("acme")
    diagram = line("p", start(), user("look"), end()).encode()
    assert upload(client, ("a.bpmn", diagram)).json["tenant_id"] == "acme"
    assert upload(client, ("a.bpmn", diagram), path="/api/v1/deployments?tenant_id=bolt").status_code == 404
    started = client.post("/api/v1/instances", json={"process_id": "p"}).json
    assert started["tenant_id"] == "acme"
    assert client.get(f"/api/v1/instances?tenant_id={started['tenant_id']}").json["items"][0]["key"] == started["key"]
    assert client.get("/api/v1/instances?tenant_id=bolt").json["items"] == []
    engine.add_tenant_member("bolt", MemberKind.USER, "ann", by=ROOT)
    refused = client.post("/api/v1/instances", json={"process_id": "p"})
    assert (refused.status_code, "acme, bolt" in refused.json["detail"]) == (422, True)
    assert client.post("/api/v1/instances", json={"process_id": "p", "tenant_id": "acme"}).status_code == 201


def test_camunda_8s_clients_name_tenants(engine: Engine) -> None:
    for one in ("acme", "bolt"):
        engine.add_tenant(one, by=ROOT)
    client = create_app(Settings(), engine).test_client()
    diagram = line("p", start(), service("work"), catch_message("wait", "go"), end(), roots=message("go", "go", "=1"))
    for one in ("acme", "bolt", "<default>"):
        sent = upload(client, ("a.bpmn", diagram.encode()), path="/v2/deployments", tenantId=one)
        [deployed] = sent.json["deployments"]
        assert (sent.json["tenantId"], deployed["processDefinition"]["tenantId"]) == (one, one)
        assert deployed["processDefinition"]["processDefinitionVersion"] == 1
    assert upload(client, ("a.bpmn", diagram.encode()), path="/v2/deployments", tenantId="x").status_code == 400
    begin = {"processDefinitionId": "p", "tenantId": "acme"}
    assert client.post("/v2/process-instances", json=begin).json["tenantId"] == "acme"
    assert client.post("/v2/process-instances", json=begin | {"tenantId": "x"}).status_code == 400
    for tenants, count in ((["bolt"], 0), (["acme"], 1)):
        asked_for = {
            "type": "work",
            "timeout": 1000,
            "maxJobsToActivate": 5,
            "requestTimeout": -1,
            "tenantIds": tenants,
        }
        jobs = client.post("/v2/jobs/activation", json=asked_for).json["jobs"]
        assert [job["tenantId"] for job in jobs] == ["acme"] * count
    assert client.post(f"/v2/jobs/{jobs[0]['jobKey']}/completion", json={}).status_code == 204
    for tenant, status in (("bolt", 404), ("acme", 200)):
        told = {"name": "go", "correlationKey": "1", "tenantId": tenant}
        assert client.post("/v2/messages/correlation", json=told).status_code == status
    for noun in ("process-instances", "process-definitions", "jobs", "element-instances", "message-subscriptions"):
        found = client.post(f"/v2/{noun}/search", json={"filter": {"tenantId": "acme"}}).json["items"]
        assert {one["tenantId"] for one in found} <= {"acme"}
        assert len(found) > 0 or noun == "message-subscriptions"
    assert client.post("/v2/signals/broadcast", json={"signalName": "s", "tenantId": "bolt"}).json["tenantId"] == "bolt"


def test_camunda_7s_clients_name_tenants(engine: Engine) -> None:
    engine.add_tenant("acme", by=ROOT)
    client = create_app(Settings(), engine).test_client()
    text = document(
        process("p", start(), ("look", '<bpmn:userTask id="look">%s</bpmn:userTask>'), end()),
        platform="Camunda Platform",
        version="7.20.0",
    ).encode()
    address = "/engine-rest/process-definition/key/p"
    answer = upload(client, ("a.bpmn", text), path="/engine-rest/deployment/create", **{"tenant-id": "acme"})
    assert answer.json["tenantId"] == "acme"
    assert {one["tenantId"] for one in answer.json["deployedProcessDefinitions"].values()} == {"acme"}
    assert client.post(f"{address}/start", json={}).status_code == 404
    assert client.post(f"{address}/tenant-id/acme/start", json={}).json["tenantId"] == "acme"
    assert client.post(f"{address}/tenant-id/other/start", json={}).status_code == 404
    assert upload(client, ("a.bpmn", text), path="/engine-rest/deployment/create").json["tenantId"] is None
    assert client.post(f"{address}/start", json={}).json["tenantId"] is None
    for said in ({"tenantId": "acme"}, {"withoutTenantId": True}):
        assert client.post("/engine-rest/signal", json={"name": "s", **said}).status_code == 204
