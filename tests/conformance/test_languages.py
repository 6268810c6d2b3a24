"""The DMN TCK's FEEL cases and Camunda's own, where they lie beside the repository (`../shared/tck`)."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TCK = Path(__file__).resolve().parents[3] / "shared" / "tck"
SUITES = {"feel_dmn": TCK / "feel_cases_dev.jsonl", "feel_camunda": TCK / "camunda-dialect" / "dev.jsonl"}
LEAST = {"feel_dmn": 1.0, "feel_camunda": 1.0}

pytestmark = pytest.mark.skipif(not TCK.is_dir(), reason="the TCK is not beside the repository")


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TCK / "tck_run"))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("languages_adapter")


@pytest.mark.parametrize("suite", SUITES)
def test_the_share_of_passed_cases_does_not_fall(suite: str, adapter: ModuleType) -> None:
    values = sys.modules["tckvalues"]
    evaluator = getattr(adapter, suite)
    cases = [json.loads(line) for line in SUITES[suite].read_text("utf-8").splitlines()]
    cases = [case for case in cases if not case.get("tags")]
    failed = [case["id"] for case in cases if not _passes(case, evaluator, values)]
    assert len(cases) > 900
    assert 1 - len(failed) / len(cases) >= LEAST[suite], failed[:20]


def _passes(case: dict[str, Any], evaluator: Any, values: Any) -> bool:
    failure = sys.modules["tckrun"].EvaluationError
    context = {name: values.decode(value) for name, value in case["context"].items()}
    must_fail = case["error"] and "kind" in case
    try:
        if case.get("kind") == "unary":
            found = evaluator.evaluate_unary(case["expr"], values.decode(case["input"]), context)
        else:
            found = evaluator.evaluate_feel(case["expr"], context)
    except failure:
        return must_fail or case["expected"]["t"] == "null"
    return not must_fail and bool(values.equal(values.decode(case["expected"]), found))
