"""The thread that keeps leases, beat by beat."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.errors import StoreUnavailable
from engine.worker.error_expression import seconds_of
from engine.worker.leases import Leases
from engine.worker.quoting import Quoted, from_environment, redact


class Books:
    """What a worker's leases are extended in: notes each round, and knows which jobs were taken over."""

    def __init__(self, *lost: int) -> None:
        self.rounds: list[list[int]] = []
        self.lost = frozenset(lost)
        self.away = 0

    def extend(self, keys: Sequence[int]) -> frozenset[int]:
        self.rounds.append(list(keys))
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        return frozenset(keys) - self.lost


def test_held_jobs_are_extended_together_until_they_are_released() -> None:
    books = Books()
    leases = Leases(books.extend, lease_seconds=30, limit_seconds=100)
    leases.hold([1, 2])
    leases.beat()
    leases.release(1)
    leases.beat()
    leases.release(2)
    leases.beat()
    assert books.rounds == [[1, 2], [2]]


def test_a_job_that_was_taken_over_is_not_extended_again() -> None:
    books = Books(1)
    leases = Leases(books.extend, lease_seconds=30, limit_seconds=100)
    leases.hold([1, 2])
    leases.beat()
    leases.beat()
    assert books.rounds == [[1, 2], [2]]


def test_a_database_that_is_away_for_a_moment_costs_no_lease() -> None:
    books = Books()
    books.away = 1
    leases = Leases(books.extend, lease_seconds=30, limit_seconds=100)
    leases.hold([1])
    leases.beat()
    leases.beat()
    assert books.rounds == [[1], [1]]


def test_a_job_that_hangs_is_given_up() -> None:
    books = Books()
    leases = Leases(books.extend, lease_seconds=30, limit_seconds=-1)
    leases.hold([1])
    leases.beat()
    assert books.rounds == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT30S", 30), ("PT2M", 120), ("P1D", 86_400), ("pt1h0.5s", 3600.5), ("", None), ("P", None), ("soon", None)],
)
def test_durations_of_headers(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{secrets.A}}", "1"),
        ("x{{ secrets.A }}y", "x1y"),
        ("secrets.A", "1"),
        ("Bearer secrets.A", "Bearer 1"),
        ("https://secrets.A.example.com", "https://secrets.A.example.com"),
        ("mysecrets.A", "mysecrets.A"),
        ("{{variables.A}}", "{{variables.A}}"),
    ],
)
def test_where_a_secret_may_stand(text: str, filled: str) -> None:
    assert Quoted(from_environment({"BATON_SECRET_A": "1"})).fill(text) == filled


def test_a_longer_secret_is_struck_out_whole() -> None:
    assert redact("abcdef abc", ["abc", "abcdef"]) == "*** ***"
