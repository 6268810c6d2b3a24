"""The sample goes as its `expected.json` says, with the model and the people scripted and everything else real."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import bpmn
from tests.samples.playing import SAMPLES, loaded

SAMPLE = SAMPLES / "invoice-approval"
run = loaded("invoice-approval")
CASES: list[dict[str, Any]] = run.cases()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    office = run.office(tmp_path_factory.mktemp("sample"))
    return {case["file"]: office.play(case) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_each_invoice_goes_the_way_that_is_expected(case: dict[str, Any], outcomes: dict[str, Any]) -> None:
    assert outcomes[case["file"]] == run.expected(case)


def test_the_outcomes_show_every_way_through_the_diagram(outcomes: dict[str, Any]) -> None:
    assert {outcome.reading for outcome in outcomes.values()} >= {"accepted", "edited", "rejected"}
    assert {outcome.group for outcome in outcomes.values()} >= {"none", "accounting", "management"}
    assert {outcome.end for outcome in outcomes.values()} >= {"paid", "rejected", "not-an-invoice"}


@pytest.mark.parametrize("case", [case for case in CASES if case.get("truth")], ids=lambda case: case["file"])
def test_what_the_truth_says_is_printed_on_the_invoice(case: dict[str, Any]) -> None:
    text = run.read(case["file"])
    printed = re.sub(r"(?<=\d)[ ',.](?=\d{3}\b)", "", text).replace(",", ".")
    assert case["truth"]["invoiceNumber"] in text
    assert case["truth"]["supplier"] in text
    for name in ("net", "tax", "total"):
        assert f"{case['truth'][name]:.2f}" in printed


def test_the_diagram_has_no_finding_and_a_place_for_everything() -> None:
    source = (SAMPLE / "invoice-approval.bpmn").read_bytes()
    companions = [("decision", "approval-level"), ("form", "invoice-approval")]
    assert bpmn.check(bpmn.read(source), companions=companions) == []
    drawn = set(re.findall(r'bpmnElement="([^"]+)"', source.decode()))
    named = set(re.findall(r"<bpmn:(?:\w+(?:Task|Event|Gateway)|sequenceFlow) id=\"([^\"]+)\"", source.decode()))
    assert named
    assert named <= drawn


def test_the_ai_task_matches_the_element_template() -> None:
    root = SAMPLE.parents[1]
    template = json.loads((root / "connectors" / "templates" / "ai-task.json").read_text(encoding="utf-8"))
    model = bpmn.read((SAMPLE / "invoice-approval.bpmn").read_bytes())
    (task,) = (node for process in model.processes for node in process.nodes if node.id == "Task_ReadInvoice")
    bound = {p["binding"]["name"] for p in template["properties"] if p["binding"]["type"] == "zeebe:input"}
    assert task.template == template["id"]
    assert {mapping.target for mapping in task.inputs} == bound
    assert task.job
    assert task.job.type.text == "baton:ai-task:1"


def test_the_deploy_button_of_the_modeler_takes_all_files(upgraded_sqlite_url: str) -> None:
    from io import BytesIO

    from api.app import create_app
    from api.settings import Settings

    client = create_app(Settings(database_url=upgraded_sqlite_url)).test_client()
    files = [file for file in sorted(SAMPLE.iterdir()) if file.suffix in (".bpmn", ".dmn", ".form", ".yaml")]
    parts = {"tenantId": "<default>", "resources": [(BytesIO(file.read_bytes()), file.name) for file in files]}
    answer = client.post("/v2/deployments", data=parts)
    assert answer.status_code == 200, answer.text
    found = [next(part for part in entry.values() if part) for entry in answer.get_json()["deployments"]]
    assert "approval-level" in [part.get("decisionDefinitionId") for part in found]
    assert "invoice-approval" in [part.get("formId") for part in found]
