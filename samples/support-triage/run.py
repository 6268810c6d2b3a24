"""Plays the mails of `expected.json` and compares.

People, the language model and, without --embedded, the classifier are played by what stands there; engine, worker,
checks, decision table, forms and audit trail are the real ones, over a database in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from house import CLERK, Case, House, play_all  # noqa: E402

from engine.engine.governing import AutonomyWish  # noqa: E402

PROCESS = "support-triage"
PEOPLE = {"sam": ["support"], "lea": ["support", "support-leads"]}
EMBEDDED = {"triage": {"model": "embedded/minilm", "residency": "local"}}


def house(case: Case, url: str, *, embedded: bool = False) -> House:
    """The house of one case; `embedded`: the real classifier sorts."""
    made = House(url, HERE, people=PEOPLE, models=case["models"], real=EMBEDDED if embedded else None)
    for element, level in case.get("autonomy", {}).items():
        made.engine.set_autonomy(AutonomyWish(PROCESS, PROCESS, element, level), by=CLERK)
    return made


def given(case: Case) -> dict[str, Any]:
    """The variables that a case starts with."""
    return {**case["given"], "knowledge": read("knowledge"), "examples": read("examples")}


def read(name: str) -> Any:
    """What people keep beside the diagram."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def play(case: Case, url: str, *, embedded: bool = False) -> list[str]:
    """Where a case went another way than it must; with the real classifier only until people come in."""
    made = house(case, url, embedded=embedded)
    try:
        key = made.start(PROCESS, given(case))
        if embedded:
            print(f"{'':16}{_sorted(made, key)}")
            return []
        made.play(key, case["people"])
        return made.played(key).differences(case["expect"])
    finally:
        made.close()


def _sorted(made: House, key: int) -> str:
    [first, *_] = made.engine.queries.attempts(key)
    said = (first.output or {}).get("class")
    asks = any(task.element_id == "Task_Classify" for task in made.open_tasks(key))
    return f"{said}, {first.confidence or 0:.2f}{', a person is asked' if asks else ''}"


def main() -> int:
    """Play all; exit code 1 when one went another way."""
    parser = argparse.ArgumentParser(description="Play the mails.")
    parser.add_argument(
        "--embedded", action="store_true", help="let the embedded classifier sort (nothing is compared)"
    )
    return play_all(HERE, partial(play, embedded=parser.parse_args().embedded))


if __name__ == "__main__":
    sys.exit(main())
