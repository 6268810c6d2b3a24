"""The run script of a sample, as a module."""

from __future__ import annotations

import json
import re
import sys
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples"


def loaded(sample: str) -> ModuleType:
    """`run.py` of the sample's folder."""
    name = f"{sample.replace('-', '_')}_run"
    spec = util.spec_from_file_location(name, SAMPLES / sample / "run.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def cases_of(sample: Path) -> list[dict[str, Any]]:
    """What `expected.json` of a sample holds."""
    found: list[dict[str, Any]] = json.loads((sample / "expected.json").read_text(encoding="utf-8"))
    return found


def assert_is_tidy(sample: Path) -> None:
    """A sample's files have neither errors nor warnings, and everything in its diagrams is drawn."""
    from click.testing import CliRunner

    from api.cli import main

    result = CliRunner().invoke(main, ["check", "--strict", str(sample)])
    assert result.exit_code == 0, result.output
    for file in sample.glob("*.bpmn"):
        source = file.read_text(encoding="utf-8")
        drawn = set(re.findall(r'bpmnElement="([^"]+)"', source))
        named = set(re.findall(r'<bpmn:(?:\w+(?:Task|Event|Gateway|Process)|sequenceFlow) id="([^"]+)"', source))
        assert named
        assert named <= drawn
