"""How long each command takes until it does something: processor time of `--help` for all, and of a few at work."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from api.cli import main
from tests.benchmarks.results import Results, spread
from tests.faults.processes import House
from tests.support.source import ROOT

pytestmark = pytest.mark.benchmark

SECTION = "Start-up of the console, CPU"
WORK = (["feel", "1 + 1"], ["process", "list"], ["doctor"])


def test_commands_start_fast(tmp_path: Path, results: Results, is_short: bool) -> None:
    repeats = 1 if is_short else 3
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "BATON_DATABASE_URL": f"sqlite:///{tmp_path}/start.db"}
    floor = [_cpu_ms([sys.executable, "-c", "pass"], tmp_path, environ) for _ in range(repeats + 1)][1:]
    results.add(SECTION, "python -c pass", spread(floor, digits=0))
    baton = [sys.executable, "-m", "api.cli"]
    _cpu_ms([*baton, "db", "upgrade"], tmp_path, environ)
    helped = [[name, "--help"] for name in main.list_commands(click.Context(main))]
    for command in [["--version"], *([] if is_short else helped), *WORK]:
        taken = [_cpu_ms([*baton, *command], tmp_path, environ) for _ in range(1 if command in helped else repeats)]
        results.add(SECTION, f"baton {' '.join(command)}", spread(taken, digits=0))


def test_servers_and_workers_are_ready_fast(tmp_path: Path, results: Results) -> None:
    house = House(tmp_path, f"sqlite:///{tmp_path}/ready.db", BATON_AUTH="none")
    try:
        for what, start in (("serve", house.start_server), ("worker", lambda: house.start_worker("worker"))):
            began = time.perf_counter()
            start()
            took = (time.perf_counter() - began) * 1000
            results.add(SECTION, f"baton {what}, until it is ready", f"{took:,.0f} ms by the clock")
    finally:
        house.close()


def _cpu_ms(command: list[str], folder: Path, environ: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()  # the doctor finds something missing, and says so
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
