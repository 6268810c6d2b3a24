"""The contest: peers may fall out of it, Baton and the floor may not."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.contest import Contestant, GaveUp, contest

ENDS_AT_ONCE = [sys.executable, "-S", "-c", ""]
ENDS_WHEN_ASKED = [sys.executable, "-S", "-c", 'print(\'{"cases": ["A", "B"]}\', flush=True); input()']
PLAYS = [
    sys.executable,
    "-S",
    "-c",
    'print(\'{"cases": ["A"]}\', flush=True)\nwhile input(): print(\'{"cpu_ms": 2, "wall_ms": 3}\', flush=True)',
]


def _contestants(**commands: list[str]) -> dict[str, Contestant]:
    return {name: Contestant(name, command) for name, command in commands.items()}


def test_a_peer_that_gives_up_falls_out_and_the_others_play_on() -> None:
    found = contest(_contestants(Baton=PLAYS, gone=ENDS_AT_ONCE, shy=ENDS_WHEN_ASKED), rounds=2, seconds=0)
    assert list(found) == [("Baton", "A")]
    assert found["Baton", "A"].cpu_ms == [2, 2]


@pytest.mark.parametrize("command", [ENDS_AT_ONCE, ENDS_WHEN_ASKED])
def test_without_baton_there_is_no_contest(command: list[str]) -> None:
    with pytest.raises(GaveUp, match="ended with"):
        contest(_contestants(Baton=command), rounds=1, seconds=0)
