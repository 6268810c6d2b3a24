"""The sample goes as its `expected.json` says, with the model and the people scripted and everything else real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bpmn
from tests.samples.playing import SAMPLES, loaded

SAMPLE = SAMPLES / "support-agent"
run = loaded("support-agent")


@pytest.mark.parametrize("case", run.cases(), ids=lambda case: case["case"])
def test_each_mail_goes_the_way_that_is_expected(case: dict[str, Any], tmp_path: Path) -> None:
    assert run.play(case, tmp_path) == run.expected(case)


def test_the_diagram_has_neither_errors_nor_warnings() -> None:
    model = bpmn.read((SAMPLE / "support-agent.bpmn").read_bytes())
    assert not [finding for finding in bpmn.check(model) if finding.severity != "info"]
