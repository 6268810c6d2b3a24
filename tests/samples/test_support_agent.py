"""The sample goes as its `expected.json` says, with the model and the people scripted and everything else real."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bpmn

SAMPLE = Path(__file__).parents[2] / "samples" / "support-agent"


def loaded() -> ModuleType:
    spec = util.spec_from_file_location("support_agent_run", SAMPLE / "run.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


run = loaded()


@pytest.mark.parametrize("case", run.cases(), ids=lambda case: case["case"])
def test_each_mail_goes_the_way_that_is_expected(case: dict[str, Any], tmp_path: Path) -> None:
    assert run.play(case, tmp_path) == run.expected(case)


def test_the_diagram_has_neither_errors_nor_warnings() -> None:
    model = bpmn.read((SAMPLE / "support-agent.bpmn").read_bytes())
    assert not [finding for finding in bpmn.check(model) if finding.severity != "info"]
