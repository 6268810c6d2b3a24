"""What Camunda 8's clients look at: instances, elements, variables, incidents, definitions, decisions, messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.callers import upload
from tests.api.test_camunda8_jobs import WORK, activate, begin, state
from tests.support.diagrams import chain, diagram

BODY = "<bpmn:scriptTask id='{0}'><bpmn:extensionElements><zeebe:script expression='{1}' resultVariable='{2}'/>"
SCRIPT = BODY + "</bpmn:extensionElements></bpmn:scriptTask>"
FAILING = '<bpmn:exclusiveGateway id="which"/><bpmn:task id="never"/>'
WAITING = """<bpmn:receiveTask id="wait" name="Wait" messageRef="m"/>"""
MESSAGE = """<bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=order"/>
</bpmn:extensionElements></bpmn:message>"""
DMN = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="levels" name="Levels" namespace="n">
<decision id="level" name="Level"><decisionTable id="t" hitPolicy="UNIQUE">
<input id="i1" label="amount"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
<output id="o1" name="level" typeRef="string"/>
<rule id="r1"><inputEntry id="a"><text>&lt; 100</text></inputEntry><outputEntry id="b"><text>"low"</text></outputEntry>
</rule><rule id="r2"><inputEntry id="c"><text>&gt;= 50</text></inputEntry><outputEntry id="d"><text>"high"</text>
</outputEntry></rule></decisionTable></decision></definitions>"""


def search(client: FlaskClient, noun: str, **body: Any) -> list[dict[str, Any]]:
    answer = client.post(f"/v2/{noun}/search", json=body)
    assert answer.status_code == 200, answer.text
    assert set(answer.json["page"]) == {"totalItems", "hasMoreTotalItems", "startCursor", "endCursor"}
    return list(answer.json["items"])


def keys(client: FlaskClient, **filter: Any) -> list[str]:
    return [one["processInstanceKey"] for one in search(client, "process-instances", filter=filter)]


def test_instances_are_found_by_their_facts_their_elements_and_their_variables(client: FlaskClient) -> None:
    first = begin(client, WORK, "work", amount=5)
    second = begin(client, WORK, "work", amount=50)
    assert keys(client) == [first, second]
    assert keys(client, processInstanceKey={"$in": [second]}) == [second]
    assert keys(client, state="active", processDefinitionId={"$like": "p*"}) == [first, second]
    assert keys(client, variables=[{"name": "amount", "value": "50"}]) == [second]
    assert keys(client, elementId="work", elementInstanceState="ACTIVE") == [first, second]
    assert keys(client, elementId="s", elementInstanceState="ACTIVE") == []
    assert keys(client, **{"$or": [{"processInstanceKey": first}, {"state": "COMPLETED"}]}) == [first]
    assert keys(client, processDefinitionVersionTag={"$exists": False}) == []
    assert keys(client, tenantId="<default>", hasIncident=False, startDate={"$gt": "2000-01-01T00:00:00Z"})
    newest = search(client, "process-instances", sort=[{"field": "processInstanceKey", "order": "DESC"}])
    assert newest[0]["processInstanceKey"] == second
    assert [one["processInstanceKey"] for one in search(client, "process-instances", page={"limit": 1, "from": 1})] == [
        second
    ]


def test_one_instance_is_shown_whole_and_canceled(client: FlaskClient) -> None:
    key = begin(client, WORK, "work")
    shown = client.get(f"/v2/process-instances/{key}").json
    assert (shown["processDefinitionId"], shown["state"], shown["hasIncident"]) == ("p", "ACTIVE", False)
    assert (shown["parentProcessInstanceKey"], shown["rootProcessInstanceKey"], shown["endDate"]) == (None, key, None)
    assert client.post(f"/v2/process-instances/{key}/cancellation").status_code == 204
    assert client.get(f"/v2/process-instances/{key}").json["state"] == "TERMINATED"
    again = client.post(f"/v2/process-instances/{key}/cancellation", json={})
    assert (again.status_code, again.json["title"]) == (409, "INVALID_STATE")
    assert client.get("/v2/process-instances/17").json["title"] == "NOT_FOUND"
    assert client.post("/v2/process-instances/17/cancellation").status_code == 404


def test_a_called_instance_knows_its_line(client: FlaskClient) -> None:
    called = diagram(f'<bpmn:startEvent id="s"/>{WORK}', chain("s", "work"), process_id="child")
    assert upload(client, ("child.bpmn", called)).status_code == 200
    call = """<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="child"/>
</bpmn:extensionElements></bpmn:callActivity>"""
    parent = begin(client, call, "call")
    [child] = keys(client, parentProcessInstanceKey=parent)
    line = client.get(f"/v2/process-instances/{child}/call-hierarchy").json
    assert [one["processInstanceKey"] for one in line] == [parent, child]
    assert client.post(f"/v2/process-instances/{child}/cancellation").json["title"] == "INVALID_STATE"


def test_elements_flows_and_figures_tell_where_an_instance_has_been(client: FlaskClient) -> None:
    key = begin(client, SCRIPT.format("calc", "=1+1", "n") + WORK, "calc", "work")
    found = search(client, "element-instances", filter={"processInstanceKey": key})
    assert [(one["elementId"], one["type"], one["state"]) for one in found] == [
        ("s", "START_EVENT", "COMPLETED"),
        ("calc", "SCRIPT_TASK", "COMPLETED"),
        ("work", "SERVICE_TASK", "ACTIVE"),
    ]
    assert client.get(f"/v2/element-instances/{found[2]['elementInstanceKey']}").json == found[2]
    assert search(client, "element-instances", filter={"type": "script_task", "state": "completed"}) == [found[1]]
    assert search(client, "element-instances", filter={"hasIncident": True}) == []
    figures = client.get(f"/v2/process-instances/{key}/statistics/element-instances").json["items"]
    assert {"elementId": "work", "active": 1, "canceled": 0, "incidents": 0, "completed": 0} in figures
    definition = found[0]["processDefinitionKey"]
    begin(client, WORK, "work")
    over_all = client.post(f"/v2/process-definitions/{definition}/statistics/element-instances", json={"filter": {}})
    assert [one["active"] for one in over_all.json["items"] if one["elementId"] == "work"] == [1]
    flows = client.get(f"/v2/process-instances/{key}/sequence-flows").json["items"]
    assert sorted(one["elementId"] for one in flows) == ["f0", "f1"]


def test_variables_are_found_shown_whole_and_set(client: FlaskClient) -> None:
    key = begin(client, WORK, "work", amount=5, text="x" * 9000)
    found = {one["name"]: one for one in search(client, "variables", filter={"processInstanceKey": key})}
    assert (found["amount"]["value"], found["amount"]["scopeKey"]) == ("5", key)
    assert (found["text"]["isTruncated"], len(found["text"]["value"])) == (True, 8191)
    assert search(client, "variables", filter={"isTruncated": True}) == [found["text"]]
    assert search(client, "variables", filter={"name": {"$like": "am*"}, "value": "5"}) == [found["amount"]]
    whole = client.get(f"/v2/variables/{found['text']['variableKey']}").json
    assert len(json.loads(whole["value"])) == 9000
    assert search(client, "variables", filter={"variableKey": found["text"]["variableKey"]}) == [found["text"]]
    work = search(client, "element-instances", filter={"elementId": "work"})[0]["elementInstanceKey"]
    assert client.put(f"/v2/element-instances/{work}/variables", json={"variables": {"amount": 6}}).status_code == 204
    local = {"variables": {"amount": 7}, "local": True}
    assert client.put(f"/v2/element-instances/{work}/variables", json=local).status_code == 204
    assert client.put(f"/v2/element-instances/{key}/variables", json={"variables": {"more": 1}}).status_code == 204
    values = {(one["scopeKey"], one["name"]): one["value"] for one in search(client, "variables")}
    assert (values[key, "amount"], values[work, "amount"], values[key, "more"]) == ("6", "7", "1")
    assert client.get("/v2/variables/17").status_code == 404
    assert client.put("/v2/element-instances/17/variables", json=local).status_code == 404


def test_an_incident_is_found_and_resolved_once_its_job_has_retries(client: FlaskClient) -> None:
    key = begin(client, WORK, "work")
    [job] = activate(client)
    client.post(f"/v2/jobs/{job['jobKey']}/failure", json={"retries": 0, "errorMessage": "no stock"})
    [incident] = search(client, f"process-instances/{key}/incidents", filter={"state": "ACTIVE"})
    assert (incident["errorType"], incident["errorMessage"], incident["jobKey"]) == (
        "JOB_NO_RETRIES",
        "no stock",
        job["jobKey"],
    )
    assert client.get(f"/v2/incidents/{incident['incidentKey']}").json == incident
    assert search(client, "incidents", filter={"errorType": "JOB_NO_RETRIES", "elementId": "work"}) == [incident]
    assert search(client, f"element-instances/{incident['elementInstanceKey']}/incidents") == [incident]
    assert keys(client, hasIncident=True, errorMessage={"$like": "*stock"}) == [key]
    assert keys(client, elementId="work", hasElementInstanceIncident=True) == [key]
    held = search(client, "element-instances", filter={"hasIncident": True})
    assert [one["incidentKey"] for one in held] == [incident["incidentKey"]]
    refused = client.post(f"/v2/incidents/{incident['incidentKey']}/resolution")
    assert (refused.status_code, refused.json["title"]) == (409, "INVALID_STATE")
    assert client.patch(f"/v2/jobs/{job['jobKey']}", json={"changeset": {"retries": 1}}).status_code == 204
    assert client.post(f"/v2/incidents/{incident['incidentKey']}/resolution", json={}).status_code == 204
    assert search(client, "incidents", filter={"state": "ACTIVE"}) == []
    assert len(activate(client)) == 1


def test_definitions_are_found_with_their_files_and_start_forms(client: FlaskClient) -> None:
    form = b'{"type": "default", "id": "ask", "schemaVersion": 16, "components": []}'
    start = (
        '<bpmn:startEvent id="s"><bpmn:extensionElements><zeebe:formDefinition formId="ask"/></bpmn:extensionElements>'
    )
    text = diagram(f'{start}</bpmn:startEvent><bpmn:endEvent id="e"/>', chain("s", "e"))
    assert upload(client, ("p.bpmn", text), ("ask.form", form)).status_code == 200
    begin(client, WORK, "work")
    first, second = search(client, "process-definitions")
    assert (first["version"], first["hasStartForm"], second["version"], second["hasStartForm"]) == (1, True, 2, False)
    assert search(client, "process-definitions", filter={"isLatestVersion": True}) == [second]
    assert search(client, "process-definitions", filter={"version": 1, "resourceName": "p.bpmn"}) == [first]
    key = first["processDefinitionKey"]
    assert client.get(f"/v2/process-definitions/{key}").json == first
    assert client.get(f"/v2/process-definitions/{key}/xml").data == text
    shown = client.get(f"/v2/process-definitions/{key}/form").json
    assert (shown["formId"], json.loads(shown["schema"])["id"]) == ("ask", "ask")
    assert client.get(f"/v2/forms/{shown['formKey']}").json == shown
    assert client.get(f"/v2/process-definitions/{second['processDefinitionKey']}/form").status_code == 204
    assert client.get("/v2/process-definitions/17").status_code == 404


def test_decisions_are_found_and_asked(client: FlaskClient) -> None:
    assert upload(client, ("levels.dmn", DMN)).status_code == 200
    [decision] = search(client, "decision-definitions", filter={"isLatestVersion": True, "name": "Level"})
    [requirements] = search(client, "decision-requirements", filter={"decisionRequirementsName": "Levels"})
    assert requirements["decisionRequirementsKey"] == decision["decisionRequirementsKey"]
    key = decision["decisionDefinitionKey"]
    assert client.get(f"/v2/decision-definitions/{key}").json == decision
    assert client.get(f"/v2/decision-definitions/{key}/xml").data == DMN
    for which in ({"decisionDefinitionId": "level"}, {"decisionDefinitionKey": key}):
        answer = client.post("/v2/decision-definitions/evaluation", json={**which, "variables": {"amount": 20}}).json
        assert (answer["output"], answer["failureMessage"], answer["decisionDefinitionKey"]) == ('"low"', None, key)
    [evaluated] = answer["evaluatedDecisions"]
    assert evaluated["evaluatedInputs"] == [{"inputId": "i1", "inputName": "amount", "inputValue": "20"}]
    assert [(one["ruleId"], one["ruleIndex"]) for one in evaluated["matchedRules"]] == [("r1", 1)]
    both = {"decisionDefinitionId": "level", "variables": {"amount": 60}}
    failed = client.post("/v2/decision-definitions/evaluation", json=both)
    assert (failed.status_code, failed.json["failedDecisionDefinitionId"]) == (200, "level")
    assert "r2" in failed.json["failureMessage"] or "UNIQUE" in failed.json["failureMessage"]
    missing = client.post("/v2/decision-definitions/evaluation", json={"decisionDefinitionId": "none"})
    assert (missing.status_code, missing.json["title"]) == (404, "NOT_FOUND")
    assert client.post("/v2/decision-definitions/evaluation", json={}).json["title"] == "INVALID_ARGUMENT"


def test_messages_are_published_correlated_and_waited_for(client: FlaskClient) -> None:
    key = begin(client, WAITING, "wait", roots=MESSAGE, order="a-1")
    [waiting] = search(client, "message-subscriptions", filter={"messageName": "paid"})
    assert (waiting["processInstanceKey"], waiting["correlationKey"], waiting["elementId"]) == (key, "a-1", "wait")
    assert search(client, "message-subscriptions", filter={"messageSubscriptionState": "CORRELATED"}) == []
    nobody = client.post("/v2/messages/correlation", json={"name": "paid", "correlationKey": "other"})
    assert (nobody.status_code, nobody.json["title"]) == (404, "NOT_FOUND")
    done = client.post(
        "/v2/messages/correlation", json={"name": "paid", "correlationKey": "a-1", "variables": {"n": 1}}
    )
    assert done.json["processInstanceKey"] == key
    assert state(client, key) == "completed"
    kept = {"name": "paid", "correlationKey": "a-2", "timeToLive": 60_000, "messageId": "one"}
    assert client.post("/v2/messages/publication", json=kept).json["messageKey"].isdigit()
    again = client.post("/v2/messages/publication", json=kept)
    assert (again.status_code, again.json["title"]) == (409, "ALREADY_EXISTS")
    assert state(client, begin(client, WAITING, "wait", roots=MESSAGE, order="a-2")) == "completed"
    assert client.post("/v2/messages/publication", json={}).json["detail"] == "No name provided."


def test_clients_learn_who_they_are_and_that_no_licence_is_wanted(client: FlaskClient) -> None:
    assert client.get("/v2/status").status_code == 204
    assert client.get("/v2/license").json["validLicense"] is True
    me = client.get("/v2/authentication/me").json
    assert {"username", "displayName", "email", "tenants", "groups", "roles", "salesPlanType"} <= me.keys()


@pytest.mark.parametrize(
    ("noun", "filter"),
    [
        ("process-instances", {"colour": 1}),
        ("process-instances", {"$or": {}}),
        ("process-instances", {"hasElementInstanceIncident": "yes"}),
        ("element-instances", {"type": "TEAPOT"}),
        ("element-instances", {"hasIncident": 1}),
        ("variables", {"isTruncated": "no"}),
        ("variables", {"variableKey": 12}),
        ("incidents", {"state": "LOST"}),
        ("process-definitions", {"isLatestVersion": 1}),
        ("decision-definitions", {"version": "1"}),
        ("message-subscriptions", {"messageSubscriptionType": "OTHER"}),
    ],
    ids=str,
)
def test_a_filter_that_makes_no_sense_is_refused(client: FlaskClient, noun: str, filter: Any) -> None:
    answer = client.post(f"/v2/{noun}/search", json={"filter": filter})
    assert answer.status_code == 400, answer.text
    assert sorted(answer.json) == ["detail", "instance", "status", "title", "type"]


@pytest.mark.parametrize(
    "noun",
    [
        "process-instances element-instances variables incidents process-definitions decision-definitions".split(),
        "decision-requirements message-subscriptions user-tasks jobs".split(),
    ],
    ids=len,
)
def test_a_search_needs_no_body_and_knows_no_unknown_order(client: FlaskClient, noun: list[str]) -> None:
    for one in noun:
        assert client.post(f"/v2/{one}/search").status_code == 200, one
        wrong = client.post(f"/v2/{one}/search", json={"sort": [{"field": "colour"}]})
        assert (wrong.status_code, wrong.json["detail"]) == (400, "Unknown sortBy: colour.")


def test_decisions_that_were_made_are_found_with_what_made_them(client: FlaskClient) -> None:
    assert upload(client, ("levels.dmn", DMN)).status_code == 200
    rule = """<bpmn:businessRuleTask id="rule"><bpmn:extensionElements><zeebe:calledDecision decisionId="level"
resultVariable="level"/></bpmn:extensionElements></bpmn:businessRuleTask>"""
    key = begin(client, rule, "rule", amount=20)
    [made] = search(client, "decision-instances", filter={"processInstanceKey": key, "state": "EVALUATED"})
    assert (made["result"], made["decisionDefinitionVersion"], made["state"]) == ('"low"', 1, "EVALUATED")
    [decision] = search(client, "decision-definitions")
    assert made["decisionDefinitionKey"] == decision["decisionDefinitionKey"]
    whole = client.get(f"/v2/decision-instances/{made['decisionEvaluationInstanceKey']}").json
    assert [one["ruleId"] for one in whole["matchedRules"]] == ["r1"]
    assert search(client, "decision-instances", filter={"decisionDefinitionId": "other"}) == []
    assert client.get("/v2/decision-instances/17").status_code == 404


def test_long_numbers_may_be_texts_as_javascript_sends_them(client: FlaskClient) -> None:
    begin(client, WORK, "work")
    asked = {"type": "crm:1", "timeout": "60000", "maxJobsToActivate": 1, "requestTimeout": "-1"}
    assert len(client.post("/v2/jobs/activation", json=asked).json["jobs"]) == 1
    for wrong in ("soon", "1e3", "99999999999999999999", 1.5):
        assert client.post("/v2/jobs/activation", json={**asked, "timeout": wrong}).status_code == 400
