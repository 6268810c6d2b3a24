"""The run script of a sample, as a module."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path
from types import ModuleType

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
