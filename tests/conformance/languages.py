"""`make conformance-languages`: the DMN TCK, FEEL in Camunda's dialect, and what becomes of a corpus of expressions.

    python -m tests.conformance.languages --tck DIR --cases FILE.jsonl --corpus DIR

Ends with 1 when a case fails that is not known to. A folder that is not there is named and left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.languages_cases import Outcome, run_dialect, run_tck, runner_of, use_runner
from tests.conformance.languages_corpus import print_shares
from tests.conformance.languages_tables import print_tables

SHARED = Path(__file__).resolve().parents[3] / "shared"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is there and print it. The exit status."""
    given = _parser().parse_args(arguments)
    cases: Path = given.cases or given.tck / "camunda-dialect" / "dev.jsonl"
    missed = _cases(given.tck, cases)
    if given.corpus.is_dir():
        print_shares(given.corpus)
    else:
        print(f"\nThere is no corpus in {given.corpus}: no shares.")
    return min(1, missed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make conformance-languages", description=__doc__)
    parser.add_argument("--tck", type=Path, default=SHARED / "tck", help="a folder laid out like the DMN TCK")
    parser.add_argument("--cases", type=Path, default=None, help="FEEL cases, one JSON object per line")
    parser.add_argument("--corpus", type=Path, default=SHARED / "corpus", help="a folder with .bpmn and .dmn files")
    return parser


def _cases(tck: Path, cases: Path) -> int:
    """Run both suites. How many cases failed that should not."""
    runner = runner_of(tck, SHARED / "tck")
    if runner is None:
        print(f"There is no tck_run in {tck} or beside the repository: no cases were run.")
        return 0
    adapter = use_runner(runner)
    missed = 0
    if (tck / "TestCases").is_dir() or any(tck.glob("compliance-level-*")):
        missed += _print("DMN TCK", tck, list(run_tck(tck, adapter.dmn)))
    else:
        print(f"There are no test cases in {tck}: the DMN TCK was not run.")
    if cases.is_file():
        missed += _print("FEEL, Camunda's dialect", cases, list(run_dialect(cases, adapter.feel_camunda)))
    else:
        print(f"There is no file {cases}: Camunda's dialect was not run.")
    return missed


def _print(name: str, place: Path, outcomes: Sequence[Outcome]) -> int:
    print(f"\n== {name}: {place}")
    if outcomes:
        print_tables(outcomes)
    return sum(not one.is_expected for one in outcomes)


if __name__ == "__main__":
    raise SystemExit(main())
