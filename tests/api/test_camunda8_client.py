"""Camunda's own client for the Orchestration Cluster API, call by call, against a live server (`make e2e`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.api.test_camunda8_reading import DMN, MESSAGE, WAITING
from tests.api.test_camunda8_sdk import address, sdk
from tests.support.diagrams import chain, diagram, service

pytestmark = pytest.mark.e2e

__all__ = ["address", "sdk"]

SCRIPT = Path(__file__).with_name("camunda8_client.mjs")
FORM = '{"type": "default", "id": "ask", "schemaVersion": 16, "components": []}'
ASK = '<bpmn:extensionElements>{}<zeebe:formDefinition formId="ask"/></bpmn:extensionElements>'
START = f'<bpmn:startEvent id="s">{ASK.format("")}</bpmn:startEvent>'
CHECK = f'<bpmn:userTask id="check">{ASK.format("<zeebe:userTask/>")}</bpmn:userTask>'
RULE = """<bpmn:businessRuleTask id="rule"><bpmn:extensionElements>
<zeebe:calledDecision decisionId="level" resultVariable="level"/>
<zeebe:ioMapping><zeebe:input source="=20" target="amount"/></zeebe:ioMapping></bpmn:extensionElements>
</bpmn:businessRuleTask>"""


def test_every_call_of_the_client_is_answered(sdk: Path, address: str) -> None:
    body = START + RULE + service("work", "crm:1") + WAITING + CHECK + '<bpmn:endEvent id="e"/>'
    process = diagram(body, chain("s", "rule", "work", "wait", "check", "e"), roots=MESSAGE)
    files = {"p.bpmn": process.decode(), "levels.dmn": DMN.decode(), "ask.form": FORM}
    ran = subprocess.run(
        ["node", str(SCRIPT), f"{address}/v2", str(sdk)],
        input=json.dumps(files),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said["failed"] == {}
    assert len(said["done"]) > 50
