"""DBOS as it comes: durable functions, each step kept; the approval is a message that the workflow waits for.

Case D has a tenth of the rounds: each step is a commit of its own, so that on a busy disk a thousand of them take
longer than a contestant may.
"""

from __future__ import annotations

import sys

from dbos import DBOS

from tests.benchmarks.contestants.player import path_of, play, sqlite_bytes


@DBOS.step()
def more(i: int) -> int:
    return i + 1


@DBOS.workflow()
def straight() -> int:
    i = 0
    for _ in range(10):
        i = more(i)
    return i


@DBOS.workflow()
def approval(amount: int, customer: str) -> int:
    i = more(0)
    if amount >= 100:
        DBOS.recv("approve", timeout_seconds=600)
    return more(i)


@DBOS.workflow()
def fan_out() -> list[int]:
    return [more(index) for index in range(100)]


@DBOS.workflow()
def loop(rounds: int) -> int:
    i = 0
    while i < rounds:
        i = more(i)
    return i


def main() -> None:
    url = sys.argv[1]
    address = url if path_of(url) else url.replace("+psycopg", "")
    DBOS(config={"name": "bench", "system_database_url": address, "log_level": "ERROR", "run_admin_server": False})
    DBOS.launch()

    def approve() -> None:
        handle = DBOS.start_workflow(approval, 200, "ACME")
        DBOS.send(handle.workflow_id, True, topic="approve")
        handle.get_result()

    cases = {"A": straight, "B": approve, "C": fan_out, "D": lambda: loop(100)}
    stored = (lambda: sqlite_bytes(path_of(url))) if path_of(url) else (lambda: 0)
    play(cases, wait=lambda: DBOS.start_workflow(approval, 200, "ACME"), stored=stored)


main()
