"""Judges a model before it is deployed: every finding names the element, the line and the way out."""

from __future__ import annotations

from collections.abc import Iterable

from bpmn.errors import Finding
from bpmn.model import Model
from bpmn.rules import RULES
from bpmn.rules.subject import Companions, Subject

_ORDER = {"error": 0, "warning": 1, "info": 2}


def check(model: Model, *, companions: Iterable[tuple[str, str] | str] = ()) -> list[Finding]:
    """All findings about a model, errors first, then by line.

    A model with an error cannot be deployed. Judged are the executable processes; when there is none, all of them, so
    that one upload shows everything there is to do. `companions` names what is deployed with the file or before it:
    pairs of kind ("form", "decision" or "process") and id, or bare ids; what refers to anything else gets a remark.
    """
    subject = Subject(model, model.executable or model.processes, _by_kind(companions))
    # A definition that several nodes share is reported once.
    found = dict.fromkeys(finding for rule in RULES.values() for finding in rule(subject))
    return sorted(found, key=lambda finding: (_ORDER[finding.severity], finding.line))


def _by_kind(companions: Iterable[tuple[str, str] | str]) -> Companions:
    found: dict[str, set[str]] = {}
    for companion in companions:
        kind, identity = ("", companion) if isinstance(companion, str) else companion
        found.setdefault(kind, set()).add(identity)
    return {kind: frozenset(ids) for kind, ids in found.items()}
