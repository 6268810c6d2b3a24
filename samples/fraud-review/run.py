"""Plays the cases of `expected.json` and compares.

People and the language model are played by what stands there; engine, worker, checks, decision tables, form and audit
trail are the real ones, over a database in a temporary folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from house import Case, House, play_all  # noqa: E402

PROCESS = "fraud-review"
PEOPLE = {
    "frank": ["fraud"],
    "gina": ["fraud"],
    "hans": ["fraud"],
    "lena": ["fraud-leads"],
    "olga": ["compliance"],
}


def house(case: Case, url: str) -> House:
    """The house of one case."""
    return House(url, HERE, people=PEOPLE, models=case["models"])


def play(case: Case, url: str) -> list[str]:
    """Where a case went another way than it must."""
    made = house(case, url)
    try:
        key = made.start(PROCESS, case["given"])
        made.play(key, case["people"])
        return made.played(key).differences(case["expect"])
    finally:
        made.close()


if __name__ == "__main__":
    sys.exit(play_all(HERE, play))
