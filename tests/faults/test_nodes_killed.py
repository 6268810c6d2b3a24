"""Kill -9 of nodes under load: around commits, between a claim, its effect and its completion, at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.ledger import Ledger
from tests.faults.nodes import Cluster

KILLS = 120
PATIENCE_SECONDS = 60.0


@pytest.mark.faults
def test_nodes_that_are_killed_lose_nothing_and_record_nothing_twice(
    upgraded_database_url: str, tmp_path: Path, ledger: Ledger, seed: int
) -> None:
    cluster = Cluster(upgraded_database_url, tmp_path, ledger, seed, deadly=0.05)
    cluster.torment(PATIENCE_SECONDS, lambda: cluster.kill_one() if cluster.chance.random() < 0.1 else None, KILLS)
    cluster.finish()
