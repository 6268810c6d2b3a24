"""Healthy diagrams broken in every way that people break them: the rules find each of the breaks."""

from __future__ import annotations

import pytest

from tests.bpmn.rules.mutations import WAYS, Tally, healthy, measured
from tests.scenarios.scenario import scenarios

MOST_DIAGRAMS, MOST_OF_EACH = 150, 3


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    """Every way over the diagrams of the scenarios that have nothing wrong with them."""
    files = {f"{one.case}/{name}": content for one in scenarios() for name, content in one.files.items()}
    found = [healthy(name, content) for name, content in files.items() if name.endswith(".bpmn")]
    diagrams = [one for one in found if one is not None]
    assert len(diagrams) >= 50
    return measured(diagrams[:MOST_DIAGRAMS], MOST_OF_EACH)


@pytest.mark.parametrize("way", WAYS)
def test_every_break_of_this_kind_is_found(tallies: dict[str, Tally], way: str) -> None:
    tally = tallies[way]
    assert tally.mutants, "no diagram could be broken so"
    assert tally.missed == []
