"""Baton: every step of a case is in the history, every verb in the audit trail, every commit on the disk."""

from __future__ import annotations

import sys

from tests.benchmarks.contestants.player import path_of, play, sqlite_bytes
from tests.benchmarks.office import Office


def main() -> None:
    url = sys.argv[1]
    office = Office(url)
    office.deploy_cases()
    cases = {name: getattr(office, name.lower()) for name in ("A", "B", "BJ", "C", "D")}
    play(cases, wait=office.start_b, stored=lambda: sqlite_bytes(path_of(url)))


main()
