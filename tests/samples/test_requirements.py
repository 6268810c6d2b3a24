"""The table of requirements names tests and cases that exist, and leaves out none."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.samples.playing import SAMPLES, cases_of
from tests.support.source import ROOT

TABLE: dict[str, dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/samples/requirements.yaml").read_text(encoding="utf-8")
)
KEYS = {"says", "beyond", "tests", "cases"}


def test_every_requirement_is_there_in_order() -> None:
    assert list(TABLE) == [f"R{number}" for number in range(1, 48)]


@pytest.mark.parametrize("name", TABLE)
def test_a_requirement_says_what_holds_and_names_what_shows_it(name: str) -> None:
    entry = TABLE[name]
    assert set(entry) <= KEYS
    assert ("says" in entry) != ("beyond" in entry)
    shown = [*entry.get("tests", ()), *entry.get("cases", ())]
    assert shown or "beyond" in entry
    assert [one for one in entry.get("tests", ()) if not is_test(one)] == []
    assert [one for one in entry.get("cases", ()) if not is_case(one)] == []


def is_test(named: str) -> bool:
    path, _, function = named.partition("::")
    file = ROOT / path
    return file.is_file() and re.search(rf"^def {re.escape(function)}\(", file.read_text(), re.MULTILINE) is not None


def is_case(named: str) -> bool:
    sample, _, begins = named.partition(": ")
    return any(case["case"].startswith(begins) for case in cases_of(SAMPLES / sample))
