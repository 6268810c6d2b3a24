"""The standard cases beside the raw database and the peers, on SQLite and on PostgreSQL, in turn within one run."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.benchmarks.contest import Contestant, Played, contest, contestants, playing
from tests.benchmarks.results import Results, spread
from tests.support.postgres import Server

pytestmark = pytest.mark.benchmark

CASES = {
    "A": "A: ten tasks in a row",
    "B": "B: approval",
    "BJ": "B, its service tasks left to a worker",
    "C": "C: fan-out of 100",
    "D": "D: loop of 1,000",
}
#: How many transactions write, and so wait for the disk: the model of `engine/README.md` counts them.
COMMITS = {"A": 1, "B": 2, "BJ": 6, "C": 1, "D": 1}
CPU_TARGETS = {"A": 0.8, "B": 1.5, "C": 6.0, "D": 80.0}
#: On SQLite: how many times as many a second as the peer, at least.
TIMES_ON_SQLITE = {"LangGraph sync": 4, "DBOS": 7, "bpmn-engine": 6, "SpiffWorkflow": 2, "SpiffArena": 40}
TIMES_ON_POSTGRESQL = {"LangGraph sync": 3, "SpiffArena": 30}
#: Who plays a loop of so many rounds only; compared by the round.
ROUNDS = {("SpiffWorkflow", "D"): 300, ("DBOS", "D"): 100, ("SpiffArena", "D"): 100}
NOTES = {
    ("SpiffWorkflow", "D"): " (300 rounds: it stops in silence at 333)",
    ("DBOS", "D"): " (100 rounds: each step is a commit)",
    ("SpiffArena", "D"): " (100 rounds: each costs more than the one before)",
}
#: Of whom fewer wait when their size is taken, since each takes long to start.
SLOW_STARTERS = ("bpmn-engine", "SpiffArena")

Found = dict[tuple[str, str], Played]


def test_the_cases_on_sqlite(tmp_path: Path, results: Results, is_short: bool) -> None:
    def address(name: str) -> str:
        return f"sqlite:///{tmp_path / name.replace(' ', '_')}.db"

    names = [one.name for one in contestants("sqlite:///")]
    all_of = {name: _of(name, address(name)) for name in names}
    found = contest(_present(all_of), rounds=2 if is_short else 5, seconds=0.2 if is_short else 0.5)
    section = "The cases on SQLite (synchronous=FULL), one caller"
    _tell(results, section, found, TIMES_ON_SQLITE)
    _tell_absent(results, section, all_of, found)
    _tell_model(results, section, found)
    rates = {case: 1000 / statistics.median(found["Baton", case].wall_ms) for case in CASES}
    raw = 1000 / statistics.median(found["raw", "fdatasync"].wall_ms)
    share = rates["B"] / raw
    figure = f"{rates['B']:,.0f}/s, {share:.2f}x"
    stored = 1000 / statistics.median(found["raw", "row through Baton's store"].wall_ms)
    beside = (
        f"write 4 KB and fdatasync: {raw:,.0f}/s; one row through Baton's store and its commit: {stored:,.0f}/s, "
        f"of which this (two verbs) is {rates['B'] / stored:.2f}x"
    )
    results.add(section, "B against the disk", figure, beside=beside, target=">= 0.10x", is_met=share >= 0.1)


def test_the_cases_on_postgresql(durable_postgres: Server, results: Results, is_short: bool) -> None:
    def address() -> str:
        return durable_postgres.url(durable_postgres.create())

    names = [one.name for one in contestants("postgresql:")]
    all_of = {name: _of(name, address()) for name in names}
    found = contest(_present(all_of), rounds=2 if is_short else 5, seconds=0.2 if is_short else 0.5)
    section = "The cases on PostgreSQL (synchronous), one caller, CPU of the client"
    _tell(results, section, found, TIMES_ON_POSTGRESQL)
    _tell_absent(results, section, all_of, found)


def test_what_an_instance_that_waits_takes(tmp_path: Path, results: Results, is_short: bool) -> None:
    section = "An instance of B that waits for a person"
    for one in contestants(f"sqlite:///{tmp_path}/wait.db"):
        if one.name in ("raw", "LangGraph exit") or (is_short and one.name != "Baton") or not one.is_there:
            continue
        named = _of(one.name, f"sqlite:///{tmp_path}/wait-{one.name.replace(' ', '_')}.db")
        with playing(named) as player:
            took = player.ask(wait=50 if one.name in SLOW_STARTERS else 500)
        is_ours = one.name == "Baton"
        results.add(
            section,
            f"{one.name}: bytes in the database",
            f"{took['bytes']:,.0f}",
            target="<= 4,096" if is_ours else "",
            is_met=took["bytes"] <= 4096 if is_ours else None,
        )
        results.add(section, f"{one.name}: bytes of memory", f"{max(0, took['memory']):,.0f}")


def _of(name: str, url: str) -> Contestant:
    return next(one for one in contestants(url) if one.name == name)


def _present(all_of: dict[str, Contestant]) -> dict[str, Contestant]:
    return {name: one for name, one in all_of.items() if one.is_there}


def _tell_absent(results: Results, section: str, all_of: dict[str, Contestant], found: Found) -> None:
    for name in sorted(all_of.keys() - {name for name, _ in found}):
        why = "it gave up" if all_of[name].is_there else "it is not installed: see tests/benchmarks/contest.py"
        results.add(section, f"... {name}", "not measured", beside=why)


def _tell(results: Results, section: str, found: Found, times: dict[str, int]) -> None:
    for (name, case), played in found.items():
        if name == "raw":
            results.add(section, f"raw: {case}", spread(played.wall_ms) + " a call", beside=_cpu(played))
    for case, title in CASES.items():
        ours = found["Baton", case]
        target = CPU_TARGETS.get(case) if "SQLite" in section else None
        cpu = statistics.median(ours.cpu_ms)
        results.add(
            section,
            title,
            spread(ours.cpu_ms) + " CPU",
            beside=f"{spread(ours.wall_ms)} a call",
            target=f"<= {target} ms" if target else "",
            is_met=cpu <= target if target else None,
        )
        for (name, of), played in found.items():
            if of == case and name not in ("Baton", "raw"):
                _tell_peer(results, section, (name, case), played, ours, times)


def _tell_model(results: Results, section: str, found: Found) -> None:
    raw = found["raw", "commit"]
    wait = statistics.median(raw.wall_ms) - statistics.median(raw.cpu_ms)
    for case, commits in COMMITS.items():
        ours = found["Baton", case]
        foretold = statistics.median(ours.cpu_ms) + commits * wait
        share = foretold / statistics.median(ours.wall_ms)
        beside = f"CPU + {commits} x {wait:.2f} ms of the disk: {share:.2f}x of the clock; neighbours take the rest"
        results.add(section, f"model: {case}", f"{foretold:.2f} ms", beside=beside)


def _tell_peer(
    results: Results, section: str, who: tuple[str, str], played: Played, ours: Played, times: dict[str, int]
) -> None:
    name, case = who
    share = ROUNDS.get(who, 1000) / 1000
    ratio = statistics.median(played.wall_ms) / statistics.median(ours.wall_ms) / share
    least = times.get(name) if case == "B" else None
    cpu_ratio = statistics.median(played.cpu_ms) / statistics.median(ours.cpu_ms) / share
    compared = f"Baton is {ratio:.1f}x as fast, and takes 1/{cpu_ratio:.1f} of the CPU"
    results.add(
        section,
        f"... {name}{NOTES.get(who, '')}",
        _cpu(played),
        beside=f"{spread(played.wall_ms)} a call; {compared}",
        target=f">= {least}x" if least else "",
        is_met=ratio >= least if least else None,
    )


def _cpu(played: Played) -> str:
    return spread(played.cpu_ms) + " CPU"
