"""The table of stand-ins names the types of jobs that files really become."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.dialects.stand_ins import STAND_INS
from tests.support.diagrams import chain, diagram

_SPACES = b"xmlns:flowable='http://flowable.org/bpmn' xmlns:drools='http://www.jboss.org/drools' xmlns:bpmn="


@pytest.mark.parametrize(
    ("job", "task"),
    [
        ("camel", "serviceTask flowable:type='camel'"),
        ("mule", "serviceTask flowable:type='mule'"),
        ("case", "serviceTask flowable:type='case' flowable:caseDefinitionKey='c'"),
        ("rules", "businessRuleTask flowable:ruleVariablesInput='${a}'"),
        ("web-service", "serviceTask flowable:async='false' implementation='##WebService' operationRef='o'"),
        ("send-event", "serviceTask flowable:type='send-event'"),
        ("rules", "businessRuleTask drools:ruleFlowGroup='g'"),
    ],
)
def test_what_another_product_does_is_a_job_of_a_type_in_the_table(job: str, task: str) -> None:
    text = diagram(f"<bpmn:startEvent id='s'/><bpmn:{task} id='x'/>", chain("s", "x"), dialect="plain")
    node = bpmn.read(text.replace(b"xmlns:bpmn=", _SPACES, 1)).processes[0].by_id["x"]
    assert node.job is not None
    assert node.job.type.text == job
    assert any(f"`{job}`" in one.job for one in STAND_INS)
