"""Plays the cases of `expected.json` and compares.

People and the language model are played by what stands there; engine, worker, checks, decision tables, form and audit
trail are the real ones, over a database in a temporary folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from house import Sample, play_all  # noqa: E402

SAMPLE = Sample(HERE, "hiring", {"rita": ["recruiting"]})

if __name__ == "__main__":
    sys.exit(play_all(HERE, SAMPLE.play))
