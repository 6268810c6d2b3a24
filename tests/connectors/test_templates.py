"""The element templates: what Camunda Modeler shows of our connectors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import Registry
from tests.support import source
from tests.support.books import request
from tests.support.templates import visible

FOLDER = source.ROOT / "connectors" / "templates"
FILES = sorted(FOLDER.glob("*.json"))
VALIDATOR = "@bpmn-io/element-templates-validator"
# Where npm put the validator; not set, the test that needs it is skipped.
MODULES = "BATON_TEST_NODE_MODULES"


def read(file: Path) -> Any:
    return json.loads(file.read_text())


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def template(request: pytest.FixtureRequest) -> Any:
    return read(request.param)


def test_there_is_one_for_each_kind_of_work() -> None:
    kinds = {"ai-task", "ai-task-camunda7", "agent", "classify", "extract", "draft", "decide", "review"}
    assert {file.stem for file in FILES} == kinds


def test_no_two_have_the_same_id() -> None:
    assert len({read(file)["id"] for file in FILES}) == len(FILES)


def test_at_most_eight_properties_are_shown_whatever_is_chosen(template: Any) -> None:
    choices = [{one["id"]: choice["value"]} for one in template["properties"] for choice in one.get("choices", ())] or [
        {}
    ]
    assert max(len(visible(template, chosen)) for chosen in choices) <= 8


def test_every_property_shown_is_explained_and_grouped(template: Any) -> None:
    groups = {group["id"] for group in template["groups"]}
    for one in template["properties"]:
        if one["type"] != "Hidden":
            assert one["label"]
            assert one["description"].endswith(".")
            assert one["group"] in groups


def test_it_has_an_icon_of_its_own_and_fits_the_element_that_it_makes(template: Any) -> None:
    assert template["icon"]["contents"].startswith("data:image/svg+xml,")
    assert template["elementType"]["value"] in ("bpmn:ServiceTask", "bpmn:AdHocSubProcess", "bpmn:UserTask")
    assert template["elementType"]["value"] in template["appliesTo"]


def test_its_job_type_is_served(template: Any) -> None:
    bindings = [(one["binding"], one.get("value")) for one in template["properties"]]
    types = [value for binding, value in bindings if _is_job_type(binding)]
    assert set(types) <= Registry(use_entry_points=False).types()
    assert len(types) == (template["elementType"]["value"] != "bpmn:UserTask")


def _is_job_type(binding: dict[str, str]) -> bool:
    return binding["type"] == "zeebe:taskDefinition" or binding.get("name") == "camunda:topic"


def test_the_one_for_camunda_7_asks_for_the_same_as_that_for_camunda_8() -> None:
    ours, theirs = (
        [(one["id"], one["label"], one["group"]) for one in read(FOLDER / f"{name}.json")["properties"] if "id" in one]
        for name in ("ai-task", "ai-task-camunda7")
    )
    assert ours == theirs


def test_its_inputs_are_those_that_the_ai_task_reads_and_its_defaults_work() -> None:
    from connectors.llm.inputs import Inputs

    properties = read(FOLDER / "ai-task.json")["properties"]
    inputs = {
        one["binding"]["name"]: str(one["value"]) for one in properties if one["binding"]["type"] == "zeebe:input"
    }
    assert set(inputs) == {"prompt", "input", "schema", "models", "minConfidence", "maxCost", "onExhausted"}
    read_in = Inputs.read(request(inputs))
    assert (read_in.min_confidence, read_in.models, read_in.group) == (0.8, ("local/smollm2",), "reviewers")


def test_the_agents_inputs_are_those_that_it_reads_and_its_defaults_work() -> None:
    from connectors.llm.agent.inputs import AgentInputs

    properties = read(FOLDER / "agent.json")["properties"]
    variables: dict[str, Any] = {}
    for one in properties:
        if one["binding"]["type"] == "zeebe:input":
            *path, last = one["binding"]["name"].split(".")
            place = variables
            for name in path:
                place = place.setdefault(name, {})
            place[last] = str(one["value"])
    headers = {
        one["binding"]["key"]: one["value"] for one in properties if one["binding"]["type"] == "zeebe:taskHeader"
    }
    read_in = AgentInputs.read(request(variables, headers=headers))
    assert (read_in.limits.model_calls, str(read_in.limits.cost), read_in.approvers) == (10, "1", "reviewers")
    assert (read_in.user, read_in.is_for_people_when_stopped) == ("=request", False)


@pytest.mark.skipif(
    not shutil.which("node") or not os.environ.get(MODULES), reason=f"needs node, and {MODULES} with {VALIDATOR}"
)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_official_validator_finds_nothing_wrong(file: Path) -> None:
    code = (
        "const { createRequire } = require('module');"
        f"const load = createRequire(process.env.{MODULES} + '/');"
        f"const {{ validate, validateZeebe }} = load('{VALIDATOR}');"
        "const template = JSON.parse(require('fs').readFileSync(process.argv[1]));"
        "const result = template['$schema'].includes('zeebe') ? validateZeebe(template) : validate(template);"
        "console.log(JSON.stringify(result.errors || []));"
    )
    done = subprocess.run(["node", "-e", code, str(file)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
