"""Judges a model before it is deployed: every finding names the element, the line and the way out."""

from __future__ import annotations

from collections.abc import Iterable

from bpmn.errors import Finding
from bpmn.model import FlowNode, Model, Process, walk
from bpmn.rules import RULES
from bpmn.rules.subject import Companions, Subject

WAIVER = "baton:lint-ignore"  # the zeebe:property or camunda:property that lists rules
_ORDER = {"error": 0, "warning": 1, "info": 2}


def check(model: Model, *, companions: Iterable[tuple[str, str] | str] = ()) -> list[Finding]:
    """All findings about a model, errors first, then by line.

    A model with an error cannot be deployed. Judged are the executable processes; when there is none, all of them, so
    that one upload shows everything there is to do. `companions` names what is deployed with the file or before it:
    pairs of kind ("form", "decision" or "process") and id, or bare ids; what refers to anything else gets a remark.

    What is no error can be waived where it stands: the property `baton:lint-ignore` of an element or of its process
    lists the codes of rules, with commas or spaces between them.
    """
    subject = Subject(model, model.executable or model.processes, _by_kind(companions))
    # A definition that several nodes share is reported once.
    found = dict.fromkeys(finding for rule in RULES.values() for finding in rule(subject))
    return sorted(not_waived(subject.processes, found), key=lambda finding: (_ORDER[finding.severity], finding.line))


def not_waived(processes: Iterable[Process], findings: Iterable[Finding]) -> list[Finding]:
    """The findings about these processes without those that are waived where they stand."""
    waived = _waived(processes)
    return [one for one in findings if one.severity == "error" or (one.element, one.rule) not in waived]


def _waived(processes: Iterable[Process]) -> set[tuple[str, str]]:
    """Which rules are waived for which element."""
    waived = set()
    for process in processes:
        everywhere = _codes(process)
        waived |= {(process.id, code) for code in everywhere}
        for node in walk(process.nodes):
            codes = everywhere | _codes(node)
            names = (node.id, *(flow.id for flow in node.flows), *node.outgoing)
            waived |= {(name, code) for name in names for code in codes}
    return waived


def _codes(thing: Process | FlowNode) -> set[str]:
    return set(thing.properties.get(WAIVER, "").replace(",", " ").split())


def _by_kind(companions: Iterable[tuple[str, str] | str]) -> Companions:
    found: dict[str, set[str]] = {}
    for companion in companions:
        kind, identity = ("", companion) if isinstance(companion, str) else companion
        found.setdefault(kind, set()).add(identity)
    return {kind: frozenset(ids) for kind, ids in found.items()}
