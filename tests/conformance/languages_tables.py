"""The outcomes of language cases as tables: by folder, by level, the four numbers, and the misses one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from tests.conformance.languages_cases import KNOWN_MISSES, Outcome

WIDTH = 52


def print_tables(outcomes: Sequence[Outcome]) -> None:
    """All tables of one suite."""
    for level in dict.fromkeys(one.level for one in outcomes):
        _print_level(level, [one for one in outcomes if one.level == level])
    _print_row("in all", outcomes)
    _print_four_numbers(outcomes)
    _print_misses(outcomes)


def _print_level(level: str, outcomes: Sequence[Outcome]) -> None:
    print(f"\n{level:{WIDTH}}{'passed':>8}{'total':>8}{'non-null':>14}")
    for group, inside in _groups(outcomes).items():
        _print_row(f"  {group}", inside)
    _print_row(f"{level}, together", outcomes)


def _groups(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(f"{one.group}", []).append(one)
    return groups


def _print_row(name: str, outcomes: Sequence[Outcome]) -> None:
    print(f"{name:{WIDTH}.{WIDTH}}{_passed(outcomes):8}{len(outcomes):8}{_non_null(outcomes):>14}")


def _passed(outcomes: Iterable[Outcome]) -> int:
    return sum(one.passed for one in outcomes)


def _non_null(outcomes: Iterable[Outcome]) -> str:
    asked = [one for one in outcomes if not one.wants_null]
    return f"{_passed(asked)}/{len(asked)}"


def _print_four_numbers(outcomes: Sequence[Outcome]) -> None:
    """A share alone misleads: an engine that always answers null passes four cases in ten."""
    folders = list(_groups(outcomes).values())
    complete = sum(all(one.passed for one in folder) for folder in folders)
    mean = fmean(100 * _passed(folder) / len(folder) for folder in folders)
    print(
        f"\npassed {_passed(outcomes)} of {len(outcomes)}; where not null {_non_null(outcomes)}; "
        f"folder mean {mean:.2f} %; folders complete {complete} of {len(folders)}"
    )


def _print_misses(outcomes: Iterable[Outcome]) -> None:
    misses = [one for one in outcomes if not one.passed]
    print("misses: none" if not misses else f"misses: {len(misses)}")
    for one in misses:
        reason = f" (known: {KNOWN_MISSES[one.key]})" if one.key in KNOWN_MISSES else ""
        print(f"  {one.key}: {one.message}{reason}")
