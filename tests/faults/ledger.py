"""What was done to Baton in a run: how many faults of each kind, on which database; printed when the run is over."""

from __future__ import annotations

import os
import threading
from collections import Counter

#: How many faults a whole run must inject; the run fails with fewer. Set by `make faults`.
LEAST = "BATON_TEST_LEAST_FAULTS"


class Ledger:
    """Counts faults, and of them those whose test found all well afterwards."""

    def __init__(self) -> None:
        self.wanted = self.tests = 0  # how many tests there are, and how many are over
        self._injected: Counter[tuple[str, str]] = Counter()
        self._survived: Counter[tuple[str, str]] = Counter()
        self._of_this_test: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def inject(self, kind: str, url: str, count: int = 1) -> None:
        """Faults of a kind were injected; `url` is the database's."""
        with self._lock:
            self._of_this_test[kind, "sqlite" if url.startswith("sqlite") else "postgresql"] += count

    def settle(self, *, is_well: bool) -> None:
        """A test is over."""
        self._injected += self._of_this_test
        if is_well:
            self._survived += self._of_this_test
        self._of_this_test.clear()

    @property
    def left(self) -> int:
        """How many tests did not run."""
        return self.wanted - self.tests

    @property
    def total(self) -> int:
        return sum(self._injected.values())

    def lacks(self) -> int:
        """How many faults fewer were injected than the run was told to."""
        return max(0, int(os.environ.get(LEAST, "0")) - self.total)

    def table(self) -> list[str]:
        """One line for each kind, with the databases beside each other."""
        kinds = sorted({kind for kind, _ in self._injected})
        lines = [f"{'fault':<46} {'SQLite':>8} {'ok':>8} {'PostgreSQL':>12} {'ok':>8}"]
        for kind in kinds:
            sqlite, postgres = (kind, "sqlite"), (kind, "postgresql")
            lines.append(
                f"{kind:<46} {self._injected[sqlite]:>8} {self._survived[sqlite]:>8} "
                f"{self._injected[postgres]:>12} {self._survived[postgres]:>8}"
            )
        lines.append(f"{self.total} faults injected, {sum(self._survived.values())} survived.")
        return lines


LEDGER = Ledger()
