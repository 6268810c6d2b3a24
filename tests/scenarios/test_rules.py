"""Every rule of `rules.yaml`, of the vendors' extensions and engines, has a scenario, and no scenario names another."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.scenarios.scenario import scenarios

RULES: dict[str, str] = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
TESTS = Path(__file__).parents[1]
_MARK = re.compile(r"""pytest\.mark\.rule\(["'](.+?)["']\)""")


@cache
def shown() -> dict[str, set[str]]:
    """Every rule that is named, and by what: scenarios, and tests that need more than a scenario can say."""
    found: dict[str, set[str]] = {}
    for one in scenarios():
        for rule in one.rules:
            found.setdefault(rule, set()).add(str(one))
    for file in TESTS.rglob("test_*.py"):
        for rule in _MARK.findall(file.read_text(encoding="utf-8")):
            found.setdefault(rule, set()).add(file.name)
    return found


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_has_a_scenario(rule: str) -> None:
    assert rule in shown(), f"Write one with `rule: {rule}` that shows: {RULES[rule]}"


def test_nothing_names_a_rule_that_is_none() -> None:
    assert {rule: by for rule, by in shown().items() if rule not in RULES} == {}
