"""How long each command takes until it does something: processor time of `--help` for all, and of a few at work.

As users have it: the bytecode of a first start is there, and libraries that only developers install are not.
"""

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

SECTION = "Start-up of the console, CPU (bytecode at hand)"
READY_SECONDS = 2.0
LOCAL_MS = 600
# import-linter brings it, and structlog loads it where it is.
_OF_DEVELOPERS = ("rich",)
WORK = (["feel", "1 + 1"], ["process", "list"], ["doctor"])


def test_commands_start_fast(tmp_path: Path, results: Results, is_short: bool) -> None:
    repeats = 1 if is_short else 3
    environ = {**os.environ, **_as_users_have_it(tmp_path), "BATON_DATABASE_URL": f"sqlite:///{tmp_path}/start.db"}
    floor = [_cpu_ms([sys.executable, "-c", "pass"], tmp_path, environ) for _ in range(repeats + 1)][1:]
    results.add(SECTION, "python -c pass", spread(floor, digits=0))
    baton = [sys.executable, "-m", "api.cli"]
    _cpu_ms([*baton, "db", "upgrade"], tmp_path, environ)
    helped = [[name, "--help"] for name in main.list_commands(click.Context(main))]
    for command in [["--version"], *([] if is_short else helped), *WORK]:
        runs = 1 if command in helped else repeats
        taken = [_cpu_ms([*baton, *command], tmp_path, environ) for _ in range(runs + 1)][1:]
        is_listing = command == ["process", "list"]
        results.add(
            SECTION,
            f"baton {' '.join(command)}",
            spread(taken, digits=0),
            target=f"<= {LOCAL_MS} ms" if is_listing else "",
            is_met=sorted(taken)[len(taken) // 2] <= LOCAL_MS if is_listing else None,
        )


def test_servers_and_workers_are_ready_fast(tmp_path: Path, results: Results) -> None:
    starts = {"serve": House.start_server, "worker": lambda house: house.start_worker("worker")}
    for what, start in starts.items():
        for _ in range(2):  # the first one leaves its bytecode behind
            house = House(tmp_path, f"sqlite:///{tmp_path}/ready.db", BATON_AUTH="none", **_as_users_have_it(tmp_path))
            try:
                began = time.perf_counter()
                start(house)
                took = time.perf_counter() - began
            finally:
                house.close()
        figure, target = f"{took * 1000:,.0f} ms by the clock", f"<= {READY_SECONDS:g} s"
        is_met = took <= READY_SECONDS
        results.add(SECTION, f"baton {what}, until it is ready", figure, target=target, is_met=is_met)


def _as_users_have_it(folder: Path) -> dict[str, str]:
    """Variables for children: bytecode is kept, in a folder of its own, and what only developers have is not found."""
    hidden = folder / "hidden"
    hidden.mkdir(exist_ok=True)
    missing = "".join(f"sys.modules[{name!r}] = None\n" for name in _OF_DEVELOPERS)
    (hidden / "sitecustomize.py").write_text("import sys\n" + missing)
    paths = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(hidden))), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    return {**paths, "PYTHONDONTWRITEBYTECODE": ""}


def _cpu_ms(command: list[str], folder: Path, environ: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()  # the doctor finds something missing, and says so
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
