"""Cases of the languages from outside, run one by one: the folders of the DMN TCK, and FEEL in Camunda's dialect.

The TCK's loader, its comparison and its way of running a case are those of `tck_run`, which lies beside the cases.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEVELS = ("compliance-level-2", "compliance-level-3", "non-compliant")
SECONDS_PER_CASE = 10.0
# Cases that cannot pass here, by their key, with the reason that a reader can check. None are known.
KNOWN_MISSES: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case run. `group` is the row it is counted in, `wants_null` whether an engine without answers passes it."""

    key: str
    level: str
    group: str
    passed: bool
    wants_null: bool
    message: str = ""

    @property
    def is_expected(self) -> bool:
        return self.passed or self.key in KNOWN_MISSES


def runner_of(tck: Path, otherwise: Path) -> Path | None:
    """Where `tck_run` lies: beside the cases, or else at the usual place."""
    return next((place for place in (tck / "tck_run", otherwise / "tck_run") if (place / "tckrun.py").is_file()), None)


def use_runner(runner: Path) -> Any:
    """Put `tck_run` on the path and import the adapter, which speaks its values."""
    for place in (str(Path(__file__).parent), str(runner)):
        if place not in sys.path:
            sys.path.insert(0, place)
    return importlib.import_module("languages_adapter")


def run_tck(tck: Path, adapter: Any, seconds: float = SECONDS_PER_CASE) -> Iterator[Outcome]:
    """Every test case of every level; a case passes when all its result nodes are right."""
    tckload, tckrun = importlib.import_module("tckload"), importlib.import_module("tckrun")
    if seconds:
        tckrun.signal.signal(tckrun.signal.SIGALRM, tckrun._alarm)
    for file in tckload.test_files(tck, LEVELS):
        for case in tckload.load_file(file):
            status, _, message = tckrun.run_case(adapter, case, seconds, False)
            yield Outcome(case.key, case.level, case.folder, status == "pass", case.all_null, message)


def run_dialect(cases: Path, evaluator: Any) -> Iterator[Outcome]:
    """Every line of a file of FEEL cases, in Camunda's dialect (`kind`) or from the TCK."""
    values, failure = importlib.import_module("tckvalues"), importlib.import_module("tckrun").EvaluationError
    for line in cases.read_text("utf-8").splitlines():
        case = json.loads(line)
        if not case.get("tags"):
            yield _run_line(case, evaluator, values, failure)


def _run_line(case: dict[str, Any], evaluator: Any, values: Any, failure: type[Exception]) -> Outcome:
    expected = values.decode(case["expected"])
    must_fail = bool(case["error"]) and "kind" in case
    try:
        found = _evaluated(case, evaluator, values)
        passed = not must_fail and bool(values.equal(expected, found))
        message = f"expected {'an error' if must_fail else repr(expected)}, got {values.normalize(found)!r}"
    except failure as error:
        passed, message = must_fail or expected is None, f"evaluation error: {error}"
    except Exception as error:  # a crash is a miss like any other, and the cases after it count too
        passed, message = False, f"{type(error).__name__}: {error}"
    group = case.get("file", case.get("folder", ""))
    text = "" if passed else f"`{case['expr'][:120]}`: {message}"
    return Outcome(case["id"], case.get("level", "dialect"), group, passed, expected is None and not must_fail, text)


def _evaluated(case: dict[str, Any], evaluator: Any, values: Any) -> Any:
    context = {name: values.decode(value) for name, value in case["context"].items()}
    if case.get("kind") == "unary":
        return evaluator.evaluate_unary(case["expr"], values.decode(case["input"]), context)
    return evaluator.evaluate_feel(case["expr"], context)
