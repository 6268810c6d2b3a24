"""What a deployment says beside the rules of the diagram itself."""

from __future__ import annotations

import pytest

from connectors.registry import Registry
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.errors import ModelRejected
from engine.store import Store
from tests.engine.support import ANALYST
from tests.support.diagrams import chain, diagram, service


def _file(job_type: str, inner: str = "") -> NamedFile:
    body = '<bpmn:startEvent id="s"/>' + service("t", job_type, inner) + '<bpmn:endEvent id="e"/>'
    return NamedFile("a.bpmn", diagram(body, chain("s", "t", "e")))


@pytest.fixture
def engine(store: Store, clock: FakeClock) -> Engine:
    return Engine(store, clock, Registry(use_entry_points=False))


def test_a_type_of_our_own_that_nobody_serves_is_refused_with_what_was_meant(engine: Engine) -> None:
    with pytest.raises(ModelRejected) as caught:
        engine.deploy([_file("baton:stub-paymnt:1")], by=ANALYST)
    [finding] = caught.value.findings["a.bpmn"]
    assert (finding.rule, finding.element) == ("unknown-job-type", "t")
    assert "'baton:stub-payment:1'" in finding.hint
    assert engine.queries.processes() == []


def test_any_other_type_needs_a_worker_and_deploys(engine: Engine) -> None:
    deployed = engine.deploy([_file("crm:9")], by=ANALYST)
    [finding] = deployed.findings["a.bpmn"]
    assert (finding.severity, finding.rule) == ("warning", "job-type-needs-a-worker")
    assert "'crm:9'" in finding.message


def test_whoever_knows_of_the_worker_waives_the_remark(engine: Engine) -> None:
    waiver = '<zeebe:property name="baton:lint-ignore" value="job-type-needs-a-worker"/>'
    file = _file("crm:9", f"<zeebe:properties>{waiver}</zeebe:properties>")
    assert engine.deploy([file], by=ANALYST).findings == {}


def test_a_served_type_is_no_remark(engine: Engine) -> None:
    assert engine.deploy([_file("baton:stub-payment:1")], by=ANALYST).findings == {}


def test_a_process_id_that_no_start_could_name_is_refused(engine: Engine) -> None:
    body = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
    file = NamedFile("a.bpmn", diagram(body, chain("s", "e"), process_id="p" * 300))
    with pytest.raises(ModelRejected, match="300 characters"):
        engine.deploy([file], by=ANALYST)
