"""Every rule finds its wrong diagram, with element, line and hint, and leaves its right one alone."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import bpmn
from bpmn import rules
from tests.bpmn.rules import agents, events, joins, listeners, not_executed, people, reading, structure, work
from tests.bpmn.rules.cases import Case

CASES = (
    *agents.CASES,
    *structure.CASES,
    *work.CASES,
    *events.CASES,
    *not_executed.CASES,
    *listeners.CASES,
    *joins.CASES,
    *people.CASES,
    *reading.CASES,
)
_HELPERS = {"subject", "expressions", "wording", "soundness"}


def _ids(case: Case) -> str:
    return f"{case.rule}:{case.says or case.element}"[:60]


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_the_wrong_diagram_is_found_with_its_element_line_and_way_out(case: Case) -> None:
    found = [finding for finding in bpmn.check(bpmn.read(case.wrong)) if finding.rule == case.rule]
    matching = [finding for finding in found if finding.element == case.element and case.says in finding.message]
    assert matching, found
    for finding in matching:
        assert finding.severity == case.severity
        assert finding.hint
        assert finding.message.endswith(".")
        assert finding.message[0] == finding.message[0].upper()
        assert case.element == "" or finding.line > 0


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_the_right_diagram_is_left_alone(case: Case) -> None:
    assert [finding for finding in bpmn.check(bpmn.read(case.right)) if finding.rule == case.rule] == []


def test_every_rule_has_a_case() -> None:
    assert set(rules.RULES) - {case.rule for case in CASES} == set()


def test_every_file_with_a_rule_is_registered_under_its_code() -> None:
    modules = {module.name for module in pkgutil.iter_modules(rules.__path__)} - _HELPERS
    codes = {importlib.import_module(f"bpmn.rules.{name}").RULE.code for name in modules}
    assert codes == set(rules.RULES)
    assert len(codes) == len(modules)
