"""What is odd about decisions that can be read, for whoever deploys them; the rules stand in `bpmn.dmn.rules`."""

from __future__ import annotations

from bpmn.dmn.definitions import Definitions
from bpmn.dmn.links import seen_as
from bpmn.dmn.model import Decision, DecisionService, KnowledgeModel
from bpmn.dmn.rules import RULES
from bpmn.dmn.rules.subject import Subject
from bpmn.errors import Finding

_ORDER = {"error": 0, "warning": 1, "info": 2}


def check(definitions: Definitions) -> list[Finding]:
    """The findings about a file's decisions and knowledge models, errors first, then by line.

    Errors there are only in a file that was read without `strict`: what could not be read in it.
    """
    errors = [
        Finding("error", problem.code, str(problem), problem.element, problem.line, problem.hint)
        for problem in definitions.problems
    ]
    found = [finding for subject in _subjects(definitions) for rule in RULES for finding in rule(subject)]
    return sorted(dict.fromkeys(errors + found), key=lambda finding: (_ORDER[finding.severity], finding.line))


def _subjects(definitions: Definitions) -> list[Subject]:
    decisions = frozenset(name for decision in definitions.decisions for name in seen_as(decision))
    known = _parameters(definitions) | definitions.imported
    subjects = []
    for element, place, required in definitions.compiled():
        if isinstance(element, Decision | KnowledgeModel):
            own = frozenset(seen_as(element))
            reachable = own.union(known, *(seen_as(other) for other in required))
            subjects.append(Subject(element, place, reachable, decisions))
    return subjects


def _parameters(definitions: Definitions) -> frozenset[str]:
    """What the file's decision services are given: decisions inside of them may use it."""
    named = {element.id: element for element in definitions.file.elements}
    references = (
        reference.rpartition("#")[2]
        for service in definitions.file.services
        for reference in (*service.input_data, *service.input_decisions)
    )
    found = (named[reference] for reference in references if reference in named)
    return frozenset(name for one in found if not isinstance(one, DecisionService) for name in seen_as(one))
