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


def loaded(sample: str, module: str = "run") -> ModuleType:
    """`run.py` of the sample's folder, or another script there."""
    name = f"{sample.replace('-', '_')}_{module}"
    spec = util.spec_from_file_location(name, SAMPLES / sample / f"{module}.py")
    assert spec
    assert spec.loader
    script = util.module_from_spec(spec)
    sys.modules[name] = script  # dataclasses look their module up
    spec.loader.exec_module(script)
    return script


def cases_of(sample: Path) -> list[dict[str, Any]]:
    """What `expected.json` of a sample holds."""
    found: list[dict[str, Any]] = json.loads((sample / "expected.json").read_text(encoding="utf-8"))
    return found


def assert_is_tidy(sample: Path) -> None:
    """A sample's files have neither errors nor warnings, and everything in its diagrams is drawn."""
    from click.testing import CliRunner

    from api.cli import main

    result = CliRunner().invoke(main, ["check", "--json", str(sample)])
    told = json.loads(result.stdout)["findings"]
    assert [one for one in told if one["severity"] != "info"] == []
    for file in sample.glob("*.bpmn"):
        source = file.read_text(encoding="utf-8")
        drawn = set(re.findall(r'bpmnElement="([^"]+)"', source))
        named = set(re.findall(r'<bpmn:(?:\w+(?:Task|Event|Gateway|Process)|sequenceFlow) id="([^"]+)"', source))
        assert named
        assert named <= drawn
