"""Contestants side by side: each a process of its own, played in turn, so that what disturbs one disturbs all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.source import ROOT

HERE = Path(__file__).parent / "contestants"
#: Where `make bench` installs what Baton is measured beside.
PEERS = Path(sys.prefix) / "peers"
BPMN_ENGINE = Path(sys.prefix) / "bpmn-engine"
#: The python of an environment with SpiffArena; `contestants/with_spiffarena.py` tells how to make one.
SPIFFARENA = Path(os.environ.get("BENCH_SPIFFARENA") or Path(sys.prefix) / "spiffarena" / "bin" / "python")
SLOW_SECONDS = 1.0
PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Contestant:
    """A program that speaks as `contestants/player.py` says. `needs` is a path without which it cannot run."""

    name: str
    command: Sequence[str]
    needs: Path | None = None

    @property
    def is_there(self) -> bool:
        return self.needs is None or self.needs.exists()


def contestants(url: str) -> list[Contestant]:
    """Who can play over this database."""
    ours = sys.executable
    theirs = PEERS / "bin" / "python"
    found = [
        Contestant("raw", [ours, str(HERE / "with_nothing.py"), url]),
        Contestant("Baton", [ours, str(HERE / "with_baton.py"), url]),
        Contestant("LangGraph sync", [str(theirs), str(HERE / "with_langgraph.py"), url, "sync"], theirs),
        Contestant("LangGraph exit", [str(theirs), str(HERE / "with_langgraph.py"), url, "exit"], theirs),
        Contestant("DBOS", [str(theirs), str(HERE / "with_dbos.py"), url], theirs),
        Contestant("SpiffArena", [str(SPIFFARENA), str(HERE / "with_spiffarena.py"), url], SPIFFARENA),
    ]
    if url.startswith("sqlite"):
        node = ["node", str(HERE / "with_bpmn_engine.mjs"), str(BPMN_ENGINE), url.removeprefix("sqlite:///") + ".log"]
        found += [
            Contestant("SpiffWorkflow", [ours, str(HERE / "with_spiff.py"), url]),
            Contestant("bpmn-engine", node, BPMN_ENGINE),
        ]
    return found


@dataclass
class Played:
    """What a contestant measured in each round: milliseconds per call."""

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)

    def add(self, answer: Mapping[str, float]) -> None:
        self.cpu_ms.append(answer["cpu_ms"])
        self.wall_ms.append(answer["wall_ms"])


class Player:
    """A contestant that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.cases: list[str] = self._answer()["cases"]

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Raises `GaveUp` when no answer comes; the process has ended then."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        alarm = threading.Timer(PATIENCE_SECONDS, self._process.kill)
        alarm.start()
        try:
            return self._answer()
        finally:
            alarm.cancel()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise GaveUp(f"{self._process.args!r} ended with {self._process.wait()}")


class GaveUp(Exception):
    """A contestant ended, or was ended because it did not answer."""


@contextmanager
def playing(contestant: Contestant) -> Iterator[Player]:
    """Start a contestant, and end it."""
    with subprocess.Popen(
        contestant.command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            yield Player(process)
        finally:
            process.kill()


def contest(all_of: Mapping[str, Contestant], *, rounds: int, seconds: float) -> dict[tuple[str, str], Played]:
    """Every case of every contestant, in turn; what takes over a second is played once. Who gave up is not in it."""
    found: dict[tuple[str, str], Played] = {}
    with ExitStack() as stack:
        players = {}
        for name, one in all_of.items():
            try:
                players[name] = stack.enter_context(playing(one))
            except GaveUp as gave_up:
                _let_go(name, gave_up)
        left = {(name, case): player for name, player in players.items() for case in player.cases}
        for who in list(left):
            warm = _asked(left, who, 0)
            if warm and warm["wall_ms"] > SLOW_SECONDS * 1000:
                found[who] = Played([warm["cpu_ms"]], [warm["wall_ms"]])
                del left[who]
        for _ in range(rounds):
            for who in list(left):
                if answer := _asked(left, who, seconds):
                    found.setdefault(who, Played()).add(answer)
    return found


def _asked(left: dict[tuple[str, str], Player], who: tuple[str, str], seconds: float) -> dict[str, Any] | None:
    """What one measured; None, and it plays no longer, when it gave up."""
    if who not in left:
        return None
    name, case = who
    try:
        return left[who].ask(case=case, seconds=seconds)
    except GaveUp as gave_up:
        _let_go(name, gave_up)
        for other in [other for other in left if other[0] == name]:
            del left[other]
        return None


def _let_go(name: str, gave_up: GaveUp) -> None:
    """A peer may fall out of the contest; it is no contest without ourselves and the floor."""
    if name in ("Baton", "raw"):
        raise gave_up
    print(f"{name} gave up: {gave_up}")
